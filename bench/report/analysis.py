"""From blocks to verdicts: every contrast of a run with its ratio, interval, noise floor and verdict."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bench.core.cases import Case
from bench.core.contrasts import Contrast, Question, contrasts
from bench.core.drivers import Mode
from bench.core.multiplicity import holm
from bench.core.ratios import Interval, Pass, Ratio, ratio_over_passes
from bench.core.summaries import summarise_ns
from bench.core.verdicts import Verdict, noise_floor, passes_to_decide, verdict
from bench.report.records import BackendUsed, Count, GroupUsed, Run, ScenarioUsed, VariantUsed

QUESTIONS = (Question.VARIANT, Question.MODE, Question.DRIVER, Question.STACK)
"""What contrasts answer; the A/A twin answers nothing and sets the noise floor."""


@dataclass(frozen=True)
class CaseResult:
    """One case: medians over all its blocks, in ns per operation, and its exact counts."""

    case: Case
    wall_ns: float | None = None
    cpu_ns: float | None = None
    passes: int = 0
    count: Count | None = None
    void: str | None = None
    """Why the case is not valid, or None."""


@dataclass(frozen=True)
class Finding:
    """What a contrast came to."""

    contrast: Contrast
    verdict: Verdict
    ratio: Ratio | None = None
    more_passes: int | None = None
    """About how many further passes would decide an inconclusive contrast."""

    @property
    def effect(self) -> float:
        """Return how far the interval stays away from 1, as a log ratio; 0 where it holds 1."""
        if self.ratio is None:
            return 0.0
        interval = self.ratio.interval
        return 0.0 if interval.contains(1) else min(abs(math.log(interval.low)), abs(math.log(interval.high)))


@dataclass(frozen=True)
class GroupResult:
    """The cases of one group with everything that was found out about them."""

    used: GroupUsed
    scenario: ScenarioUsed
    backend: BackendUsed
    cases: Mapping[str, CaseResult]
    findings: tuple[Finding, ...]
    floors: Mapping[str, Ratio]
    """The A/A twin's ratio by driver: what no difference looks like here."""

    @property
    def floor(self) -> Interval | None:
        """Return the noise floor over all drivers of the group."""
        return noise_floor(list(self.floors.values())) if self.floors else None

    def of(self, *questions: Question) -> list[Finding]:
        """Return the findings that answer one of the questions."""
        return [finding for finding in self.findings if finding.contrast.question in questions]

    @property
    def variants(self) -> list[VariantUsed]:
        """Return the variants that this group measured, in the order of the scenario."""
        names = {result.case.variant for result in self.cases.values()}
        return [variant for variant in self.scenario.variants if variant.name in names]

    @property
    def drivers(self) -> list[str]:
        """Return the drivers that this group measured, in the order of the backend."""
        names = {result.case.driver for result in self.cases.values()}
        return [driver.name for driver in self.backend.drivers if driver.name in names]

    @property
    def modes(self) -> dict[str, Mode]:
        """Return the mode of each driver."""
        return {driver.name: driver.mode for driver in self.backend.drivers}

    def result(self, variant: str, driver: str, *, twin: bool = False) -> CaseResult | None:
        """Return the case of a variant on a driver, or None where the group has none."""
        parameters = next(iter(self.cases.values())).case.parameters
        return self.cases.get(Case(self.scenario.name, parameters, variant, self.backend.label, driver, twin).id)

    def finding(self, question: Question, variant: str, driver: str) -> Finding | None:
        """Return the finding whose numerator is that variant on that driver."""
        for each in self.of(question):
            if (each.contrast.numerator.variant, each.contrast.numerator.driver) == (variant, driver):
                return each
        return None


@dataclass(frozen=True)
class Analysis:
    """A run with all its groups, in the order in which they were planned."""

    run: Run
    groups: tuple[GroupResult, ...]

    @cached_property
    def backends(self) -> dict[str, BackendUsed]:
        """Return the backends by label."""
        return {backend.label: backend for backend in self.run.manifest.backends}

    def findings(self, *questions: Question) -> Iterator[Finding]:
        """Yield the findings of all groups that answer one of the questions."""
        for group in self.groups:
            yield from group.of(*questions)


