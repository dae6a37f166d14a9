"""The words and rows of this against that, the same in the terminal, in Markdown and on the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.against.judging import Judged, Judgement
from bench.report.comparing.comparison import ORDER

HEADING = "This against that"
MEANING = (
    "A ratio is the time of a case here divided by its time there, in neighbouring fresh processes of one pass, with "
    "a 95 % interval over the passes. Above 1 this side is slower."
)
SAME = (
    "Nothing differs between the two sides: the ratios show what this comparison takes for a difference on this "
    "machine, its noise floor."
)
NO_CASE = "No case could be compared."
MOST_LINES = 12
"""Lines of a list that may be long; run.json has all of them."""
WIDEST = 300


@dataclass(frozen=True)
class Row:
    """One case of both sides, as text that is ready to show."""

    case: str
    ratio: str
    verdict: Verdict
    this_ms: str
    that_ms: str
    void: str | None


def summary(judgement: Judgement) -> str:
    """Return how many cases came to what, in one line."""
    tally = judgement.tally
    words = ", ".join(f"{tally[word]:,} {word}" for word in ORDER if tally[word])
    name = judgement.side.name
    timed = f"{labels.plural(tally.total(), 'case')}: {words}" if words else "no case"
    changed, compared = judgement.counts.changes, judgement.counts.compared
    counts = f"{labels.plural(len(changed), 'count')} of {labels.plural(compared, 'case')} differ"
    return f"This side against {name}: {timed}; {counts}."


def sides(judgement: Judgement) -> Iterator[str]:
    """Yield what differs between the two sides, a line each."""
    side, here = judgement.side, judgement.run.manifest.environment
    if side.commit is not None:
        yield f"Code: the working tree here, {side.name} ({side.commit[:12]}) there."
    for package in side.packages:
        yield f"{package.name}: {package.this or 'none'} here, {package.that or 'none'} there."
    if side.python != here.python:
        yield f"Python: {here.python} here, {side.python} there."
    if side.commit is None and not side.packages and side.python == here.python:
        yield SAME


def missing(judgement: Judgement) -> str:
    """Return how many pairs of processes are not complete, or nothing where all are."""
    done, planned = len(judgement.second.units), len(judgement.side.units)
    if done == planned:
        return ""
    return f"{planned - done} of {planned} units of the second side are missing; intervals rest on fewer passes."


def rows(judgement: Judgement) -> list[Row]:
    """Return a row for every case of both sides, worst first."""
    return [_row(each) for each in judgement.cases]


def counts(judgement: Judgement) -> list[str]:
    """Return the counts that are not the same on both sides, a line each."""
    return [f"{each.case.id}: {each.said}" for each in judgement.counts.changes]


def left_out(judgement: Judgement) -> list[str]:
    """Return what is not compared, each with the reason."""
    return [f"{each.what}: {each.reason}" for each in judgement.side.left_out]


def shortened(lines: list[str]) -> list[str]:
    """Return the first lines of a list, none too long, and how many more there are."""
    return labels.first(lines, MOST_LINES, WIDEST, "more; run.json has all")


def _row(judged: Judged) -> Row:
    return Row(
        case=judged.case.id,
        ratio="" if judged.ratio is None else labels.interval(judged.ratio),
        verdict=judged.verdict,
        this_ms=labels.milliseconds(judged.this_ns),
        that_ms=labels.milliseconds(judged.that_ns),
        void=judged.void,
    )
