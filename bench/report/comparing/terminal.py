"""Show a comparison in the terminal: what differs, every case worst first, and the gate."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from bench.report import terminal_style
from bench.report.comparing import telling
from bench.report.comparing.comparison import Comparison
from bench.report.comparing.gate import Outcome
from bench.report.labels import first, shortened
from bench.report.terminal_style import QUIET

MOST_ROWS = 45
MOST_LINES = 12
"""Lines of a list that may be long; JSON and the page have all of them."""
WIDEST = 320
"""Characters of one line of a list."""


def show(comparison: Comparison, outcome: Outcome | None, console: Console, *, absolute: bool = False) -> None:
    """Print the comparison; 80 columns are enough."""
    console.print(Text(telling.title(comparison), style="bold"))
    console.print(Text(f"Trust: {telling.grades(comparison)}"))
    _list(console, "Differences around the cases", telling.differing(comparison))
    _say_cases(comparison, console, absolute=absolute)
    _list(console, "Counts that changed", (f"{each.case.id}: {each.said}" for each in comparison.counts.changes))
    _list(console, "Only in BASE", telling.only(comparison.only_base))
    _list(console, "Only in NEW", telling.only(comparison.only_new))
    _list(console, "To be read with care", comparison.notes)
    console.print()
    console.print(Text(telling.summary(comparison), style="bold"))
    if not comparison.is_evidence:
        console.print(Panel(Text(f"NOT EVIDENCE: {telling.NOT_EVIDENCE}", justify="center"), style="bold red"))
    if outcome is not None:
        style = "bold red" if outcome.failed else "bold green"
        for line in outcome.lines:
            console.print(Text(line, style=style))


def _say_cases(comparison: Comparison, console: Console, *, absolute: bool) -> None:
    found = telling.rows(comparison)
    if not found:
        return
    table = Table(box=None, pad_edge=False, header_style=QUIET)
    table.add_column("case", ratio=1, overflow="fold")
    table.add_column("change (95 %)", justify="right", no_wrap=not absolute)
    if absolute:
        table.add_column("absolute (95 %)", justify="right")
    table.add_column("than before", no_wrap=True)
    for row in found[:MOST_ROWS]:
        name = Text(row.case)
        if row.weak or row.void:
            basis = f"relative to {row.basis}" if row.relative_to else row.basis
            name.append(f"\n  {shortened(basis, WIDEST)}", style=QUIET)
        cells = [row.change, row.absolute] if absolute else [row.change]
        table.add_row(name, *cells, Text(row.word, style=QUIET) if row.weak else terminal_style.verdict(row.verdict))
    console.print()
    console.print(table)
    if len(found) > MOST_ROWS:
        console.print(Text(f"{len(found) - MOST_ROWS} more: --html and --json have every case", style=QUIET))
    console.print(Text(telling.MEANING, style=QUIET))


def _list(console: Console, heading: str, lines: Iterable[str]) -> None:
    """Print lines with a hanging indent under a heading; nothing where there are none."""
    found = list(lines)
    if not found:
        return
    console.print()
    console.print(Text(heading, style="bold"))
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column(overflow="fold")
    for line in first(found, MOST_LINES, WIDEST, "more; --html and --json have all"):
        grid.add_row("-", Text(line))
    console.print(grid)
