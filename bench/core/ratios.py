"""Estimate the ratio of two interleaved cases, with an interval over fresh processes."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist, fmean, stdev

from bench.core.errors import UsageError

CONFIDENCE = 0.95
FEWEST_PASSES = 2
"""Below two passes there is no spread between processes, and so no interval."""

T_IS_NORMAL = 1000
"""Passes from which on the t quantile is the normal one to 0.3 %."""

Pass = tuple[Sequence[float], Sequence[float]]
"""Elapsed ns per operation of the numerator's and of the denominator's blocks; equal places share a round."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The ratios from `low` to `high`, both included."""

    low: float
    high: float

    @classmethod
    def around_one(cls, share: float) -> Interval:
        """Return the band of ratios that are at most `share` away from 1, as wide below 1 as above it in log."""
        return cls(1 / (1 + share), 1 + share)

    @property
    def reach(self) -> float:
        """Return how far the interval gets from 1 on its wider side, as a share: 0.03 for 0.99 to 1.03."""
        return max(self.high, 1 / self.low if self.low > 0 else math.inf) - 1

    def contains(self, ratio: float) -> bool:
        """Return whether the ratio lies in the interval."""
        return self.low <= ratio <= self.high

    def within(self, other: Interval) -> bool:
        """Return whether the whole interval lies inside of the other."""
        return other.low <= self.low and self.high <= other.high


UNKNOWN = Interval(0.0, math.inf)
"""Every ratio there is: nothing can be said."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """Time of the numerator over time of the denominator; below 1 the numerator is the faster one."""

    estimate: float
    interval: Interval
    """The confidence interval; UNKNOWN below two passes."""
    p_value: float
    """Two-sided, of the hypothesis that the ratio is 1; not yet corrected for the number of contrasts."""
    passes: int
    pairs: int
    """Pairs of blocks in all passes together."""
    pass_sd: float
    """Standard deviation of the passes' log ratios; infinite below two passes."""

    @property
    def half_width(self) -> float:
        """Return half the width of the interval as a share of the estimate: 0.02 reads "±2 %"."""
        return (self.interval.high - self.interval.low) / 2 / self.estimate

    def over(self, limit: float) -> Ratio:
        """Return this ratio as a multiple of a limit: its p-value is of the hypothesis that the ratio is the limit."""
        estimate, interval = self.estimate / limit, Interval(self.interval.low / limit, self.interval.high / limit)
        if limit == 1 or self.passes < FEWEST_PASSES:
            return replace(self, estimate=estimate, interval=interval)
        p_value = _p_value(math.log(estimate), self.pass_sd / math.sqrt(self.passes), self.passes - 1)
        return replace(self, estimate=estimate, interval=interval, p_value=p_value)

    def inverse(self) -> Ratio:
        """Return the ratio with its sides exchanged: how many times as long the denominator takes."""
        low, high = self.interval.low, self.interval.high
        return replace(self, estimate=1 / self.estimate, interval=Interval(1 / high, 1 / low if low else math.inf))


def pass_log_ratio(numerator_ns: Sequence[float], denominator_ns: Sequence[float]) -> float:
    """Return the location of one pass's log ratios: the mean of the middle third of its pairs of blocks.

    Other tenants of a machine disturb in bursts that hit one block of a pair and can double it. The mean follows such
    pairs; the median wastes good ones: on normal noise it has asymptotically 0.64 (2 / pi) of the mean's efficiency,
    the middle third 0.77. It bears up to a third of pairs disturbed in the same direction, which is two of six. The
    interquartile mean (0.84) bears one of six, too few where a twentieth of all blocks is disturbed (`power.BUSY`).

    Raises:
        UsageError: The sides differ in number, are empty, or hold a time that is not positive and finite.
    """
    return middle_third_mean(_log_ratios(numerator_ns, denominator_ns))


def middle_third_mean(values: Sequence[float]) -> float:
    """Return the mean of the middle third of the values, the 33 % trimmed mean."""
    return math.fsum(map(operator.mul, _middle_shares(len(values)), sorted(values)))


@lru_cache
def _middle_shares(count: int) -> tuple[float, ...]:
    """Return the weight of each sorted value in the mean of the middle third.

    Each value stands for 1/count of the sample and counts with the part of it that lies in the middle third. So four
    values weigh 0:1:1:0 and five 0:1:3:1:0; trimming whole values (`scipy.stats.trim_mean`) would give both of the
    outer values of four the same weight as the inner ones, or none to any but the middle one of five.
    """
    third = count / 3
    inside = (min(rank + 1, 2 * third) - max(rank, third) for rank in range(count))
    return tuple(max(0.0, part) / third for part in inside)


