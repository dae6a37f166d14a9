"""Which of several rivals is the fastest, and which of the others are level with it as far as intervals tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import MARGIN, Verdict
from bench.report.findings.analysis import Analysis, GroupResult, ratio_of

EVEN = Interval(1.0, 1.0)


@dataclass(frozen=True)
class Standing:
    """The time of a rival over the time of the one that all are divided by."""

    estimate: float
    interval: Interval


def leaders(standings: Mapping[str, Standing]) -> tuple[str, ...]:
    """Return the fastest rival first, then those that are level with it.

    Level is whose interval touches the fastest one's, or whose estimate is at most `MARGIN` behind. Both intervals are
    about the same denominator, so two that touch may still differ: a rival is called level too often, never behind
    without reason.
    """
    if not standings:
        return ()
    first = min(standings, key=lambda name: standings[name].estimate)
    best = standings[first]
    level = [
        name
        for name, each in standings.items()
        if name != first and (each.interval.low <= best.interval.high or each.estimate <= best.estimate * (1 + MARGIN))
    ]
    return first, *level


def variants(group: GroupResult, driver: str) -> dict[str, Standing]:
    """Return how the variants that give the full answer stand on a driver, over the baseline of the group."""
    baseline = group.result(group.used.baseline, driver)
    if baseline is None or baseline.void:
        return {}
    found = {group.used.baseline: Standing(1.0, EVEN)}
    for variant in group.variants:
        finding = group.finding(Question.VARIANT, variant.name, driver)
        if finding and finding.ratio and not variant.answers_less:
            found[variant.name] = judged(finding.ratio, finding.verdict)
    return found


def drivers(analysis: Analysis, group: GroupResult, variant: str) -> dict[str, Standing]:
    """Return how the drivers stand for a variant, over the first of them."""
    return dict(_drivers(analysis, group, variant))


def _drivers(analysis: Analysis, group: GroupResult, variant: str) -> Iterator[tuple[str, Standing]]:
    results = [result for driver in group.drivers if (result := group.result(variant, driver)) and not result.void]
    for result in results:
        if result is results[0]:
            yield result.case.driver, Standing(1.0, EVEN)
        elif ratio := ratio_of(analysis.run, result.case, results[0].case):
            yield result.case.driver, Standing(ratio.estimate, ratio.interval)


def judged(ratio: Ratio, verdict: Verdict) -> Standing:
    """Return the standing of a ratio with its verdict.

    What the verdict leaves open among all contrasts of the group is not decided here either: the interval then holds 1,
    whatever it is by itself.
    """
    if verdict in (Verdict.FASTER, Verdict.SLOWER):
        return Standing(ratio.estimate, ratio.interval)
    return Standing(ratio.estimate, Interval(min(ratio.interval.low, 1.0), max(ratio.interval.high, 1.0)))
