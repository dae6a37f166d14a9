"""Show a ladder in the terminal, from what is kept of it; 80 columns are enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.core.doubts import core_doubts, machine_doubts, pass_doubts
from bench.core.ratios import Ratio
from bench.core.verdicts import Verdict
from bench.ladder.plan import IDS, Endpoint, Window
from bench.ladder.rung import TITLES
from bench.ladder.standings import Standing, standings

COLOURS = {Verdict.FASTER: "green", Verdict.SLOWER: "red", Verdict.EQUIVALENT: "default"}
HEADINGS = {
    Endpoint.GET: "GET /users/{id}",
    Endpoint.ONE_BY_ONE: f"GET /users/one-by-one, a SELECT for each of {IDS} ids",
}


def show(record: Mapping[str, Any], console: Console) -> None:
    """Print a table for each endpoint, what it rests on, and the doubts.

    Raises:
        UsageError: The record is not whole.
    """
    found = standings([Window.from_data(each) for each in record["windows"]])
    for endpoint, heading in HEADINGS.items():
        rows = [each for each in found if each.group.endpoint is endpoint]
        if rows:
            console.print()
            console.print(_table(heading, rows))
    plan = record["plan"]
    passes = len(record["steal_shares"])
    console.print()
    console.print(
        f"Ratio: time of a request over that of the minimal ORM handler in the same mode, taken round by round. "
        f"{_counted(passes, 'pass', 'es')} x {_counted(plan['rounds'], 'window')} of {plan['seconds']} s, "
        f"a closed load on {plan['connections']} "
        f"connections by {record['generator']}, PostgreSQL {record['server']}.",
        highlight=False,
        markup=False,
    )
    described = record["environment"]
    of_machine = (*core_doubts(described, server_here=True), *machine_doubts(described, record["load_before"]))
    for doubt in (*of_machine, *pass_doubts(record["steal_shares"])):
        console.print(Text(f"- {doubt.text} {doubt.remedy}"))


def _table(heading: str, rows: Sequence[Standing]) -> Table:
    table = Table(
        title=heading, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="bright_black"
    )
    table.add_column("rung", no_wrap=True)
    table.add_column("mode", no_wrap=True)
    table.add_column("requests/s", justify="right", no_wrap=True)
    table.add_column("ratio (95 %)", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    # The groups come in the order of the first pass, which is random.
    for row in sorted(rows, key=lambda each: each.group.mode, reverse=True):
        said = Text("") if row.verdict is None else Text(row.verdict, style=COLOURS.get(row.verdict, "bright_black"))
        table.add_row(Text(TITLES[row.rung]), row.group.mode, f"{row.rate:,.0f}", _ratio_text(row.ratio), said)
    return table


def _ratio_text(ratio: Ratio | None) -> str:
    if ratio is None:
        return ""
    if not math.isfinite(ratio.interval.high):
        return f"{ratio.estimate:.2f}x (one pass)"
    return f"{ratio.estimate:.2f}x ({ratio.interval.low:.2f}-{ratio.interval.high:.2f})"


def _counted(number: int, noun: str, plural: str = "s") -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}{plural}"
