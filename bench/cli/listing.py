"""`ormbench list`: what there is to measure."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.cli.terminal import Terminal
from bench.core.cases import every_case
from bench.core.contract import Scenario
from bench.core.discovery import discover
from bench.core.drivers import FAMILIES, drivers_of
from bench.core.selection import select


def show_list(patterns: Sequence[str], files: Sequence[Path], *, as_json: bool) -> None:
    """Show the scenarios, or the ids of the cases that SELECT picks."""
    scenarios = discover(files)
    # MySQL is measured by --url only, through the drivers of MariaDB.
    backends = {kind: (kind, drivers_of(kind)) for kind in FAMILIES if kind != "mysql"}
    cases = select(patterns, every_case(scenarios, backends))
    if as_json:
        json.dump({"scenarios": [_data(each) for each in scenarios], "cases": [case.id for case in cases]}, sys.stdout)
        sys.stdout.write("\n")
    elif patterns:
        sys.stdout.writelines(f"{case.id}\n" for case in cases)
    else:
        _show(scenarios, len(cases), Terminal())


def _data(scenario: Scenario) -> dict[str, object]:
    return {
        "name": scenario.name,
        "question": scenario.question,
        "baseline": scenario.baseline,
        "variants": {variant.name: variant.label for variant in scenario.variants},
        "parameters": {name: list(values) for name, values in scenario.parameters.items()},
        "claims": [claim.id for claim in scenario.claims],
    }


def _show(scenarios: Sequence[Scenario], case_count: int, console: Console) -> None:
    for scenario in scenarios:
        console.print(Text(scenario.name, style="bold"), Text(scenario.question))
        table = Table(box=None, show_header=False, padding=(0, 2, 0, 2))
        for variant in scenario.variants:
            mark = "baseline" if variant.name == scenario.baseline else ""
            table.add_row(Text(variant.name), Text(variant.label), Text(mark, style="dim"))
        console.print(table)
        for name, values in scenario.parameters.items():
            console.print(Text(f"  {name}: {', '.join(str(value) for value in values)}"))
        console.print(Text(f"  claims: {', '.join(claim.id for claim in scenario.claims) or 'none'}\n"))
    for kind in FAMILIES:
        names = ", ".join(f"{driver.name} {driver.installed_version}" for driver in drivers_of(kind))
        console.print(Text(f"{kind}: {names}"))
    console.print(Text(f"{case_count} cases; `ormbench list 'SELECT'` shows their ids."))
