"""Tests of the summary of absolute times."""

import pytest

from bench.core.errors import UsageError
from bench.core.summaries import bears_percentile, summarise_ns


def test_summary_of_five_samples_by_hand() -> None:
    """Median and quartiles are the third, second and fourth of five; a tail is withheld."""
    summary = summarise_ns([50, 10, 40, 20, 30])
    assert (summary.q1, summary.median, summary.q3) == (20.0, 30.0, 40.0)
    assert (summary.p95, summary.p99) == (None, None)
    assert summary.samples == 5


@pytest.mark.parametrize(
    ("samples", "p95", "p99"), [(199, None, None), (200, 190, None), (999, 949, None), (1000, 950, 990)]
)
def test_a_percentile_appears_with_ten_samples_beyond_it(samples: int, p95: int | None, p99: int | None) -> None:
    """The p95 needs 200 samples and the p99 needs 1,000; of 1..n they are 0.95 n and 0.99 n within one."""
    summary = summarise_ns(range(1, samples + 1))
    for percentile, expected in ((summary.p95, p95), (summary.p99, p99)):
        assert (percentile is None) == (expected is None)
        assert percentile is None or percentile == pytest.approx(expected, abs=1)


def test_a_p999_needs_ten_thousand_samples() -> None:
    """The rule holds for any percentile and does not trip over binary fractions."""
    assert bears_percentile(10_000, 99.9)
    assert not bears_percentile(9_999, 99.9)


def test_one_sample_is_its_own_median() -> None:
    """A case that ran once is described and not refused."""
    summary = summarise_ns([7.0])
    assert (summary.q1, summary.median, summary.q3, summary.p95) == (7.0, 7.0, 7.0, None)


def test_no_sample_is_refused() -> None:
    """There is no median of nothing."""
    with pytest.raises(UsageError, match="no samples"):
        summarise_ns([])
