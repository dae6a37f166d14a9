"""Show this against that in the terminal; 80 columns are enough."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.report import terminal_style
from bench.report.against import telling
from bench.report.against.judging import Judgement
from bench.report.terminal_style import QUIET

MOST_ROWS = 45


def show(judgement: Judgement, console: Console) -> None:
    """Print what differs, every case worst first, and the counts that changed."""
    console.print()
    console.print(Text(f"{telling.HEADING}: {judgement.side.name}", style="bold"))
    for line in telling.shortened(list(telling.sides(judgement))):
        console.print(Text(f"  {line}"))
    found = telling.rows(judgement)
    if found:
        console.print(_table(found))
    if len(found) > MOST_ROWS:
        console.print(Text(f"{len(found) - MOST_ROWS} more in the report", style=QUIET))
    _list(console, "Counts that differ", telling.counts(judgement))
    _list(console, "Not compared", telling.left_out(judgement))
    for line in (telling.MEANING, telling.missing(judgement)):
        if line:
            console.print(Text(line, style=QUIET))
    console.print(Text(telling.summary(judgement), style="bold"))


def _table(found: list[telling.Row]) -> Table:
    table = Table(box=None, pad_edge=False, header_style=QUIET)
    table.add_column("case", ratio=1, overflow="fold")
    table.add_column("here / there (95 %)", justify="right", no_wrap=True)
    table.add_column("this side is", no_wrap=True)
    for row in found[:MOST_ROWS]:
        name = Text(row.case)
        if row.void is not None:
            name.append(f"\n  {telling.shortened([row.void])[0]}", style=QUIET)
        table.add_row(name, row.ratio, terminal_style.verdict(row.verdict))
    return table


def _list(console: Console, heading: str, lines: list[str]) -> None:
    if lines:
        console.print(Text(heading, style="bold"))
        for line in telling.shortened(lines):
            console.print(Text(f"  - {line}"))
