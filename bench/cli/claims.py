"""`ormbench claims`: what people say, and what became of it in a run, driver by driver."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.core.store import find_run
from bench.report.analysis import analyse
from bench.report.claims import ClaimResult, decide
from bench.report.results import load
from bench.report.terminal import DECISIONS


def show_claims(name: str, results: Path, *, as_json: bool) -> None:
    """Show every claim that the run put to the test, with its decision and evidence."""
    decided = decide(analyse(load(find_run(results, name).path)))
    if as_json:
        json.dump([_data(result) for result in decided], sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Console()
    for result in decided:
        claim = result.claim
        console.print(Text.assemble((f"{claim.id} ", "bold"), f"{claim.text}: ", _styled(result.decision)))
        console.print(_evidence(result))
        if claim.advice:
            console.print(Text(f"  {claim.advice}", style="italic"))
        console.print()


def _evidence(result: ClaimResult) -> Table:
    table = Table.grid(padding=(0, 1))
    for drivers, decision in result.alike:
        table.add_row(" ", Text(decision.backend), Text(drivers), _styled(decision.decision), Text(decision.evidence))
    return table


def _styled(decision: str) -> Text:
    return Text(decision, style=DECISIONS.get(decision, "bright_black"))


def _data(result: ClaimResult) -> dict[str, object]:
    return {
        "id": result.claim.id,
        "scenario": result.scenario,
        "text": result.claim.text,
        "decision": str(result.decision),
        "advice": result.claim.advice,
        "drivers": [
            {"backend": each.backend, "driver": each.driver, "decision": str(each.decision), "evidence": each.evidence}
            for each in result.drivers
        ],
    }
