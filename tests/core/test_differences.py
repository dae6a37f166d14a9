"""Times and differences in ns, on scripted blocks."""

from __future__ import annotations

import math

import pytest

from bench.core.differences import difference_over_passes, time_over_passes
from bench.core.errors import UsageError


def test_a_time_is_the_mean_of_the_middle_thirds_with_a_t_interval() -> None:
    """Two passes at 10 and 14: half their distance times the t quantile of one degree of freedom."""
    found = time_over_passes([[1.0, 10.0, 900.0], [14.0, 13.0, 15.0]])
    assert found.estimate_ns == pytest.approx(12.0)
    assert found.high_ns - found.estimate_ns == pytest.approx(12.7062 * 2.0, rel=1e-4)
    assert found.estimate_ns - found.low_ns == pytest.approx(12.7062 * 2.0, rel=1e-4)
    assert found.passes == 2


def test_a_difference_is_taken_round_by_round() -> None:
    """A minute that slows both by any amount leaves it as it is, and passes that agree give no width."""
    found = difference_over_passes([([15.0, 115.0, 1015.0], [10.0, 110.0, 1010.0]), ([8.0], [3.0])])
    assert (found.estimate_ns, found.low_ns, found.high_ns) == (5.0, 5.0, 5.0)


def test_a_difference_may_be_negative() -> None:
    """Nothing is taken from the size of what is smaller."""
    assert difference_over_passes([([1.0], [3.0]), ([1.0], [3.0])]).estimate_ns == -2.0


def test_one_pass_has_no_interval() -> None:
    """There is no spread between processes."""
    found = time_over_passes([[5.0, 5.0]])
    assert not found.has_interval
    assert (found.estimate_ns, found.low_ns, found.high_ns) == (5.0, -math.inf, math.inf)


@pytest.mark.parametrize("passes", [[], [[]], [[1.0], []]])
def test_nothing_measured_is_a_usage_error(passes: list[list[float]]) -> None:
    """There is no time of nothing."""
    with pytest.raises(UsageError, match="at least one pass with a block"):
        time_over_passes(passes)


def test_sides_of_unlike_length_are_a_usage_error() -> None:
    """Their blocks would not be of the same rounds."""
    with pytest.raises(UsageError, match="as many blocks of both cases, not 2 and 1"):
        difference_over_passes([([1.0, 2.0], [1.0])])
