"""The words and rows of a comparison, the same in the terminal, in Markdown and on the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.core.cases import Case
from bench.core.verdicts import Verdict
from bench.report import labels, trust
from bench.report.comparing.comparison import ORDER, Comparison, Judged

MEANING = (
    "A change is the time of a case relative to its baseline in NEW, divided by the same in BASE: what slows both "
    "alike cancels out. Above 1 NEW is slower than before. In brackets: without a baseline on the same driver."
)
THAN = {Verdict.SLOWER: " than before", Verdict.FASTER: " than before"}
WEAK = "weaker evidence"
NOT_EVIDENCE = "These runs only prove that the plumbing works: their times are not evidence. Counts are exact."


@dataclass(frozen=True)
class Row:
    """One case of both runs, as text that is ready to show."""

    case: str
    relative_to: str
    """The baseline, `selectin, psycopg`; empty where there is none."""
    change: str
    verdict: Verdict
    absolute: str
    before_ms: str
    after_ms: str
    weak: bool
    less: bool
    void: str | None

    @property
    def word(self) -> str:
        """Return the verdict, in brackets where it stands on weaker evidence."""
        return f"({self.verdict})" if self.weak else self.verdict

    @property
    def basis(self) -> str:
        """Return what the change is relative to, or why there is none."""
        if self.void is not None:
            return self.void
        basis = self.relative_to or "absolute times"
        return f"{basis}: {WEAK}" if self.weak else basis


def title(comparison: Comparison) -> str:
    """Return which run is compared with which."""
    return f"{comparison.new.run.manifest.id} (NEW) compared with {comparison.base.run.manifest.id} (BASE)"


def summary(comparison: Comparison) -> str:
    """Return how many cases came to what, and how many counts differ, in one line."""
    tally = comparison.tally
    said = ", ".join(f"{tally[word]:,} {word}{THAN.get(word, '')}" for word in ORDER if tally[word])
    parts = [f"{labels.plural(tally.total(), 'case')}: {said}" if said else "no case could be compared by its time"]
    if weak := sum(each.pair.weak for each in comparison.cases):
        parts.append(f"{labels.plural(weak, 'case')} on weaker evidence")
    changes, compared = comparison.counts.changes, comparison.counts.compared
    differ = f"{labels.plural(len(changes), 'count')} of {labels.plural(compared, 'case')} changed"
    return f"{'; '.join([*parts, differ])}."


def grades(comparison: Comparison) -> str:
    """Return the trust grades of both runs in a line."""
    found = [trust.assess(side) for side in (comparison.base, comparison.new)]
    return "; ".join(f"{name} {each.grade}, {each.meaning}" for name, each in zip(("BASE", "NEW"), found, strict=True))


def rows(comparison: Comparison) -> list[Row]:
    """Return a row for every case of both runs, worst first."""
    return [_row(each) for each in comparison.cases]


def differing(comparison: Comparison) -> list[str]:
    """Return the differences around the cases, a line each; those that make machines unlike come first and say so."""
    return [f"{each.said}{' (unlike: forced)' if each.unlike else ''}" for each in comparison.differences]


def only(cases: Sequence[Case]) -> Iterator[str]:
    """Yield the groups that hold cases of one run alone, with their number, or the case itself where it is one."""
    counted = Counter(case.group for case in cases)
    single = {case.group: case.id for case in cases}
    for group, number in counted.items():
        yield single[group] if number == 1 else f"{group}: {labels.plural(number, 'case')}"


def _row(judged: Judged) -> Row:
    pair = judged.pair
    reference = pair.reference
    return Row(
        case=pair.case.id,
        relative_to="" if reference is None else f"{reference.variant}, {reference.driver}",
        change="" if pair.change is None else labels.interval(pair.change.ratio),
        verdict=judged.verdict,
        absolute="" if pair.absolute is None else labels.interval(pair.absolute.ratio),
        before_ms=labels.milliseconds(pair.before.wall_ns),
        after_ms=labels.milliseconds(pair.after.wall_ns),
        weak=pair.weak,
        less=pair.is_for_scale,
        void=pair.void,
    )
