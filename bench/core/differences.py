"""Estimate how long one case takes, and how much longer than another, in ns with intervals over fresh processes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from bench.core.errors import UsageError
from bench.core.ratios import CONFIDENCE, FEWEST_PASSES, Pass, middle_third_mean, t_quantile


@dataclass(frozen=True, slots=True)
class Duration:
    """Nanoseconds per operation with their confidence interval; a difference may be negative."""

    estimate_ns: float
    low_ns: float
    high_ns: float
    """Both ends are infinite below two passes: nothing is known of the spread between processes."""
    passes: int

    @property
    def has_interval(self) -> bool:
        """Say whether the interval has ends."""
        return math.isfinite(self.high_ns)


def time_over_passes(passes: Sequence[Sequence[float]]) -> Duration:
    """Return the time of one operation from the times of the blocks of each pass, in ns.

    A pass counts with the mean of the middle third of its blocks, and the interval is a t interval over the passes,
    for the reasons that `ratios.pass_log_ratio` and `ratios.ratio_over_passes` give.

    Raises:
        UsageError: There is no pass, or one has no block.
    """
    if not passes or not all(passes):
        message = "a time needs at least one pass with a block: run with --resume to measure the missing ones"
        raise UsageError(message)
    return _over_passes([middle_third_mean(blocks) for blocks in passes])


def difference_over_passes(passes: Sequence[Pass]) -> Duration:
    """Return what the first of two interleaved cases takes more than the second, in ns.

    Differences are taken round by round, so that a slow minute falls on both and is gone from the difference.

    Raises:
        UsageError: There is no pass, or one has not as many blocks of the one case as of the other, or none.
    """
    for first, second in passes:
        if len(first) != len(second):
            message = f"a difference needs as many blocks of both cases, not {len(first)} and {len(second)}"
            raise UsageError(message)
    return time_over_passes(
        [[above - below for above, below in zip(first, second, strict=True)] for first, second in passes]
    )


def _over_passes(locations: Sequence[float]) -> Duration:
    centre = fmean(locations)
    if len(locations) < FEWEST_PASSES:
        return Duration(centre, -math.inf, math.inf, len(locations))
    reach = t_quantile(len(locations) - 1, CONFIDENCE) * stdev(locations) / math.sqrt(len(locations))
    return Duration(centre, centre - reach, centre + reach, len(locations))
