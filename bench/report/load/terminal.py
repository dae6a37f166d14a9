"""Show the load part of a run in the terminal; 80 columns are enough."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.core.load_plan import Model
from bench.load.judging.comparing import Metric
from bench.load.judging.conditions import Outcome
from bench.report import labels, terminal_style
from bench.report.answer import load_sentences as sentences
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import tables
from bench.report.terminal_style import QUIET, item

OUTCOMES = {Outcome.PASSED: "green", Outcome.FAILED: "red", Outcome.NOT_JUDGED: "yellow"}
MOST_PAIRS = 3
MOST_THRESHOLDS = 12


def show(load: LoadAnalysis, console: Console) -> None:
    """Print thresholds, the answer of each pair and a short table of every block."""
    _say_thresholds(load, console)
    for pair in load.pairs[:MOST_PAIRS]:
        console.print()
        console.print(Text(f"{pair} under load", style="bold"))
        for text in sentences.at_the_top(load, pair):
            console.print(item(text))
        for block in load.of(pair):
            console.print()
            console.print(_settings_table(block) if block.has_settings else _table(block))
    if len(load.pairs) > MOST_PAIRS:
        left = labels.plural(len(load.pairs) - MOST_PAIRS, "more pair")
        console.print(Text(f"{left} in the report", style=QUIET))


def _say_thresholds(load: LoadAnalysis, console: Console) -> None:
    rows = tables.threshold_rows(load)
    if not rows:
        return
    console.print()
    console.print(Text("Thresholds", style="bold"))
    for text, condition, where, value, outcome in rows[:MOST_THRESHOLDS]:
        word = outcome.partition(":")[0]
        said = Text.assemble((outcome, OUTCOMES.get(Outcome(word), "default")), f"  {condition}")
        said.append(f" {value}" if value else "")
        said.append(f" ({where or text})")
        console.print(item(said))
    if len(rows) > MOST_THRESHOLDS:
        console.print(Text(f"  and {len(rows) - MOST_THRESHOLDS} more in the report", style=QUIET))


def _table(block: Block) -> Table:
    """Return level, side, answers, the p50 and p99 that count, and the ratio with its verdict."""
    table = _empty(block)
    clock = "response" if block.model is Model.OPEN else "service"
    table.add_column("level", no_wrap=True)
    table.add_column("side", ratio=1, overflow="fold")
    table.add_column("answers/s", justify="right", no_wrap=True)
    table.add_column(f"p50 | p99 {clock}, ms", justify="right", overflow="fold")
    table.add_column(f"{tables.ratio_heading(block)} ratio", justify="right", overflow="fold")
    table.add_column("verdict", overflow="fold")
    for row in tables.cell_rows(block):
        answers = row.answers.partition("/s")[0]
        times = f"{row.times[0]} | {row.times[3] or 'too few'}"
        word = terminal_style.verdict(row.verdict or row.marks)
        table.add_row(row.level if row.first else "", Text(row.subject), answers, times, row.ratio, word)
    return table


def _settings_table(block: Block) -> Table:
    """Return a row for each setting at each level: both sides and their ratio."""
    unit = "answers/s" if block.main is Metric.THROUGHPUT else f"response {block.main} in ms"
    table = _empty(block, f", {unit}")
    table.add_column("setting", ratio=1, overflow="fold")
    for side in block.sides:
        table.add_column(Text(side), justify="right", no_wrap=True)
    table.add_column("ratio", justify="right", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for level, *values, verdict in tables.setting_rows(block):
        if level:
            table.add_row(Text(level, style="bold"))
        table.add_row(*map(Text, values), terminal_style.verdict(verdict))
    return table


def _empty(block: Block, ending: str = "") -> Table:
    title = f"{block.purpose}, {block.model}: {block.pair}{ending}"
    # As text: rich would read markup in a name.
    return Table(title=Text(title, style="bold"), title_justify="left", box=None, pad_edge=False, header_style=QUIET)
