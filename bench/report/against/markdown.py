"""This against that as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.against import telling
from bench.report.against.judging import Judgement
from bench.report.labels import shortened
from bench.report.markup import escaped, table

MOST_ROWS = 60
"""A comment on GitHub holds 65,536 characters."""


def section(judgement: Judgement) -> Iterator[str]:
    """Yield the lines of the section."""
    yield f"## {telling.HEADING}: {escaped(judgement.side.name)}"
    yield ""
    yield f"**{escaped(telling.summary(judgement))}**"
    yield ""
    yield from (f"- {escaped(line)}" for line in telling.shortened(list(telling.sides(judgement))))
    yield ""
    found = telling.rows(judgement)
    yield from table(
        ("case", "here / there", "this side is", "here, ms", "there, ms"),
        (
            (row.case, row.ratio or shortened(row.void or "", 120), row.verdict, row.this_ms, row.that_ms)
            for row in found[:MOST_ROWS]
        ),
    )
    if len(found) > MOST_ROWS:
        yield f"{len(found) - MOST_ROWS} more in the page."
        yield ""
    for heading, lines in (
        ("Counts that differ", telling.counts(judgement)),
        ("Not compared", telling.left_out(judgement)),
    ):
        if lines:
            yield f"**{heading}**"
            yield ""
            yield from (f"- {escaped(line)}" for line in telling.shortened(lines))
            yield ""
    yield " ".join(part for part in (telling.MEANING, telling.missing(judgement)) if part)
    yield ""