def analyse(run: Run) -> Analysis:
    """Compute every contrast of the run; cases that failed a proof are void and never win."""
    manifest = run.manifest
    counts = {count.case.id: count for count in manifest.counts}
    reasons = {failure.case: f"{failure.stage}: {failure.message}" for failure in manifest.failures}
    return Analysis(run, tuple(_group(run, used, counts, reasons) for used in manifest.groups if used.cases))


def ratio_of(run: Run, numerator: Case, denominator: Case) -> Ratio | None:
    """Return the ratio of two cases over the passes that measured both; None where no pass did, or one is void.

    Raises:
        UsageError: A pass holds different numbers of blocks for the two.
    """
    if {numerator.id, denominator.id} & {failure.case for failure in run.manifest.failures}:
        return None
    above, below = run.blocks.get(numerator.id, {}), run.blocks.get(denominator.id, {})
    passes: list[Pass] = [
        (above[number].wall_ns, below[number].wall_ns) for number in sorted(above.keys() & below.keys())
    ]
    return ratio_over_passes(passes) if passes else None


def precision(analysis: Analysis) -> tuple[float, int]:
    """Return the median half width of the ratio intervals, and of how many contrasts (A/A twins left out)."""
    ratios = [finding.ratio for finding in analysis.findings(*QUESTIONS) if finding.ratio is not None]
    widths = [ratio.half_width for ratio in ratios if math.isfinite(ratio.interval.high)]
    return (median(widths), len(widths)) if widths else (float("nan"), 0)


def _group(run: Run, used: GroupUsed, counts: Mapping[str, Count], reasons: Mapping[str, str]) -> GroupResult:
    manifest = run.manifest
    scenario = next(each for each in manifest.scenarios if each.name == used.scenario)
    backend = next(each for each in manifest.backends if each.label == used.backend)
    pairs = list(contrasts(used.cases, used.baseline))
    ratios = [ratio_of(run, contrast.numerator, contrast.denominator) for contrast in pairs]
    floors = {
        contrast.numerator.driver: ratio
        for contrast, ratio in zip(pairs, ratios, strict=True)
        if contrast.question is Question.NOISE and ratio is not None
    }
    cases = {case.id: _case(run, case, counts, reasons) for case in used.cases}
    return GroupResult(used, scenario, backend, cases, tuple(_findings(pairs, ratios, floors)), floors)


def _findings(
    pairs: Sequence[Contrast], ratios: Sequence[Ratio | None], floors: Mapping[str, Ratio]
) -> Iterator[Finding]:
    """Yield the verdicts; Holm's family is the whole group without its A/A twins, which answer no question."""
    family = [
        (contrast.id, ratio.p_value)
        for contrast, ratio in zip(pairs, ratios, strict=True)
        if ratio is not None and contrast.question is not Question.NOISE
    ]
    adjusted = dict(zip([name for name, _ in family], holm([p_value for _, p_value in family]), strict=True))
    for contrast, ratio in zip(pairs, ratios, strict=True):
        if ratio is None:
            yield Finding(contrast, Verdict.NOT_VALID)
            continue
        floor = _floor_of(contrast, floors)
        said = verdict(ratio, adjusted.get(contrast.id, ratio.p_value), floor)
        open_ = said is Verdict.INCONCLUSIVE and contrast.question is not Question.NOISE
        yield Finding(contrast, said, ratio, passes_to_decide(ratio, len(family), floor) if open_ else None)


def _floor_of(contrast: Contrast, floors: Mapping[str, Ratio]) -> Interval | None:
    """Return the noise floor of a contrast, the wider one where it spans two drivers; an A/A twin has no other."""
    if contrast.question is Question.NOISE:
        return None
    names = {contrast.numerator.driver, contrast.denominator.driver}
    twins = [floors[name] for name in sorted(names) if name in floors]
    return noise_floor(twins) if twins else None


def _case(run: Run, case: Case, counts: Mapping[str, Count], reasons: Mapping[str, str]) -> CaseResult:
    passes = run.blocks.get(case.id, {})
    count, void = counts.get(case.id), reasons.get(case.id)
    if void or not passes:
        return CaseResult(case, count=count, void=void or "not measured: its passes are missing")
    wall = [each for blocks in passes.values() for each in blocks.wall_ns]
    cpu = [each for blocks in passes.values() for each in blocks.cpu_ns]
    return CaseResult(case, summarise_ns(wall).median, summarise_ns(cpu).median, len(passes), count)
