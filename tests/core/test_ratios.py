"""Tests of the ratio of two cases and its interval."""

import math
from itertools import pairwise
from statistics import fmean

import numpy as np
import pytest
from scipy import stats

from bench.core.errors import UsageError
from bench.core.ratios import (
    Interval,
    Pass,
    Ratio,
    middle_third_mean,
    pass_log_ratio,
    passes_needed,
    ratio_over_passes,
)


def passes_with(ratios: list[float]) -> list[Pass]:
    """Return one pass of two pairs for each ratio."""
    return [([200.0 * ratio, 100.0 * ratio], [200.0, 100.0]) for ratio in ratios]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([3.0], 3.0),
        ([3.0, 5.0], 4.0),
        ([9.0, 3.0, 6.0], 6.0),
        ([0.0, 0.0, 6.0], 0.0),
        ([8.0, 1.0, 3.0, 5.0], 4.0),
        ([1.0, 2.0, 3.0, 5.0, 100.0], (2 + 3 * 3 + 5) / 5),
        ([1.0, 2.0, 3.0, 5.0, 80.0, 100.0], 4.0),
    ],
)
def test_location_counts_the_part_of_each_value_in_the_middle_third(values: list[float], expected: float) -> None:
    """The mean of the middle third agrees with sums worked out by hand, from one value to six."""
    assert middle_third_mean(values) == pytest.approx(expected)


def test_location_of_a_multiple_of_three_is_the_trimmed_mean_of_scipy() -> None:
    """Where no value lies across the edge of a third, our location is the library's 33 % trimmed mean."""
    values = np.random.default_rng(1).standard_normal(42).tolist()
    assert middle_third_mean(values) == pytest.approx(stats.trim_mean(values, 1 / 3 + 1e-12))


def test_one_disturbed_pair_in_six_does_not_move_a_pass() -> None:
    """A burst that doubles one block leaves the log ratio where the undisturbed pairs are."""
    assert pass_log_ratio([110, 220, 110, 110, 110, 110], [100, 100, 100, 100, 100, 100]) == pytest.approx(
        math.log(1.1)
    )


def test_pass_log_ratio_pairs_blocks_of_one_round() -> None:
    """Noise that both sides of a round share cancels, because ratios are taken pair by pair."""
    assert pass_log_ratio([50, 500, 5000], [100, 1000, 10000]) == pytest.approx(math.log(0.5))


@pytest.mark.parametrize(
    ("numerator", "denominator"),
    [
        ([], []),
        ([1.0], []),
        ([1.0, 2.0], [1.0]),
        ([0.0], [1.0]),
        ([1.0], [-1.0]),
        ([math.nan], [1.0]),
        ([1.0], [math.inf]),
    ],
)
def test_a_malformed_pass_is_refused(numerator: list[float], denominator: list[float]) -> None:
    """A pass without pairs, with a lone block or with an impossible time is an error and never a ratio."""
    with pytest.raises(UsageError, match="measure"):
        pass_log_ratio(numerator, denominator)


def test_ratio_over_passes_is_the_one_sample_t_test_of_the_pass_log_ratios() -> None:
    """Estimate, interval and p-value agree with SciPy's t test on the logs."""
    ratios = [1.02, 1.05, 0.99, 1.04, 1.07]
    logs = [math.log(each) for each in ratios]
    expected = stats.ttest_1samp(logs, 0.0)
    low, high = expected.confidence_interval(0.9)

    ratio = ratio_over_passes(passes_with(ratios), confidence=0.9)

    assert ratio.estimate == pytest.approx(math.exp(fmean(logs)))
    assert (ratio.interval.low, ratio.interval.high) == pytest.approx((math.exp(low), math.exp(high)))
    assert ratio.p_value == pytest.approx(expected.pvalue)
    assert (ratio.passes, ratio.pairs) == (5, 10)
    assert ratio.pass_sd == pytest.approx(np.std(logs, ddof=1))


def test_ratio_of_three_passes_by_hand() -> None:
    """Log ratios of -0.1, 0 and 0.1 give exp(±4.3027 / 10 / sqrt(3)), t from the tables."""
    ratio = ratio_over_passes(passes_with([math.exp(-0.1), 1.0, math.exp(0.1)]))
    assert ratio.estimate == pytest.approx(1.0)
    assert math.log(ratio.interval.high) == pytest.approx(0.24841, abs=1e-5)
    assert math.log(ratio.interval.low) == pytest.approx(-0.24841, abs=1e-5)
    assert ratio.p_value == pytest.approx(1.0)
    assert ratio.half_width == pytest.approx(math.sinh(0.24841), abs=1e-5)


def test_every_pass_weighs_the_same() -> None:
    """A pass with many pairs is still one process and does not outvote the others."""
    ratio = ratio_over_passes([([2.0] * 50, [1.0] * 50), ([1.0], [2.0])])
    assert ratio.estimate == pytest.approx(1.0)
    assert ratio.pairs == 51


def test_swapping_the_sides_inverts_the_ratio() -> None:
    """A over B and B over A tell the same story."""
    passes = [([3.0, 4.0, 9.0], [2.0, 5.0, 7.0]), ([3.0, 4.0], [2.5, 4.5]), ([3.0], [2.0])]
    ratio = ratio_over_passes(passes)
    inverse = ratio_over_passes([(below, above) for above, below in passes])
    assert inverse.estimate == pytest.approx(1 / ratio.estimate)
    assert inverse.interval.low == pytest.approx(1 / ratio.interval.high)
    assert inverse.p_value == pytest.approx(ratio.p_value)


