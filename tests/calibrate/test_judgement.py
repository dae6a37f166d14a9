"""Scores of a calibration, from ratios that are written down by hand."""

from __future__ import annotations

import math

import pytest

from bench.calibrate.judgement import Estimate, score, welch_ratio
from bench.calibrate.samples import Samples, interleaved_estimates, plain_estimates
from bench.core.ratios import Interval


def estimate(ratio: float, low: float, high: float) -> Estimate:
    """Return an estimate whose group does not matter."""
    return Estimate("group", "driver", ratio, Interval(low, high))


def test_score_counts_what_holds_and_what_is_found() -> None:
    """Coverage counts intervals around 1, drift counts far ratios, power counts intervals wholly above 1."""
    twins = [estimate(1.0, 0.99, 1.01), estimate(1.02, 1.01, 1.03), estimate(1.08, 0.9, 1.3)]
    slowed = [estimate(1.05, 1.02, 1.08), estimate(1.05, 0.99, 1.11), estimate(0.95, 0.92, 0.98)]
    found = score(twins, slowed).as_data()
    assert (found["twins"], found["covered"], found["drifted"]) == (3, 2, 1)
    assert (found["slowed"], found["found"]) == (3, 1)
    assert found["coverage"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["median_half_width"] == pytest.approx(0.01)


def test_welch_interval_follows_the_delta_method() -> None:
    """Two samples with known relative errors give the interval worked out by hand."""
    ratio, interval = welch_ratio([1.9, 2.1], [1.0, 1.0])
    reach = 1.959964 * math.sqrt(0.02 / 2) / 2
    assert ratio == pytest.approx(2.0)
    assert interval.high == pytest.approx(2.0 * math.exp(reach))
    assert interval.low == pytest.approx(2.0 * math.exp(-reach))


def test_estimates_pair_the_passes() -> None:
    """The harness's own ratio is taken pass by pass: a pass that is slow as a whole changes nothing."""
    samples = Samples(
        baseline=[[1.0, 1.0], [3.0, 3.0]], twin=[[1.0, 1.0], [3.0, 3.0]], slowed=[[1.05, 1.05], [3.15, 3.15]]
    )
    [(twin, slowed)] = interleaved_estimates({("group", "driver"): samples})
    assert twin.ratio == pytest.approx(1.0)
    assert slowed.ratio == pytest.approx(1.05)
    assert slowed.interval.low > 1


def test_plain_estimates_take_the_rounds_as_they_are() -> None:
    """The plain way knows one process and compares means."""
    samples = Samples(baseline=[[1.0, 1.2]], twin=[[1.1, 1.1]], slowed=[[2.2, 2.2]])
    [(twin, slowed)] = plain_estimates({("group", "driver"): samples})
    assert twin.ratio == pytest.approx(1.0)
    assert slowed.ratio == pytest.approx(2.0)
