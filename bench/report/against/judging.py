"""Judge the two sides of a run case by case: what this side is, compared with the second one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bench.core.cases import Case
from bench.core.multiplicity import holm
from bench.core.ratios import Ratio, middle_third_mean, ratio_over_passes
from bench.core.verdicts import Verdict, verdict
from bench.report.comparing.comparison import badness
from bench.report.comparing.counts import Counts, compare_counts
from bench.report.reading.records import Blocks, Run, SecondSide

MISSING = "not measured: its passes are missing"


@dataclass(frozen=True)
class Judged:
    """A case that both sides have, with the verdict on this side."""

    case: Case
    verdict: Verdict
    ratio: Ratio | None = None
    """Time here over time there; above 1 this side is slower."""
    this_ns: float | None = None
    """Median over all blocks, per operation."""
    that_ns: float | None = None
    void: str | None = None
    """Why there is no ratio."""


@dataclass(frozen=True)
class Judgement:
    """Everything that the two sides say about each other."""

    run: Run
    second: Run
    side: SecondSide
    cases: tuple[Judged, ...]
    """Worst first."""
    counts: Counts

    @property
    def tally(self) -> Counter[Verdict]:
        """Return how many cases came to what."""
        return Counter(each.verdict for each in self.cases)


def judge(run: Run) -> Judgement | None:
    """Return the verdicts on every case of both sides; None where the run has no second side.

    The sides are measured in different processes, so no block of one has a partner on the other. What is divided is
    the location of a case's blocks in this side's process by that in the second side's process of the same pass,
    right before or after it; the interval is taken over the passes. Holm's family is all cases of the run.
    """
    second, side = run.second, run.manifest.against
    if second is None or side is None:
        return None
    reasons = {each.case: f"{each.stage}: {each.message}" for each in side.failures}
    proved = {count.case.id for count in side.counts} | reasons.keys()
    cases = [case for group in run.manifest.groups for case in group.cases if not case.twin]
    common = [case for case in cases if case.id in proved and case.id not in run.void]
    found = {case.id: _ratio(run.blocks.get(case.id, {}), second.blocks.get(case.id, {})) for case in common}
    valid = {name: ratio for name, ratio in found.items() if ratio is not None and name not in reasons}
    adjusted = dict(zip(valid, holm([ratio.p_value for ratio in valid.values()]), strict=True))
    judged = [
        _judged(case, valid[case.id], adjusted[case.id], run, second)
        if case.id in valid
        else Judged(case, Verdict.NOT_VALID, void=reasons.get(case.id, MISSING))
        for case in common
    ]
    judged.sort(key=lambda each: badness(each.verdict, each.ratio))
    return Judgement(run, second, side, tuple(judged), compare_counts(second, run))


def location_ns(blocks: Sequence[float]) -> float:
    """Return where the blocks of one process lie: the middle third of their logs, as for the ratios of a group.

    See `bench.core.ratios.pass_log_ratio` for why it is neither the mean nor the median.
    """
    return math.exp(middle_third_mean([math.log(ns) for ns in blocks]))


def _ratio(here: Mapping[int, Blocks], there: Mapping[int, Blocks]) -> Ratio | None:
    passes = [
        ((location_ns(here[number].wall_ns),), (location_ns(there[number].wall_ns),))
        for number in sorted(here.keys() & there.keys())
    ]
    return ratio_over_passes(passes) if passes else None


def _judged(case: Case, ratio: Ratio, adjusted_p: float, run: Run, second: Run) -> Judged:
    # An A/A twin shares its process with the baseline: it is no floor for two processes, and the margin stands.
    word = verdict(ratio, adjusted_p, None)
    return Judged(case, word, ratio, _median_ns(run, case), _median_ns(second, case))


def _median_ns(run: Run, case: Case) -> float:
    return median(_blocks_ns(run.blocks[case.id]))


def _blocks_ns(passes: Mapping[int, Blocks]) -> Iterator[float]:
    for blocks in passes.values():
        yield from blocks.wall_ns
