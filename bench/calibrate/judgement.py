"""Count how often the intervals of a calibration run hold the truth and find the slowdown that was planted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, variance

from bench.core.ratios import Interval

WORTH_REPORTING = 0.05
"""A drift beyond this between two measurements of the same code would pass for a finding."""


@dataclass(frozen=True)
class Estimate:
    """A ratio with its interval, from either way of measuring."""

    group: str
    driver: str
    ratio: float
    interval: Interval


@dataclass(frozen=True)
class Score:
    """How a way of measuring did."""

    twins: int
    covered: int
    """A/A intervals that hold 1."""
    drifted: int
    """A/A ratios more than 5 % away from 1."""
    slowed: int
    found: int
    """Intervals of the slowed variant that lie wholly above 1."""
    median_half_width: float

    def as_data(self) -> dict[str, float]:
        """Return counts and shares for JSON."""
        return {
            **{name: getattr(self, name) for name in ("twins", "covered", "drifted", "slowed", "found")},
            "coverage": round(self.covered / max(1, self.twins), 4),
            "drifted_share": round(self.drifted / max(1, self.twins), 4),
            "power": round(self.found / max(1, self.slowed), 4),
            "median_half_width": round(self.median_half_width, 5),
        }


def score(twins: Sequence[Estimate], slowed: Sequence[Estimate]) -> Score:
    """Count over all groups and drivers."""
    widths = sorted((each.interval.high - each.interval.low) / 2 / each.ratio for each in twins)
    return Score(
        twins=len(twins),
        covered=sum(each.interval.contains(1) for each in twins),
        drifted=sum(abs(math.log(each.ratio)) > math.log1p(WORTH_REPORTING) for each in twins),
        slowed=len(slowed),
        found=sum(each.interval.low > 1 for each in slowed),
        median_half_width=widths[len(widths) // 2] if widths else math.nan,
    )


def welch_ratio(numerator_s: Sequence[float], denominator_s: Sequence[float]) -> tuple[float, Interval]:
    """Return the ratio of means with the interval that rounds taken as independent would give.

    pytest-benchmark compares point values and has no interval; this is the one its own stop rule assumes (rounds
    independent and near normal), carried over to a ratio by the delta method on the log scale.
    """
    squares = [_relative_error_squared(values) for values in (numerator_s, denominator_s)]
    ratio = fmean(numerator_s) / fmean(denominator_s)
    reach = 1.959964 * math.sqrt(sum(squares))
    return ratio, Interval(ratio * math.exp(-reach), ratio * math.exp(reach))


def _relative_error_squared(values: Iterable[float]) -> float:
    sample = list(values)
    return variance(sample) / len(sample) / fmean(sample) ** 2
