"""Latencies in HdrHistograms, and the log in which they are kept (http://hdrhistogram.org)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TextIO

import numpy as np
from hdrh.codec import HdrCookieException, HdrLengthException
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader, HistogramLogWriter

from bench.core.summaries import bears_percentile

LOWEST_US = 1
HIGHEST_US = 60_000_000
DIGITS = 3
"""One microsecond to one minute, each value within a thousandth of itself."""

_BITS = 11
"""So many are needed to tell values apart to DIGITS digits: half of 2**11 is the first power above a thousand."""


class Histogram:
    """Nanoseconds of single operations, kept in whole microseconds."""

    def __init__(self) -> None:
        self._counts = HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS)

    @property
    def total(self) -> int:
        """Return how many values were recorded."""
        return int(self._counts.get_total_count())

    def record(self, values_ns: Iterable[float]) -> None:
        """Add values; what lies outside of the range is counted at its end."""
        values_us = np.rint(np.fromiter(values_ns, float) / 1e3).clip(LOWEST_US, HIGHEST_US).astype(np.int64)
        if values_us.size == 0:
            return
        # The library takes a microsecond for each value, and a generator has three for each request. Its places are
        # those of the format: values of up to 11 bits have one each, others share one with those of equal upper 11.
        shifts = np.maximum(np.frexp(values_us)[1] - _BITS, 0)
        places = (shifts << (_BITS - 1)) + (values_us >> shifts)
        counts = self._counts
        np.add.at(np.frombuffer(counts.counts, np.uint64), places, 1)
        counts.total_count += values_us.size
        counts.min_value = min(counts.min_value, int(values_us.min()))
        counts.max_value = max(counts.max_value, int(values_us.max()))

    def add(self, other: Self) -> None:
        """Add all values of another histogram."""
        self._counts.add(other._counts)

    def percentile_ns(self, percent: float) -> float | None:
        """Return a percentile, or None where too few values lie beyond it to tell."""
        if not bears_percentile(self.total, percent):
            return None
        return float(self._counts.get_value_at_percentile(percent)) * 1e3

    @property
    def median_ns(self) -> float:
        """Return the median of whatever there is, for a trace; `percentile_ns` tells whether it can be relied on."""
        return float(self._counts.get_value_at_percentile(50)) * 1e3

    @property
    def mean_ns(self) -> float:
        """Return the mean of whatever there is; 0 of nothing."""
        # The library walks over thousands of places one by one; see `record` for what they are.
        counts = np.frombuffer(self._counts.counts, np.uint64)
        places = np.flatnonzero(counts)
        shifts = np.maximum((places >> (_BITS - 1)) - 1, 0)
        lowest_us = (places - (shifts << (_BITS - 1))) << shifts
        middle_us = lowest_us + ((1 << shifts) >> 1)
        return float(middle_us @ counts[places].astype(float)) * 1e3 / max(1, self.total)

    @property
    def highest_ns(self) -> float:
        """Return the highest value."""
        return float(self._counts.get_max_value()) * 1e3

    def encode(self) -> bytes:
        """Return the histogram as text of a few hundred bytes; in memory it takes 140 KB."""
        return bytes(self._counts.encode())

    @classmethod
    def decode(cls, text: bytes) -> Self:
        """Return the histogram that `encode` made a text of.

        Raises:
            ValueError: The text is damaged.
        """
        histogram = cls()
        histogram.add_encoded(text)
        return histogram

    def add_encoded(self, text: bytes) -> None:
        """Add all values of a histogram that `encode` made a text of.

        Raises:
            ValueError: The text is damaged.
        """
        try:
            self._counts.decode_and_add(text)
        except (zlib.error, HdrCookieException, HdrLengthException) as error:
            message = f"a histogram is damaged: {error}"
            raise ValueError(message) from None


@dataclass(frozen=True)
class Interval:
    """What a log holds under a name for one stretch of time."""

    name: str
    start_s: float
    """Since the epoch; 0 in a log that tells no times."""
    packed: bytes
    """What `Histogram.encode` gave; the histograms of a long log would not fit into memory."""

    @property
    def histogram(self) -> Histogram:
        """Return the histogram itself."""
        return Histogram.decode(self.packed)


def write_log(path: Path, histograms: Mapping[str, Histogram]) -> None:
    """Write histograms under their names, one interval each."""
    with path.open("w", encoding="utf-8") as file:
        write_head(file)
        for name, histogram in histograms.items():
            write_interval(file, name, histogram)


def write_head(file: TextIO) -> None:
    """Write what a log begins with."""
    writer = HistogramLogWriter(file)
    writer.output_log_format_version()
    writer.output_comment("[values in microseconds; a semicolon in a tag stands for a comma]")
    writer.output_legend()


def write_interval(
    file: TextIO, name: str, histogram: Histogram, *, start_s: float = 0.0, length_s: float = 0.0
) -> None:
    """Write one line of a log."""
    # The library reads tags and does not write them; a comma would end one.
    file.write(f"Tag={name.replace(',', ';')},")
    HistogramLogWriter(file).output_interval_histogram(
        histogram._counts,  # noqa: SLF001 - our own class
        start_s,
        start_s + length_s,
        max_value_unit_ratio=1e6,
    )


def read_intervals(path: Path) -> Iterator[Interval]:
    """Yield the intervals of a log that `write_interval` wrote, still packed; the library's reader unpacks each.

    A last line without an end is left out: its writer was ended in the middle of it.
    """
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("Tag=") and line.endswith("\n"):
                tag, start, _, _, packed = line.removeprefix("Tag=").rstrip("\n").split(",")
                yield Interval(tag.replace(";", ","), float(start), packed.encode())


def read_log(path: Path) -> dict[str, Histogram]:
    """Return the histograms of a log by their names."""
    found: dict[str, Histogram] = {}
    with closing(HistogramLogReader(str(path), HdrHistogram(LOWEST_US, HIGHEST_US, DIGITS))) as reader:
        while (counts := reader.get_next_interval_histogram()) is not None:
            histogram = found.setdefault(counts.get_tag().replace(";", ","), Histogram())
            histogram._counts.add(counts)  # noqa: SLF001 - our own class
    return found
