"""Divide a ratio of one run by the same ratio of an earlier run, with an interval over the passes of both."""

from __future__ import annotations

import math
from dataclasses import dataclass

from bench.core.ratios import CONFIDENCE, FEWEST_PASSES, UNKNOWN, Interval, Ratio, t_quantile


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a ratio from one run to the next; above 1 its numerator is slower than before."""

    ratio: Ratio
    """After over before. Passes are those of the run that has fewer, pairs those of both; the standard deviation is
    that of the difference between a pass of each."""
    error: float
    """Standard error of the log ratio; infinite where a run has one pass."""
    degrees: float
    """Degrees of freedom of the error; 0 where it is unknown."""

    @property
    def has_interval(self) -> bool:
        """Say whether both runs have passes enough for an interval; without one nothing can be decided."""
        return math.isfinite(self.error)

    def p_beyond(self, limit: float) -> float:
        """Return the one-sided p-value of the hypothesis that the true change is the limit at most, a ratio."""
        distance = math.log(self.ratio.estimate / limit)
        if not self.has_interval:
            return 1.0
        if self.error == 0:
            return float(distance <= 0)
        return _tail(self.degrees, distance / self.error)


def change(before: Ratio, after: Ratio) -> Change:
    """Return the ratio of two independent ratios with its t interval.

    Each ratio stands on the log ratios of its own passes, which may differ in number and spread: the error is Welch's
    (Biometrika 34, 1947, 28-35), its degrees of freedom are Satterthwaite's (Biometrics Bulletin 2, 1946, 110-114).
    What slows numerator and denominator alike from one run to the next cancels out. Where a run has one pass the
    interval is UNKNOWN and the p-value 1; where the passes of each run agree to the last bit it has no width.
    """
    centre = math.log(after.estimate / before.estimate)
    spread = math.hypot(before.pass_sd, after.pass_sd)
    passes, pairs = min(before.passes, after.passes), before.pairs + after.pairs
    if passes < FEWEST_PASSES:
        return Change(Ratio(math.exp(centre), UNKNOWN, 1.0, passes, pairs, math.inf), math.inf, 0.0)
    shares = [each.pass_sd**2 / each.passes for each in (before, after)]
    error = math.sqrt(math.fsum(shares))
    degrees = _degrees(shares, (before.passes - 1, after.passes - 1))
    reach = error * t_quantile(degrees, CONFIDENCE)
    p_value = 2 * _tail(degrees, abs(centre) / error) if error else float(centre == 0)
    interval = Interval(math.exp(centre - reach), math.exp(centre + reach))
    return Change(Ratio(math.exp(centre), interval, p_value, passes, pairs, spread), error, degrees)


def _degrees(shares: list[float], each: tuple[int, int]) -> float:
    """Return Satterthwaite's degrees of freedom for a sum of two variances of means."""
    # Divided by the larger share: squares of tiny variances would vanish.
    largest = max(shares)
    if largest == 0:
        return float(sum(each))
    parts = [share / largest for share in shares]
    return sum(parts) ** 2 / math.fsum(part**2 / own for part, own in zip(parts, each, strict=True))


def _tail(degrees: float, statistic: float) -> float:
    """Return the probability that Student's t is above the statistic."""
    from scipy.special import stdtr  # noqa: PLC0415 - importing it costs more than all else that listing cases needs

    return float(stdtr(degrees, -statistic))
