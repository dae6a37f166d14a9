"""Histograms of single operations: how exact they are, when they keep silent, and their log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest
from hdrh.histogram import HdrHistogram

from bench.core.histograms import (
    DIGITS,
    HIGHEST_US,
    LOWEST_US,
    Histogram,
    read_intervals,
    read_log,
    write_head,
    write_interval,
    write_log,
)

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


def test_values_are_counted_where_the_library_counts_them() -> None:
    """At each power of two and beside it, at the ends of the range, and for values drawn over all of it."""
    random = Random(3)
    values_us = [2**power + step for power in range(26) for step in (-1, 0, 1)]
    values_us += [LOWEST_US, HIGHEST_US, *(round(10 ** random.uniform(0, 7.7)) for _ in range(20_000))]
    library = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)
    for value_us in values_us:
        library.record_value(min(HIGHEST_US, max(LOWEST_US, value_us)))
    ours = of([value_us * 1_000 for value_us in values_us])._counts
    assert list(ours.counts) == list(library.counts)
    assert (ours.get_total_count(), ours.get_min_value(), ours.get_max_value()) == (
        library.get_total_count(),
        library.get_min_value(),
        library.get_max_value(),
    )


def test_the_mean_is_that_of_the_library() -> None:
    """Of values at each power of two and drawn over the whole range; one hour counts as the minute that fits in."""
    random = Random(4)
    found = of([2**power * 1_000 for power in range(26)] + [round(10 ** random.uniform(3, 10.7)) for _ in range(500)])
    assert found.mean_ns == pytest.approx(found._counts.get_mean_value() * 1e3, rel=1e-9)
    assert of([3_600_000 * MS]).mean_ns == pytest.approx(60_000 * MS, rel=1e-3)
    assert Histogram().mean_ns == 0.0


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


def test_a_histogram_is_the_same_after_it_was_packed() -> None:
    """Number, percentiles and highest value; adding the text to another histogram adds the values."""
    histogram = of([number * 10_000 for number in range(1, 1_001)])
    again = Histogram.decode(histogram.encode())
    for percent in (50, 90, 99):
        assert again.percentile_ns(percent) == histogram.percentile_ns(percent)
    assert (again.total, again.highest_ns) == (1_000, histogram.highest_ns)
    again.add_encoded(of([MS] * 5).encode())
    assert again.total == 1_005


@pytest.mark.parametrize("change", [lambda text: text[:-9], lambda text: text[:3], lambda text: text[:20] + b"????"])
def test_a_damaged_histogram_is_a_value_error(change: Callable[[bytes], bytes]) -> None:
    """Whichever layer notices it: the base64, the compression, or the library's own header."""
    with pytest.raises(ValueError, match=r"damaged|padding|base64"):
        Histogram.decode(change(of([MS] * 40).encode()))


def test_intervals_keep_their_times_and_lose_a_torn_end(tmp_path: Path) -> None:
    """A line that was being written when its process ended is left out; those before it count."""
    log = tmp_path / "intervals.hlog"
    with log.open("w", encoding="utf-8") as file:
        write_head(file)
        write_interval(file, NAME, of([MS] * 15), start_s=1_795_000_000.5, length_s=1)
        file.write("Tag=wait,1795000001.5,1.0,0.0,HISTFAA")
    (interval,) = read_intervals(log)
    assert (interval.name, interval.start_s, interval.histogram.total) == (NAME, 1_795_000_000.5, 15)
