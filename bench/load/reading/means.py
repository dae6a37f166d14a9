"""The mean of what rounds or repeats gave, with an interval over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from bench.core.ratios import UNKNOWN, Interval, ratio_over_passes


@dataclass(frozen=True)
class Mean:
    """The geometric mean of positive values, in their unit."""

    estimate: float
    interval: Interval
    """The t interval in log; UNKNOWN below two values."""


def geometric_mean(values: Sequence[float]) -> Mean:
    """Return the geometric mean with its 95 % t interval; where a value is 0, the arithmetic mean without one.

    It is the mean ratio of the values to 1, and so the same arithmetic as that of every ratio.

    Raises:
        UsageError: There is no value.
    """
    if any(value <= 0 or not math.isfinite(value) for value in values):
        return Mean(fmean(values), UNKNOWN)
    ratio = ratio_over_passes([([value], [1.0]) for value in values])
    return Mean(ratio.estimate, ratio.interval)
