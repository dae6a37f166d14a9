"""Grade how far the numbers of a run may be trusted, from its doubts and from what the analysis found."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from bench.core.contrasts import Question
from bench.core.doubts import STOLEN_TIME, Doubt
from bench.report import labels
from bench.report.findings.analysis import QUESTIONS, Analysis, precision
from bench.report.findings.chance import beyond_chance
from bench.report.findings.load.doubts import doubts as load_doubts
from bench.report.reading.experiments import Experiments
from bench.report.reading.http_layer import HttpLayer

GRADES = "ABCD"
WIDE = 0.03
"""Half width of a ratio interval above which effects of a few per cent cannot be decided."""
COSTLY_WIDTH = 0.05
"""The median half width beyond which it costs a grade: what many questions turn on stays open."""
VERY_WIDE = 0.2
"""The median half width beyond which it costs a grade by itself, whatever made it so: even large effects stay open."""
NOISY_MACHINE = frozenset({"busy-machine", STOLEN_TIME})
"""Doubts about what makes intervals wide: where one of them has cost a grade, COSTLY_WIDTH does not cost it again."""
ALMOST_ALL = 0.95
"""The share of A/A twins that is told of beside their middle: their extreme grows with their number."""
MOST_SHOWN = 400
"""Characters of a failure."""


@dataclass(frozen=True)
class Noise:
    """How far from 1 the intervals of A/A twins reach, as shares: what no difference looks like."""

    middle: float
    most: float
    """So far at most reach 95 % of the twins."""


@dataclass(frozen=True)
class Trust:
    """The grade, from A to D, and every reason that lowered it or might have."""

    grade: str
    evidence: bool
    doubts: tuple[Doubt, ...]
    twins: int
    twins_off: int
    """A/A twins whose interval excludes 1."""
    noise: Noise | None = None
    """None without A/A twins."""
    exact: bool = False
    """Whether all that the run has are outcomes of experiments."""
    precision_text: str = ""
    """The median half width of the ratio intervals; of several scenarios also that of the widest one."""

    @property
    def noise_text(self) -> str:
        """Return how far the A/A twins reach; empty where there are none, or none with an interval.

        Those that exclude 1 are a doubt of their own.
        """
        if self.noise is None or not math.isfinite(self.noise.most):
            return ""
        middle, most = labels.percent(self.noise.middle), labels.percent(self.noise.most)
        reached = f"Half of {self.twins} A/A twins reach at most {middle} from 1, 95 % of them at most {most}"
        return reached if self.twins_off else f"{reached}; none of them excludes 1"

    @property
    def text(self) -> str:
        """Return grade, meaning and precision, as they stand where the numbers are quoted."""
        precise = f"; {self.precision_text}" if self.precision_text else ""
        return f"Trust grade {self.grade} of A to D: {self.meaning}{precise}."

    @property
    def meaning(self) -> str:
        """Return what the grade says, in a few words."""
        if not self.evidence:
            return "not evidence: this profile only proves that the plumbing works"
        if self.exact:
            return "outcomes are facts: nothing was timed"
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
    exact = analysis.run.experiments is not None and not analysis.groups and analysis.load is None
    of_machine = [replace(doubt, grade_cost=0) for doubt in run.doubts] if exact else run.doubts
    doubts = (*_own(analysis, len(floors), off), *of_machine)
    if analysis.load is not None:
        doubts = (*doubts, *load_doubts(analysis.load, frozenset(doubt.code for doubt in doubts)))
    cost = sum(doubt.grade_cost for doubt in doubts) if run.profile.evidence else len(GRADES)
    grade = GRADES[min(cost, len(GRADES) - 1)]
    noise = _reaches([ratio.interval.reach for ratio in floors])
    return Trust(grade, run.profile.evidence, doubts, len(floors), off, noise, exact, _precision_text(analysis))


def _precision_text(analysis: Analysis) -> str:
    width, count = precision(analysis)
    if not count:
        return ""
    scenario, widest = _widest(analysis)
    where = f", of {scenario} ±{labels.percent(widest)}" if scenario else ""
    return f"median half width of {labels.plural(count, 'ratio interval')} ±{labels.percent(width)}{where}"


def _widest(analysis: Analysis) -> tuple[str, float]:
    """Return the scenario whose intervals are the widest in the middle, and their median half width.

    A median over a whole run hides a question that stays open behind others that are narrow. Of a single scenario with
    intervals there is nothing to hide: no name, and 0.
    """
    widths: dict[str, list[float]] = {}
    for finding in analysis.findings(*QUESTIONS):
        if finding.ratio is not None and math.isfinite(finding.ratio.interval.high):
            widths.setdefault(finding.contrast.numerator.scenario, []).append(finding.ratio.half_width)
    middles = {scenario: median(found) for scenario, found in widths.items()}
    return max(middles.items(), key=lambda each: each[1]) if len(middles) > 1 else ("", 0.0)


def _reaches(reaches: Sequence[float]) -> Noise | None:
    ordered = sorted(reaches)
    return Noise(median(ordered), ordered[math.ceil(ALMOST_ALL * len(ordered)) - 1]) if ordered else None


def _own(analysis: Analysis, twins: int, off: int) -> Iterator[Doubt]:
    run = analysis.run.manifest
    if not run.profile.evidence:
        text = f"The profile {run.profile.name!r} takes far too few samples: its numbers are not evidence."
        yield Doubt("no-evidence", 3, text, "ormbench run --profile quick")
    if run.failures:
        cases = labels.plural(len({failure.case for failure in run.failures}), "case")
        text = f"{cases} failed a proof or an operation: void, shown in grey, and never a winner."
        yield Doubt("failures", 2, text, "Mend what the failures name, then run again.")
    yield from _unfinished(analysis)
    if analysis.run.experiments is not None:
        yield from _experiments(analysis.run.experiments, run.command)
    if analysis.run.http_layer is not None:
        yield from _http_layer(analysis.run.http_layer, run.id)
    yield from _noise(analysis, twins, off)
    width, count = precision(analysis)
    scenario, widest = _widest(analysis)
    if count and (width > WIDE or widest > COSTLY_WIDTH):
        where = f", that of {scenario} is {labels.percent(widest)}" if scenario else ""
        middle = f"The median half width of the ratio intervals is {labels.percent(width)}{where}"
        charged = any(doubt.code in NOISY_MACHINE and doubt.grade_cost for doubt in run.doubts)
        cost = int(width > COSTLY_WIDTH and not charged) + int(width > VERY_WIDE)
        yield Doubt(
            "wide-intervals",
            cost,
            f"{middle}: smaller effects stay open.",
            "More passes (--passes) make them narrower.",
        )


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


def _http_layer(measured: HttpLayer, run_id: str) -> Iterator[Doubt]:
    """Yield why the layer HTTP is not complete; it takes nothing from the other layers."""
    if not measured.finished:
        why = "".join(f": {labels.shortened(failure, MOST_SHOWN)}" for failure in measured.failures)
        text = f"What HTTP adds was not measured to its end{why}. The other layers are none the worse for it."
        yield Doubt("http-layer-missing", 0, text, f"ormbench run --resume {run_id}")


def _noise(analysis: Analysis, twins: int, off: int) -> Iterator[Doubt]:
    if off:
        places = [
            f"{finding.contrast.numerator.driver} in {finding.contrast.numerator.group}"
            for finding in analysis.findings(Question.NOISE)
            if finding.ratio is not None and not finding.ratio.interval.contains(1)
        ]
        yield beyond_chance("noise-floor", off, twins, places)
