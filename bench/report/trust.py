"""Grade how far the numbers of a run may be trusted, from its doubts and from what the analysis found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.doubts import Doubt
from bench.core.ratios import Interval
from bench.core.verdicts import noise_floor
from bench.report import labels
from bench.report.analysis import Analysis, precision
from bench.report.chance import beyond_chance
from bench.report.experiments import Experiments
from bench.report.load.doubts import doubts as load_doubts

GRADES = "ABCD"
WIDE = 0.03
"""Half width of a ratio interval above which effects of a few per cent cannot be decided."""


@dataclass(frozen=True)
class Trust:
    """The grade, from A to D, and every reason that lowered it or might have."""

    grade: str
    evidence: bool
    doubts: tuple[Doubt, ...]
    twins: int
    twins_off: int
    """A/A twins whose interval excludes 1."""
    floor: Interval | None
    """The band that holds every A/A interval of the run."""

    @property
    def meaning(self) -> str:
        """Return what the grade says, in a few words."""
        if not self.evidence:
            return "not evidence: this profile only proves that the plumbing works"
        return {
            "A": "nothing found that speaks against these numbers",
            "B": "good for decisions on a machine like this one",
            "C": "a hint; confirm before you act on small differences",
            "D": "do not quote",
        }[self.grade]


def assess(analysis: Analysis) -> Trust:
    """Return the trust grade: each doubt costs as many grades as it says, and no evidence is always the last."""
    run = analysis.run.manifest
    floors = [ratio for group in analysis.groups for ratio in group.floors.values()]
    off = sum(not ratio.interval.contains(1) for ratio in floors)
    doubts = (*_own(analysis, len(floors), off), *run.doubts)
    if analysis.load is not None:
        doubts = (*doubts, *load_doubts(analysis.load, frozenset(doubt.code for doubt in doubts)))
    cost = sum(doubt.grade_cost for doubt in doubts) if run.profile.evidence else len(GRADES)
    grade = GRADES[min(cost, len(GRADES) - 1)]
    floor = noise_floor(floors) if floors else None
    return Trust(grade, run.profile.evidence, doubts, len(floors), off, floor)


def _own(analysis: Analysis, twins: int, off: int) -> Iterator[Doubt]:
    run = analysis.run.manifest
    if not run.profile.evidence:
        text = f"The profile {run.profile.name!r} takes far too few samples: its numbers are not evidence."
        yield Doubt("no-evidence", 3, text, "ormbench run --profile quick")
    if run.failures:
        cases = labels.plural(len({failure.case for failure in run.failures}), "case")
        text = f"{cases} failed a proof or an operation; they are void, shown in grey, and never a winner."
        yield Doubt("failures", 2, text, "Mend what the failures name, then run again.")
    yield from _unfinished(analysis)
    if analysis.run.experiments is not None:
        yield from _experiments(analysis.run.experiments, run.command)
    yield from _noise(analysis, twins, off)
    width, count = precision(analysis)
    if count and width > WIDE:
        text = f"The median half width of the ratio intervals is {labels.percent(width)}: small effects stay open."
        yield Doubt("wide-intervals", 0, text, "More passes (--passes) make them narrower.")


def _unfinished(analysis: Analysis) -> Iterator[Doubt]:
    run = analysis.run.manifest
    both = [side for side in (analysis.run, analysis.run.second) if side is not None]
    planned = sum(len(side.manifest.units) for side in both)
    missing = planned - sum(len(side.units) for side in both)
    if missing:
        text = f"{missing} of {planned} planned passes are missing; intervals rest on fewer passes."
        yield Doubt("missing-passes", 1, text, f"ormbench run --resume {run.id}")


def _experiments(performed: Experiments, command: str) -> Iterator[Doubt]:
    """Yield what is missing of the experiments; it takes nothing from what was timed."""
    if not performed.finished:
        why = "".join(f": {failure}" for failure in performed.failures)
        text = f"The experiments did not come to their end{why}. Claims are decided by those that were performed."
        yield Doubt("experiments-missing", 0, text, f"Go on with --resume, or perform them again: {command}")
    failed = [each.name for each in performed.experiments if any(result.error for result in each.results)]
    if failed:
        what = labels.plural(len(failed), "experiment")
        text = f"{what} came to no outcome on a driver or more; their claims stay open there."
        yield Doubt("experiments-failed", 0, text, f"See why: ormbench check --experiments {' '.join(failed)}")


def _noise(analysis: Analysis, twins: int, off: int) -> Iterator[Doubt]:
    if off:
        places = [
            f"{finding.contrast.numerator.driver} in {finding.contrast.numerator.group}"
            for finding in analysis.findings(Question.NOISE)
            if finding.ratio is not None and not finding.ratio.interval.contains(1)
        ]
        yield beyond_chance("noise-floor", off, twins, places)
