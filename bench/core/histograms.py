"""Latencies in HdrHistograms, and the log in which they are kept (http://hdrhistogram.org)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Self

from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter

LOWEST_US = 1
HIGHEST_US = 60_000_000
DIGITS = 3
"""One microsecond to one minute, each value within a thousandth of itself."""

_SAMPLES_BEYOND = 10
"""A percentile stands on at least so many values above it; with fewer it is one of the extremes."""


class Histogram:
    """Nanoseconds of single operations, kept in whole microseconds."""

    def __init__(self) -> None:
        self._counts = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)

    @property
    def total(self) -> int:
        """Return how many values were recorded."""
        return int(self._counts.get_total_count())

    def record(self, values_ns: Iterable[int]) -> None:
        """Add values; what lies outside of the range is counted at its end."""
        for value_ns in values_ns:
            self._counts.record_value(min(HIGHEST_US, max(LOWEST_US, round(value_ns / 1e3))))

    def add(self, other: Self) -> None:
        """Add all values of another histogram."""
        self._counts.add(other._counts)

    def percentile_ns(self, percent: float) -> float | None:
        """Return a percentile, or None where too few values lie beyond it to tell."""
        if round(self.total * (100 - percent) / 100, 6) < _SAMPLES_BEYOND:
            return None
        return float(self._counts.get_value_at_percentile(percent)) * 1e3

    @property
    def highest_ns(self) -> float:
        """Return the highest value."""
        return float(self._counts.get_max_value()) * 1e3


def write_log(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write histograms under their names, one interval each."""
    with path.open("w", encoding="utf-8") as file:
        writer = HistogramLogWriter(file)
        writer.output_log_format_version()
        writer.output_comment("[values in microseconds; a semicolon in a tag stands for a comma]")
        writer.output_legend()
        for name, histogram in histograms.items():
            # The library reads tags and does not write them; a comma would end one.
            file.write(f"Tag={name.replace(',', ';')},")
            writer.output_interval_histogram(histogram._counts, max_value_unit_ratio=1e6)  # noqa: SLF001 - our own class


def read_log(path: Path) -> dict[str, Histogram]:
    """Return the histograms of a log by their names."""
    found: dict[str, Histogram] = {}
    with closing(HistogramLogReader(str(path), HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS))) as reader:
        while (counts := reader.get_next_interval_histogram()) is not None:
            histogram = found.setdefault(counts.get_tag().replace(";", ","), Histogram())
            histogram._counts.add(counts)  # noqa: SLF001 - our own class
    return found
