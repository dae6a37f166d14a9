"""`ormbench claims`: what people say, and what became of it in one run or several, driver by driver."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from bench.cli.terminal import Terminal
from bench.core.discovery import discover, discover_sayings
from bench.core.errors import UsageError
from bench.core.store import find_run
from bench.report.claims import claims_page, faults_page
from bench.report.claims.decisions import ClaimResult
from bench.report.claims.sayings import Catalogue, Heard, Part, hear
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.terminal_style import decision


def at_hand() -> Catalogue:
    """Return the catalogue of this checkout, for what runs did not write down."""
    return Catalogue(discover_sayings(), discover())


def show_claims(names: Sequence[str], results: Path, *, as_json: bool) -> None:
    """Show every saying of the catalogue, and every other claim, with what the runs say about it."""
    heard = hear(_analysed(names, results), at_hand())
    if as_json:
        json.dump([entry for each in heard for entry in _data(each)], sys.stdout, indent=1, ensure_ascii=False)
        sys.stdout.write("\n")
        return
    console = Terminal()
    for each in heard:
        for part in each.parts:
            _show(console, part.result)
    silent = [each for each in heard if not each.parts]
    if silent:
        console.print(Text(f"Not tested in {silent[0].read}:", style="bold"))
    for each in silent:
        saying = each.saying
        reason = f": {saying.untested}" if saying.untested else ""
        console.print(Text.assemble((f"{saying.id} ", "bold"), f"{saying.text} (said by {saying.source}){reason}"))


def only(names: Sequence[str]) -> str:
    """Return the one run that was named.

    Raises:
        UsageError: There are several.
    """
    if len(names) > 1:
        message = f"{len(names)} runs are named; --faults reads one, name it alone"
        raise UsageError(message)
    return names[0]


def show_page(names: Sequence[str], results: Path) -> None:
    """Write the page about all claims to standard output."""
    sys.stdout.write(claims_page.page(_analysed(names, results), at_hand()))


def show_faults(name: str, results: Path, *, as_json: bool) -> None:
    """Write the page about drivers under faults to standard output, or what it says as JSON."""
    run = load(find_run(results, name).path)
    text = (
        f"{json.dumps(faults_page.as_data(run), indent=1, ensure_ascii=False)}\n" if as_json else faults_page.page(run)
    )
    sys.stdout.write(text)


def _analysed(names: Sequence[str], results: Path) -> list[Analysis]:
    return [analyse(load(find_run(results, name).path)) for name in names]


def _show(console: Terminal, result: ClaimResult) -> None:
    claim = result.claim
    scope = f" {result.scope}" if result.scope else ""
    console.print(Text.assemble((f"{claim.id} ", "bold"), f"{claim.text}: ", decision(result.decision), scope))
    if result.origin:
        console.print(Text(f"  {result.origin}", style="dim"), soft_wrap=True)
    console.print(Text(f"  Tested by {result.how}", style="dim"), soft_wrap=True)
    if result.why_open:
        console.print(Text(f"  {result.why_open}"))
    console.print(_evidence(result))
    if result.explained:
        console.print(Text(f"  {result.explained}"))
    if claim.advice:
        console.print(Text(f"  {claim.advice}", style="italic"))
    console.print()


def _evidence(result: ClaimResult) -> Table:
    table = Table.grid(padding=(0, 1))
    for drivers, each in result.alike:
        table.add_row(" ", Text(each.backend), Text(drivers), decision(each.decision), Text(each.evidence))
    return table


def _data(heard: Heard) -> Iterator[dict[str, object]]:
    """Yield an entry for each test of a saying, or one that says why there is none."""
    saying = heard.saying
    said = {"id": saying.id, "saying": saying.text if saying.source else "", "source": saying.source}
    for part in heard.parts:
        yield said | _tested(part)
    if not heard.parts:
        yield said | {"scenario": "", "decision": claims_page.NOT_TESTED, "why_open": heard.reason, "drivers": []}


def _tested(part: Part) -> dict[str, object]:
    result = part.result
    return {
        "run": part.run.folder.name,
        "scenario": result.scenario,
        "text": result.claim.text,
        "decision": str(result.decision) if result.is_tested else claims_page.NOT_TESTED,
        "scope": result.scope,
        "why_open": result.why_open,
        "how": result.how,
        "explained": result.explained,
        "advice": result.claim.advice,
        "drivers": [
            {"backend": each.backend, "driver": each.driver, "decision": str(each.decision), "evidence": each.evidence}
            for each in result.drivers
        ],
    }