def _log_ratios(numerator_ns: Sequence[float], denominator_ns: Sequence[float]) -> list[float]:
    """Return the log ratio of every pair of blocks.

    Raises:
        UsageError: See `pass_log_ratio`.
    """
    if len(numerator_ns) != len(denominator_ns) or not numerator_ns:
        sides = f"{len(numerator_ns)} and {len(denominator_ns)}"
        message = f"a pass needs as many numerator as denominator blocks, one at least, not {sides}: measure it again"
        raise UsageError(message)
    if not all(0 < ns < math.inf for side in (numerator_ns, denominator_ns) for ns in side):
        message = "a block's time per operation is not a positive number: measure its pass again"
        raise UsageError(message)
    return [math.log(above / below) for above, below in zip(numerator_ns, denominator_ns, strict=True)]


def ratio_over_passes(passes: Sequence[Pass], confidence: float = CONFIDENCE) -> Ratio:
    """Return the ratio with its t interval over the passes' log ratios (passes - 1 degrees of freedom).

    The pass is the unit because a process shares hash seed, memory layout and moment among its blocks: an interval
    over blocks alone leaves that out and is too narrow (Kalibera & Jones, ISMM 2013: repeat at the level where the
    variance arises). Each pass weighs the same, whatever its number of pairs. With one pass the interval is UNKNOWN
    and the p-value 1; passes that agree to the last bit give an interval without width.

    A hierarchical bootstrap was tried and is not offered: redrawing pairs within passes counts their noise a second
    time and is too wide, redrawing passes is too narrow while they are few, and which of the two wins is not known.

    Raises:
        UsageError: There is no pass, or one is malformed (see `pass_log_ratio`).
    """
    if not passes:
        message = "a ratio needs at least one complete pass: run with --resume to measure the missing ones"
        raise UsageError(message)
    logs = [pass_log_ratio(*sides) for sides in passes]
    pairs = sum(len(denominator_ns) for _, denominator_ns in passes)
    centre = fmean(logs)
    if len(logs) < FEWEST_PASSES:
        return Ratio(math.exp(centre), UNKNOWN, 1.0, len(logs), pairs, math.inf)
    spread = stdev(logs)
    error = spread / math.sqrt(len(logs))
    reach = t_quantile(len(logs) - 1, confidence) * error
    interval = Interval(math.exp(centre - reach), math.exp(centre + reach))
    return Ratio(math.exp(centre), interval, _p_value(centre, error, len(logs) - 1), len(logs), pairs, spread)


def passes_needed(ratio: Ratio, target_half_width: float, confidence: float = CONFIDENCE) -> int:
    """Return about how many further passes bring `half_width` down to the target; 0 where it is there already.

    It takes the spread between passes as known. It is not: eight passes give it with a standard error of 27 %, and so
    the number of passes with one of about 55 %: a hint and no promise. Below two passes nothing is known, and the
    answer is what is missing to two. These passes belong to a new run of a fixed size: adding passes until a verdict
    appears makes it appear too often.

    Raises:
        UsageError: The target is not positive.
    """
    if target_half_width <= 0:
        message = f"a half width must be above 0, got {target_half_width}"
        raise UsageError(message)
    if ratio.passes < FEWEST_PASSES:
        return FEWEST_PASSES - ratio.passes
    allowed = math.asinh(target_half_width)  # half_width is sinh of half the width of the log interval
    normal = NormalDist().inv_cdf((1 + confidence) / 2)
    total = max(FEWEST_PASSES, math.ceil((normal * ratio.pass_sd / allowed) ** 2))  # t asks for a few more
    while total < T_IS_NORMAL and t_quantile(total - 1, confidence) * ratio.pass_sd > allowed * math.sqrt(total):
        total += 1
    return max(0, total - ratio.passes)


def _p_value(centre: float, error: float, degrees: int) -> float:
    from scipy.special import stdtr  # noqa: PLC0415 - importing it costs more than all else that listing cases needs

    if error == 0:
        return float(centre == 0)
    return float(2 * stdtr(degrees, -abs(centre) / error))


@lru_cache(maxsize=1024)
def t_quantile(degrees: float, confidence: float) -> float:
    """Return how many standard errors a two-sided t interval of that confidence reaches to either side."""
    from scipy.special import stdtrit  # noqa: PLC0415 - see _p_value

    return float(stdtrit(degrees, (1 + confidence) / 2))
