"""Tests of what samples can tell."""

import pytest

from bench.core.summaries import bears_percentile, with_missed


@pytest.mark.parametrize(("percentile", "needed"), [(50, 20), (95, 200), (99, 1_000), (99.9, 10_000)])
def test_a_percentile_needs_ten_samples_beyond_it(percentile: float, needed: int) -> None:
    """The p95 needs 200 samples and the p99 needs 1,000; binary fractions do not trip it."""
    assert bears_percentile(needed, percentile)
    assert not bears_percentile(needed - 1, percentile)


def test_a_stall_counts_for_every_wake_that_was_due_in_it() -> None:
    """One of 22, asked for every 5, kept four others from being asked for; one of 5 kept none."""
    assert list(with_missed(22, 5)) == [22, 17, 12, 7, 2]
    assert list(with_missed(5, 5)) == [5]
    assert list(with_missed(0, 5)) == [0]


def test_a_wake_without_an_interval_stands_alone() -> None:
    """A damaged record must not keep the report busy for ever."""
    assert list(with_missed(3.0, 0.0)) == [3.0]
