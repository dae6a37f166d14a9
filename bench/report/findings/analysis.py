"""From blocks to verdicts: every contrast of a run with its ratio, interval, noise floor and verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import median

from bench.core.cases import Case
from bench.core.contract import DELAY
from bench.core.contrasts import Contrast, Question, contrasts
from bench.core.drivers import Mode
from bench.core.multiplicity import holm
from bench.core.ratios import Interval, Pass, Ratio, ratio_over_passes
from bench.core.verdicts import Verdict, equivalence_band, noise_floor, passes_to_decide, verdict
from bench.report.findings.load.analysis import LoadAnalysis, analyse_load
from bench.report.reading.delays import Delay, measured
from bench.report.reading.records import BackendUsed, Blocks, Count, GroupUsed, Run, ScenarioUsed, VariantUsed, Weighed

MOST_OPEN = 20
"""Groups that a report shows one by one; of more it gives a digest, ratio maps and files with every number."""

QUESTIONS = (Question.VARIANT, Question.MODE, Question.DRIVER, Question.STACK)
"""What contrasts answer; the A/A twin answers nothing and sets the noise floor."""

DECIDED = (Verdict.FASTER, Verdict.SLOWER)
"""The verdicts that name a winner."""


@dataclass(frozen=True)
class CaseResult:
    """One case: medians over all its blocks, in ns per operation, and its exact counts."""

    case: Case
    wall_ns: float | None = None
    cpu_ns: float | None = None
    server_ns: float | None = None
    """Median over the passes in which it was asked for; None where the server does not tell."""
    weighed: Weighed | None = None
    """Memory and loop lag of one operation alone, where they were looked at."""
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
    band: Interval | None = None
    """The ratios that count as no difference here: an interval inside of them is equivalent. None without a ratio."""

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
    delay: Delay | None = None
    """The network delay, where one was put before the server and measured."""

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
        return self._by_numerator.get((question, variant, driver))

    @cached_property
    def verdicts(self) -> Mapping[frozenset[Case], Verdict]:
        """Return what the contrasts came to by their two cases, whichever of them is the numerator."""
        pairs = ((each.contrast.numerator, each.contrast.denominator, each.verdict) for each in self.findings)
        return {frozenset((numerator, denominator)): said for numerator, denominator, said in pairs}

    @cached_property
    def _by_numerator(self) -> dict[tuple[Question, str, str], Finding]:
        found: dict[tuple[Question, str, str], Finding] = {}
        for each in self.findings:
            numerator = each.contrast.numerator
            found.setdefault((each.contrast.question, numerator.variant, numerator.driver), each)
        return found


@dataclass(frozen=True)
class Analysis:
    """A run with all its groups, in the order in which they were planned."""

    run: Run
    groups: tuple[GroupResult, ...]
    delays: Mapping[tuple[str, float], Delay]
    """The network delays by backend and by what was asked for."""
    load: LoadAnalysis | None = None
    """The load part, where the run has one."""

    @cached_property
    def backends(self) -> dict[str, BackendUsed]:
        """Return the backends by label."""
        return {backend.label: backend for backend in self.run.manifest.backends}

    @property
    def is_large(self) -> bool:
        """Say whether there are more groups than anybody reads one by one."""
        return len(self.groups) > MOST_OPEN

    def findings(self, *questions: Question) -> Iterator[Finding]:
        """Yield the findings of all groups that answer one of the questions."""
        for group in self.groups:
            yield from group.of(*questions)


def analyse(run: Run) -> Analysis:
    """Compute every contrast of the run; cases that failed a proof are void and never win."""
    known = _Known(
        run,
        counts={count.case.id: count for count in run.manifest.counts},
        reasons={failure.case: f"{failure.stage}: {failure.message}" for failure in run.manifest.failures},
        weighed={each.case.id: each for each in run.manifest.memory},
        delays=measured(run.units),
    )
    groups = tuple(_group(known, used) for used in run.manifest.groups if used.cases)
    return Analysis(run, groups, known.delays, analyse_load(run.load) if run.load else None)


def ratio_of(run: Run, numerator: Case, denominator: Case) -> Ratio | None:
    """Return the ratio of two cases over the passes that measured both; None where no pass did, or one is void.

    Raises:
        UsageError: A pass holds different numbers of blocks for the two.
    """
    if numerator.id in run.void or denominator.id in run.void:
        return None
    above, below = run.blocks.get(numerator.id, {}), run.blocks.get(denominator.id, {})
    passes: list[Pass] = [
        (above[number].wall_ns, below[number].wall_ns) for number in sorted(above.keys() & below.keys())
    ]
    return ratio_over_passes(passes) if passes else None


def floor_between(floors: Mapping[str, Ratio], *drivers: str) -> Interval | None:
    """Return the noise floor of a comparison, the wider one where it spans two drivers; None without an A/A twin."""
    twins = [floors[name] for name in sorted({*drivers}) if name in floors]
    return noise_floor(twins) if twins else None


def precision(analysis: Analysis) -> tuple[float, int]:
    """Return the median half width of the ratio intervals, and of how many contrasts (A/A twins left out)."""
    ratios = [finding.ratio for finding in analysis.findings(*QUESTIONS) if finding.ratio is not None]
    widths = [ratio.half_width for ratio in ratios if math.isfinite(ratio.interval.high)]
    return (median(widths), len(widths)) if widths else (float("nan"), 0)


@dataclass(frozen=True)
class _Known:
    """What the whole run says about single cases, by their ids."""

    run: Run
    counts: Mapping[str, Count]
    reasons: Mapping[str, str]
    weighed: Mapping[str, Weighed]
    delays: Mapping[tuple[str, float], Delay]


def _group(known: _Known, used: GroupUsed) -> GroupResult:
    run, manifest = known.run, known.run.manifest
    scenario = next(each for each in manifest.scenarios if each.name == used.scenario)
    backend = next(each for each in manifest.backends if each.label == used.backend)
    pairs = list(contrasts(used.cases, used.baseline))
    ratios = [ratio_of(run, contrast.numerator, contrast.denominator) for contrast in pairs]
    floors = {
        contrast.numerator.driver: ratio
        for contrast, ratio in zip(pairs, ratios, strict=True)
        if contrast.question is Question.NOISE and ratio is not None
    }
    cases = {case.id: _case(known, case) for case in used.cases}
    asked_ms = used.parameters.get(DELAY)
    delay = None if asked_ms is None else known.delays.get((used.backend, float(asked_ms)))
    return GroupResult(used, scenario, backend, cases, tuple(_findings(pairs, ratios, floors)), floors, delay)


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
        # An A/A twin is in no family, and neither side of it can win: its p-value decides nothing.
        said = verdict(ratio, adjusted.get(contrast.id, 1.0), floor)
        open_ = said is Verdict.INCONCLUSIVE and contrast.question is not Question.NOISE
        more = passes_to_decide(ratio, len(family), floor) if open_ else None
        yield Finding(contrast, said, ratio, more, equivalence_band(floor))


def _floor_of(contrast: Contrast, floors: Mapping[str, Ratio]) -> Interval | None:
    """Return the noise floor of a contrast; an A/A twin has none."""
    if contrast.question is Question.NOISE:
        return None
    return floor_between(floors, contrast.numerator.driver, contrast.denominator.driver)


def _case(known: _Known, case: Case) -> CaseResult:
    passes = known.run.blocks.get(case.id, {})
    count, void, weighed = known.counts.get(case.id), known.reasons.get(case.id), known.weighed.get(case.id)
    if void or not passes:
        return CaseResult(case, weighed=weighed, count=count, void=void or "not measured: its passes are missing")
    return CaseResult(
        case,
        wall_ns=median(each for blocks in passes.values() for each in blocks.wall_ns),
        cpu_ns=median(each for blocks in passes.values() for each in blocks.cpu_ns),
        server_ns=_server_ns(passes.values()),
        weighed=weighed,
        passes=len(passes),
        count=count,
    )


def _server_ns(passes: Iterable[Blocks]) -> float | None:
    told = [blocks.server_ns for blocks in passes if blocks.server_ns is not None]
    return median(told) if told else None
