"""Pair the cases of two runs, and find for each what it is divided by in both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.core.cases import Case
from bench.core.changes import Change, change
from bench.core.ratios import Ratio, ratio_over_passes
from bench.report.findings.analysis import Analysis, CaseResult, GroupResult, ratio_of
from bench.report.reading.records import Run


@dataclass(frozen=True)
class Pair:
    """One case in both runs: how its time relative to a baseline of its group changed."""

    before: CaseResult
    after: CaseResult
    reference: Case | None
    """The baseline that the case is divided by; None where none is common and the times themselves are compared."""
    change: Change | None
    """None where the case is not valid in one of the runs."""
    absolute: Change | None
    """Of the times themselves: weaker evidence, for it holds what the machine did between the runs."""
    twins: tuple[Ratio | None, ...]
    """The A/A twin of each driver that takes part, in both runs; None where one is missing."""
    is_for_scale: bool = False

    @property
    def case(self) -> Case:
        """Return the case, whose id is the same in both runs."""
        return self.after.case

    @property
    def weak(self) -> bool:
        """Say whether the change is weaker evidence: it is not relative to a baseline on the same driver.

        Times alone hold what the machine did between the runs. Drivers feel a busy machine differently: the same code
        on aiosqlite was seen to come out surely slower relative to pysqlite once other work had begun beside it.
        """
        return self.change is not None and (self.reference is None or self.reference.driver != self.case.driver)

    @property
    def void(self) -> str | None:
        """Return why the case cannot be compared, or None."""
        reasons = [
            f"{name}: {side.void}"
            for name, side in (("BASE", self.before), ("NEW", self.after))
            if side.void is not None
        ]
        return "; ".join(reasons) or None


def pairs(base: Analysis, new: Analysis) -> Iterator[Pair]:
    """Yield every timed case that both runs have, in the order of NEW; A/A twins serve the others."""
    earlier = {group.used.id: group for group in base.groups}
    for group in new.groups:
        if before := earlier.get(group.used.id):
            yield from _Shared(base.run, new.run, before, group).pairs()


@dataclass(frozen=True)
class _Shared:
    """A group that both runs measured."""

    base: Run
    new: Run
    before: GroupResult
    after: GroupResult

    def pairs(self) -> Iterator[Pair]:
        """Yield the pair of every case that both measured."""
        less = {variant.name for variant in self.after.variants if variant.is_for_scale}
        anchors = self._anchors()
        for name, after in self.after.cases.items():
            before = self.before.cases.get(name)
            if before is not None and not after.case.twin:
                yield self._pair(before, after, anchors, is_for_scale=after.case.variant in less)

    def _pair(self, before: CaseResult, after: CaseResult, anchors: Sequence[Case], *, is_for_scale: bool) -> Pair:
        if before.void or after.void:
            return Pair(before, after, None, None, None, (), is_for_scale)
        case = after.case
        absolute = _change(_time(self.base, case), _time(self.new, case))
        reference, found = self._relative(case, anchors)
        return Pair(before, after, reference, found or absolute, absolute, self._twins(case, reference), is_for_scale)

    def _anchors(self) -> Sequence[Case]:
        """Return the baseline on every driver on which both runs have it sound, in the order of the drivers.

        Where the scenario chose another baseline in between, it is NEW's as long as BASE measured it too.
        """
        for variant in dict.fromkeys((self.after.used.baseline, self.before.used.baseline)):
            sound = [
                result.case
                for driver in self.after.drivers
                if (result := self.after.result(variant, driver)) is not None
                and not result.void
                and (earlier := self.before.cases.get(result.case.id)) is not None
                and not earlier.void
            ]
            if sound:
                return sound
        return ()

    def _relative(self, case: Case, anchors: Sequence[Case]) -> tuple[Case | None, Change | None]:
        """Return the baseline on the case's driver, else that on the first driver, and the change relative to it.

        So the baselines themselves are divided by the first one, and a driver that became slower as a whole shows
        there, though as weaker evidence. The first one has nothing beside it.
        """
        for anchor in [*(each for each in anchors if each.driver == case.driver), *anchors[:1]]:
            if anchor != case:
                found = _change(ratio_of(self.base, case, anchor), ratio_of(self.new, case, anchor))
                if found is not None:
                    return anchor, found
        return None, None

    def _twins(self, case: Case, reference: Case | None) -> tuple[Ratio | None, ...]:
        names = sorted({case.driver} | ({reference.driver} if reference else set()))
        floors: tuple[Mapping[str, Ratio], ...] = (self.before.floors, self.after.floors)
        return tuple(side.get(name) for side in floors for name in names)


def _change(before: Ratio | None, after: Ratio | None) -> Change | None:
    return None if before is None or after is None else change(before, after)


def _time(run: Run, case: Case) -> Ratio | None:
    """Return the time of a case over one nanosecond: a ratio as others are, with its interval over the passes."""
    passes = run.blocks.get(case.id, {})
    sides = [(passes[number].wall_ns, [1.0] * len(passes[number].wall_ns)) for number in sorted(passes)]
    return ratio_over_passes(sides) if sides else None
