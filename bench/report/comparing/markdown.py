"""A comparison as Markdown, for a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.core.verdicts import Verdict
from bench.report.comparing import telling
from bench.report.comparing.comparison import Comparison
from bench.report.comparing.gate import Outcome
from bench.report.labels import first, plural, shortened
from bench.report.markup import escaped, table

MOST_ROWS = 60
MOST_LINES = 20
"""Rows and lines that are told: a comment on GitHub holds 65,536 characters."""
WIDEST = 240


def text(comparison: Comparison, outcome: Outcome | None, *, absolute: bool = False) -> str:
    """Return the comparison as Markdown; equivalent cases, and open ones that are no evidence, are only counted."""
    parts = (_head(comparison, outcome), _cases(comparison, absolute=absolute), _rest(comparison))
    return "\n".join(line for part in parts for line in part)


def _head(comparison: Comparison, outcome: Outcome | None) -> Iterator[str]:
    yield f"# ormbench: {escaped(telling.title(comparison))}"
    yield ""
    if not comparison.is_evidence:
        yield f"> **NOT EVIDENCE.** {telling.NOT_EVIDENCE}"
        yield ""
    yield f"**{escaped(telling.summary(comparison))}**"
    yield ""
    if outcome is not None:
        yield from _list(None, outcome.lines)
    yield f"Trust: {escaped(telling.grades(comparison))}."
    yield ""


def _cases(comparison: Comparison, *, absolute: bool) -> Iterator[str]:
    open_ = {Verdict.INCONCLUSIVE} if comparison.is_evidence else set()
    told = {Verdict.SLOWER, Verdict.FASTER, Verdict.NOT_VALID, *open_}
    shown = [row for row in telling.rows(comparison) if row.verdict in told]
    if not shown:
        return
    columns = ["case", "relative to", "change (95 %)", "than before"]
    cells = [[row.case, row.basis, row.change, row.word] for row in shown[:MOST_ROWS]]
    if absolute:
        columns.append("absolute (95 %)")
        cells = [[*line, row.absolute] for line, row in zip(cells, shown, strict=False)]
    yield from table(columns, ([shortened(cell, WIDEST) for cell in line] for line in cells))
    if len(shown) > MOST_ROWS:
        yield f"Not shown: {plural(len(shown) - MOST_ROWS, 'more case')}."
        yield ""
    yield telling.MEANING
    yield ""


def _rest(comparison: Comparison) -> Iterator[str]:
    changes = comparison.counts.changes
    yield from _list("Counts that changed", [f"{each.case.id}: {each.said}" for each in changes])
    yield from _list("To be read with care", comparison.notes)
    yield from _list("Differences around the cases", telling.differing(comparison))
    yield from _list("Only in BASE", telling.only(comparison.only_base))
    yield from _list("Only in NEW", telling.only(comparison.only_new))


def _list(heading: str | None, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found and heading:
        yield f"## {heading}"
        yield ""
    yield from (f"- {escaped(line)}" for line in first(found, MOST_LINES, WIDEST, "more"))
    if found:
        yield ""
