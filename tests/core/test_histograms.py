"""Histograms of single operations: how exact they are, when they keep silent, and their log."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.core.histograms import Histogram, read_log, write_log

MS = 1_000_000
NAME = "latency concurrency/in_flight=8,relation=one-to-many[core~aa]@postgresql-2+psycopg_async"


def of(values_ns: list[int]) -> Histogram:
    """Return a histogram of these values."""
    histogram = Histogram()
    histogram.record(values_ns)
    return histogram


@pytest.mark.parametrize("scale_ns", [10_000, MS, 50 * MS])
@pytest.mark.parametrize("percent", [10, 50, 90, 99])
def test_a_percentile_is_exact_to_a_thousandth(percent: float, scale_ns: int) -> None:
    """From ten microseconds to fifty seconds: a thousand values, one of each length, whose percentiles are known."""
    found = of([number * scale_ns for number in range(1, 1001)]).percentile_ns(percent)
    assert found == pytest.approx(10 * percent * scale_ns, rel=1e-3)


@pytest.mark.parametrize(("percent", "least"), [(50, 20), (90, 100), (99, 1000)])
def test_a_percentile_with_too_few_values_beyond_it_is_none(percent: float, least: int) -> None:
    """Ten values above it are enough; with one value less it would be a matter of chance."""
    assert of([MS] * least).percentile_ns(percent) == pytest.approx(MS, rel=1e-3)
    assert of([MS] * (least - 1)).percentile_ns(percent) is None
    assert Histogram().percentile_ns(percent) is None


def test_what_is_out_of_range_is_counted_at_the_ends() -> None:
    """Nothing is dropped: less than a microsecond is one, more than a minute is a minute."""
    histogram = of([0, 3_600 * 1_000 * MS])
    assert histogram.total == 2
    assert histogram.highest_ns == pytest.approx(60 * 1_000 * MS, rel=1e-3)
    assert of([0] * 20).percentile_ns(50) == 1_000


def test_histograms_are_merged() -> None:
    """The values of all passes together have the percentiles that one histogram of all would have."""
    low, high = of([1 * MS] * 30), of([9 * MS] * 10)
    low.add(high)
    assert (low.total, high.total) == (40, 10)
    assert low.percentile_ns(50) == pytest.approx(1 * MS, rel=1e-3)
    assert low.percentile_ns(75) == pytest.approx(1 * MS, rel=1e-3)
    assert low.highest_ns == pytest.approx(9 * MS, rel=1e-3)


def test_a_log_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    """Names keep their commas, values their number and place."""
    log = tmp_path / "pass01-postgresql.hlog"
    written = {NAME: of([number * 10_000 for number in range(1, 101)]), "wait a,b": of([MS] * 40)}
    write_log(log, written)
    read = read_log(log)
    assert list(read) == list(written)
    for name, histogram in written.items():
        assert read[name].total == histogram.total
        assert read[name].percentile_ns(50) == histogram.percentile_ns(50)
        assert read[name].highest_ns == histogram.highest_ns


def test_intervals_of_one_name_are_added_up(tmp_path: Path) -> None:
    """Other tools write several intervals of one name; together they are the histogram."""
    log = tmp_path / "twice.hlog"
    write_log(log, {NAME: of([MS] * 15)})
    interval = next(line for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("Tag="))
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{interval}\n")
    assert {name: histogram.total for name, histogram in read_log(log).items()} == {NAME: 30}
