"""Tests of the ratio of two ratios."""

import math
from statistics import fmean

import numpy as np
import pytest
from scipy.stats import ttest_ind

from bench.core.changes import change
from bench.core.ratios import UNKNOWN, Pass, Ratio, ratio_over_passes
from tests.core.power import BUSY, Effort, Noise, simulate


def of_logs(*logs: float) -> Ratio:
    """Return a ratio whose passes have these log ratios."""
    passes: list[Pass] = [([math.exp(each)], [1.0]) for each in logs]
    return ratio_over_passes(passes)


def test_a_change_is_welchs_test_of_the_log_ratios() -> None:
    """Estimate, interval, degrees of freedom and p-value are those of SciPy's unequal-variance t test."""
    before, after = [0.02, 0.05, -0.01, 0.03], [0.11, 0.19, 0.02, 0.08, 0.14, 0.12]
    found = change(of_logs(*before), of_logs(*after))
    expected = ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert found.ratio.estimate == pytest.approx(math.exp(fmean(after) - fmean(before)))
    assert found.ratio.interval.low == pytest.approx(math.exp(interval.low))
    assert found.ratio.interval.high == pytest.approx(math.exp(interval.high))
    assert found.ratio.p_value == pytest.approx(expected.pvalue)
    assert found.degrees == pytest.approx(expected.df)
    assert (found.ratio.passes, found.ratio.pairs) == (4, 10)


def test_the_p_value_beyond_a_limit_is_one_sided() -> None:
    """It is SciPy's test of the alternative that the later logs are greater by more than the limit's."""
    before, after = [0.02, 0.05, -0.01, 0.03], [0.11, 0.19, 0.02, 0.08]
    shifted = [each - math.log(1.03) for each in after]
    expected = ttest_ind(shifted, before, equal_var=False, alternative="greater")
    assert change(of_logs(*before), of_logs(*after)).p_beyond(1.03) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize(("before", "after"), [([0.1], [0.1, 0.2]), ([0.1, 0.2], [0.1]), ([0.1], [0.3])])
def test_one_pass_says_nothing(before: list[float], after: list[float]) -> None:
    """A run of one pass has no spread: the interval holds everything and nothing is beyond any limit."""
    found = change(of_logs(*before), of_logs(*after))
    assert found.ratio.interval == UNKNOWN
    assert (found.ratio.p_value, found.p_beyond(1.0)) == (1.0, 1.0)


def test_passes_that_agree_to_the_last_bit_have_an_interval_without_width() -> None:
    """Without any spread a difference is certain, and so is none."""
    still, moved = of_logs(0.0, 0.0), of_logs(0.5, 0.5)
    found = change(still, moved)
    assert found.ratio.interval.low == found.ratio.interval.high == pytest.approx(math.exp(0.5))
    assert (found.ratio.p_value, found.p_beyond(1.03), found.p_beyond(2.0)) == (0.0, 0.0, 1.0)
    assert change(still, still).ratio.p_value == 1.0


@pytest.mark.parametrize("after", [Effort(8, 10), Effort(4, 30)], ids=["equal", "fewer passes"])
@pytest.mark.parametrize(
    "noise", [BUSY, Noise(block_sd=0.01, pass_sd=0.03, spike_share=0.0)], ids=["busy", "unlike processes"]
)
def test_intervals_cover_the_true_change(noise: Noise, after: Effort) -> None:
    """At least 93 % of the 95 % intervals hold it, also where the runs differ in effort."""
    rng = np.random.default_rng(3)
    found = [
        change(
            ratio_over_passes(simulate(rng, 1.4, Effort(8, 10), noise)),
            ratio_over_passes(simulate(rng, 1.54, after, noise)),
        )
        for _ in range(1500)
    ]
    assert sum(each.ratio.interval.contains(1.1) for each in found) / len(found) >= 0.93