def test_one_pass_says_nothing_about_the_interval() -> None:
    """However many pairs it has, one process gives an estimate, every ratio as interval, and a p-value of 1."""
    ratio = ratio_over_passes([([2.0] * 100, [1.0] * 100)])
    assert ratio.estimate == pytest.approx(2.0)
    assert ratio.interval == Interval(0.0, math.inf)
    assert ratio.p_value == 1.0
    assert ratio.half_width == math.inf


def test_no_pass_is_refused() -> None:
    """Without data there is no estimate to return."""
    with pytest.raises(UsageError, match="--resume"):
        ratio_over_passes([])


@pytest.mark.parametrize(("each", "p_value"), [(1.0, 1.0), (2.0, 0.0)])
def test_passes_that_agree_exactly_give_an_interval_without_width(each: float, p_value: float) -> None:
    """Zero variance divides nothing by zero: the p-value is 1 at a ratio of 1 and 0 elsewhere."""
    ratio = ratio_over_passes(passes_with([each] * 3))
    assert ratio.interval.low == ratio.interval.high == pytest.approx(each)
    assert ratio.p_value == p_value
    assert ratio.half_width == 0.0


@pytest.mark.parametrize(
    ("interval", "reach"),
    [
        (Interval(0.99, 1.02), 0.02),
        (Interval(0.8, 1.02), 0.25),
        (Interval(1.01, 1.04), 0.04),
        (Interval(0, 2), math.inf),
    ],
)
def test_reach_is_the_wider_side_in_log(interval: Interval, reach: float) -> None:
    """0.8 is as far from 1 as 1.25 is."""
    assert interval.reach == pytest.approx(reach)


def ratio_with(passes: int, pass_sd: float) -> Ratio:
    """Return a ratio of 1 with the interval that follows from the spread of its passes."""
    width = float(stats.t.ppf(0.975, passes - 1)) * pass_sd / math.sqrt(passes)
    return Ratio(1.0, Interval(math.exp(-width), math.exp(width)), 1.0, passes, passes, pass_sd)


@pytest.mark.parametrize(("pass_sd", "target"), [(0.02, 0.01), (0.02, 0.002), (0.3, 0.1), (0.6, 1.0), (0.001, 0.03)])
def test_passes_needed_is_the_smallest_number_that_reaches_the_target(pass_sd: float, target: float) -> None:
    """With the passes added the half width is at the target, and with one fewer it is not."""
    now = ratio_with(2, pass_sd)
    total = 2 + passes_needed(now, target)
    assert ratio_with(total, pass_sd).half_width <= target
    assert total == 2 or ratio_with(total - 1, pass_sd).half_width > target


def test_no_pass_is_needed_where_the_target_is_met() -> None:
    """A cell that is narrow enough asks for nothing."""
    now = ratio_with(8, 0.01)
    assert passes_needed(now, now.half_width * 1.001) == 0
    assert passes_needed(now, now.half_width * 0.999) == 1


def test_passes_needed_grows_as_the_target_shrinks_and_stays_finite() -> None:
    """Also an absurd target is answered at once."""
    now = ratio_with(8, 0.05)
    needed = [passes_needed(now, target) for target in (0.05, 0.02, 0.005, 1e-15)]
    assert all(fewer < more for fewer, more in pairwise(needed))


def test_passes_needed_completes_a_lone_pass_to_two() -> None:
    """From one pass nothing is known but that an interval needs two."""
    assert passes_needed(ratio_over_passes([([1.0], [1.0])]), 0.01) == 1


def test_passes_needed_refuses_a_target_of_zero() -> None:
    """No number of passes gives an interval without width."""
    with pytest.raises(UsageError, match="above 0"):
        passes_needed(ratio_with(3, 0.1), 0.0)


def test_a_ratio_is_held_against_a_limit_as_against_1() -> None:
    """Over its limit it has the interval and the p-value that the passes would give, each divided by the limit."""
    ratios = [0.62, 0.66, 0.59, 0.64]
    measured, expected = ratio_over_passes(passes_with(ratios)), [ratio / 0.625 for ratio in ratios]
    against, direct = measured.over(0.625), ratio_over_passes(passes_with(expected))
    assert (against.estimate, against.p_value) == pytest.approx((direct.estimate, direct.p_value))
    assert (against.interval.low, against.interval.high) == pytest.approx((direct.interval.low, direct.interval.high))
    assert measured.over(1) == measured


def test_one_pass_says_nothing_about_any_limit() -> None:
    """Without a spread between processes there is no p-value, whatever the limit."""
    against = ratio_over_passes(passes_with([0.3])).over(0.5)
    assert (against.estimate, against.p_value) == (pytest.approx(0.6), 1.0)


def test_the_inverse_is_the_ratio_with_its_sides_exchanged() -> None:
    """Twice as long is half as long the other way round, with the same p-value; an unknown interval stays unknown."""
    ratios = [0.62, 0.66, 0.59, 0.64]
    inverse = ratio_over_passes(passes_with(ratios)).inverse()
    direct = ratio_over_passes(passes_with([1 / ratio for ratio in ratios]))
    assert (inverse.estimate, inverse.p_value) == pytest.approx((direct.estimate, direct.p_value))
    assert (inverse.interval.low, inverse.interval.high) == pytest.approx((direct.interval.low, direct.interval.high))
    single = ratio_over_passes(passes_with([0.5])).inverse()
    assert (single.estimate, single.interval) == (pytest.approx(2.0), Interval(0.0, math.inf))
