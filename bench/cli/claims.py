"""`ormbench claims`: what people say, and what became of it in a run, driver by driver."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bench.cli.terminal import Terminal
from bench.core.errors import UsageError
from bench.core.store import find_run
from bench.report import claims_page, faults
from bench.report.analysis import analyse
from bench.report.claims import ClaimResult, decide, unheard
from bench.report.results import load
from bench.report.terminal_style import decision


def show_claims(name: str, results: Path, *, as_json: bool) -> None:
    """Show every claim that the run put to the test, with its decision and evidence."""
    analysis = analyse(load(find_run(results, name).path))
    decided = decide(analysis)
    if as_json:
        json.dump([_data(result) for result in decided], sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Terminal()
    for result in decided:
        claim = result.claim
        console.print(Text.assemble((f"{claim.id} ", "bold"), f"{claim.text}: ", decision(result.decision)))
        if result.origin:
            console.print(Text(f"  {result.origin}", style="dim"), soft_wrap=True)
        if result.how:
            console.print(Text(f"  Tested by {result.how}", style="dim"), soft_wrap=True)
        if result.why_open:
            console.print(Text(f"  {result.why_open}"))
        console.print(_evidence(result))
        if result.explained:
            console.print(Text(f"  {result.explained}"))
        if claim.advice:
            console.print(Text(f"  {claim.advice}", style="italic"))
        console.print()
    if silent := unheard(analysis):
        console.print(Text("Not put to the test in this run:", style="bold"))
    for saying in silent:
        reason = f": {saying.untested}" if saying.untested else ""
        console.print(Text.assemble((f"{saying.id} ", "bold"), f"{saying.text} (said by {saying.source}){reason}"))


def only(names: Sequence[str]) -> str:
    """Return the one run that was named.

    Raises:
        UsageError: There are several.
    """
    if len(names) > 1:
        message = f"{len(names)} runs are named; only --markdown reads several, name one"
        raise UsageError(message)
    return names[0]


def show_page(names: Sequence[str], results: Path) -> None:
    """Write the page about all claims to standard output."""
    sys.stdout.write(claims_page.page([analyse(load(find_run(results, name).path)) for name in names]))


def show_faults(name: str, results: Path, *, as_json: bool) -> None:
    """Write the page about drivers under faults to standard output, or what it says as JSON."""
    run = load(find_run(results, name).path)
    text = f"{json.dumps(faults.as_data(run), indent=1, ensure_ascii=False)}\n" if as_json else faults.page(run)
    sys.stdout.write(text)


def _evidence(result: ClaimResult) -> Table:
    table = Table.grid(padding=(0, 1))
    for drivers, each in result.alike:
        table.add_row(" ", Text(each.backend), Text(drivers), decision(each.decision), Text(each.evidence))
    return table


def _data(result: ClaimResult) -> dict[str, object]:
    return {
        "id": result.claim.id,
        "scenario": result.scenario,
        "text": result.claim.text,
        "decision": str(result.decision),
        "why_open": result.why_open,
        "saying": result.saying.text if result.saying else "",
        "source": result.saying.source if result.saying else "",
        "how": result.how,
        "explained": result.explained,
        "advice": result.claim.advice,
        "drivers": [
            {"backend": each.backend, "driver": each.driver, "decision": str(each.decision), "evidence": each.evidence}
            for each in result.drivers
        ],
    }
