"""Compare what was counted in two runs: statements and round trips, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.cases import Case
from bench.report import labels
from bench.report.reading.records import Count, Run


@dataclass(frozen=True)
class CountChange:
    """A count of a case that is another one than before."""

    case: Case
    noun: str
    """`statement` or `round trip`."""
    before: int
    after: int

    @property
    def said(self) -> str:
        """Return the change in words, `21 statements instead of 2`."""
        return f"{labels.plural(self.after, self.noun)} instead of {self.before:,}"


@dataclass(frozen=True)
class Counts:
    """What became of the counts."""

    compared: int
    """Cases with a count in both runs."""
    one_sided: int
    """Cases of which one run alone counted the statements, or the round trips."""
    changes: tuple[CountChange, ...]
    """Those that differ, the greatest rise first."""


def compare_counts(base: Run, new: Run) -> Counts:
    """Compare the counts of all cases that are sound in both runs, timed or only proved.

    What one of the runs did not hear or listen to is not compared; how many cases that concerns is told.
    """
    earlier = {count.case.id: count for count in base.manifest.counts if count.case.id not in base.void}
    both = [
        (earlier[after.case.id], after)
        for after in new.manifest.counts
        if after.case.id in earlier and after.case.id not in new.void
    ]
    told = [(before, after) for before, after in both if any(_of_both(before, after))]
    changes = [change for before, after in told for change in _changes(before, after)]
    one_sided = sum(_is_one_sided(before, after) for before, after in both)
    return Counts(len(told), one_sided, tuple(sorted(changes, key=lambda each: each.before - each.after)))


def _changes(before: Count, after: Count) -> Iterator[CountChange]:
    for noun, earlier, later in _of_both(before, after):
        if earlier != later:
            yield CountChange(after.case, noun, earlier, later)


def _is_one_sided(before: Count, after: Count) -> bool:
    pairs = ((before.statements, after.statements), (before.traffic, after.traffic))
    return any((earlier is None) is not (later is None) for earlier, later in pairs)


def _of_both(before: Count, after: Count) -> Iterator[tuple[str, int, int]]:
    """Yield what both counted."""
    if before.statements is not None and after.statements is not None:
        yield "statement", before.statements, after.statements
    if before.traffic is not None and after.traffic is not None:
        yield "round trip", before.traffic.round_trips, after.traffic.round_trips
