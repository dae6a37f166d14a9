"""The load part of the report in brief, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bench.core.load_plan import Model
from bench.report import labels
from bench.report.answer import load_sentences as sentences
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import scaling_charts, tables
from bench.report.load.figures import LoadFigure, about
from bench.report.load.making import making
from bench.report.markup import escaped, table

MOST_PAIRS = 6
"""Pairs that are told in full; the page has them all."""
UNSEEN = ("trace", "percentiles", "scaling")
"""Figures that the page alone shows."""


def answer(load: LoadAnalysis) -> Iterator[str]:
    """Yield the sentences at the top."""
    for pair in load.pairs[:MOST_PAIRS]:
        yield f"**{escaped(pair)} under load**"
        yield ""
        yield from (f"- {escaped(line)}" for line in sentences.at_the_top(load, pair))
        yield ""


def sections(load: LoadAnalysis, drawn: Sequence[LoadFigure]) -> Iterator[str]:
    """Yield thresholds, and every pair with its figures and tables."""
    thresholds = tables.threshold_rows(load)
    if thresholds:
        yield "## Thresholds"
        yield ""
        yield from table(("threshold", "condition", "where", "value", "outcome"), thresholds)
    for pair in load.pairs[:MOST_PAIRS]:
        yield f"## Load: {escaped(pair)}"
        yield ""
        for each in drawn:
            if each.pair == pair and not each.kind.endswith(UNSEEN):
                yield f"![{escaped(each.title)}](figures/{each.name}.png)"
                yield ""
        for block in load.of(pair):
            yield from _block(block)
    if len(load.pairs) > MOST_PAIRS:
        yield f"In the page: {labels.plural(len(load.pairs) - MOST_PAIRS, 'more pair')}."
        yield ""


def _block(block: Block) -> Iterator[str]:
    yield f"**{block.purpose}, {escaped(about(block))}**"
    yield ""
    is_open = block.model is Model.OPEN
    lost = ("dropped", "late") if is_open else ()
    heading = f"{tables.ratio_heading(block)} / {block.sides[0]}"
    columns = ("level", "side", heading, "verdict", "good answers", *tables.columns(block), "errors", *lost, "marks")
    yield from table(
        columns,
        (
            (
                *(row.level, row.subject, row.ratio, row.verdict, row.answers, *row.times, row.errors),
                *((row.dropped, row.late) if is_open else ()),
                row.marks,
            )
            for row in tables.cell_rows(block)
        ),
    )
    if told := scaling_charts.told(block):
        yield from (f"- {escaped(each)}" for each in told)
        yield ""


def made(load: LoadAnalysis) -> Iterator[str]:
    """Yield how the load was made, as items."""
    told = making(load)
    yield from (f"- {escaped(name)}: {escaped(value)}" for name, value in told.rules)
    for host, settings in told.applications:
        yield f"- Application at {escaped(host)}: {escaped(', '.join(f'{name} {value}' for name, value in settings))}"
