"""The points that a run adds to time series: one for each valid case, under the id of the case."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from bench.core.contrasts import Question
from bench.core.ratios import Interval, Ratio, ratio_over_passes
from bench.report.findings.analysis import Analysis, CaseResult
from bench.report.reading.records import Run


@dataclass(frozen=True)
class Point:
    """What one case came to."""

    result: CaseResult
    baseline: str
    """The variant that the ratio is about."""
    wall_ns: float
    """Median over all blocks, per operation: the time that the report shows."""
    interval_ns: Interval | None
    """95 % interval of the time over the passes of this run; None below two passes."""
    ratio: Ratio | None
    """Time over that of the baseline on the same driver; None for the baseline."""
    verdict: str
    """Empty for the baseline."""

    @property
    def name(self) -> str:
        """Return the id of the case: the same in every run that measures it."""
        return self.result.case.id


def points(analysis: Analysis) -> Iterator[Point]:
    """Yield a point for every valid case.

    A/A twins are no points: they are the baseline once more, and a series of their own would only raise false alarms.
    """
    for group in analysis.groups:
        for result in group.cases.values():
            case = result.case
            if case.twin or result.wall_ns is None:
                continue
            finding = group.finding(Question.VARIANT, case.variant, case.driver)
            yield Point(
                result=result,
                baseline=group.used.baseline,
                wall_ns=result.wall_ns,
                interval_ns=_interval_ns(analysis.run, case.id, result.wall_ns),
                ratio=finding.ratio if finding else None,
                verdict=finding.verdict if finding else "",
            )


def significant(value: float) -> float:
    """Return six significant digits, as the CSV files of a report have them."""
    return float(f"{value:.6g}")


def bounded(interval: Interval | None) -> Interval | None:
    """Return the interval, or None where it has no end: JSON knows no infinity."""
    return interval if interval and math.isfinite(interval.high) else None


def _interval_ns(run: Run, name: str, wall_ns: float) -> Interval | None:
    """Return the t interval over the logs of the passes' medians: a time is its ratio to one nanosecond.

    It is widened to hold the median over all blocks, which weighs passes with many blocks more.
    """
    ratio = ratio_over_passes([((median(blocks.wall_ns),), (1.0,)) for blocks in run.blocks[name].values()])
    found = bounded(ratio.interval)
    return Interval(min(found.low, wall_ns), max(found.high, wall_ns)) if found else None
