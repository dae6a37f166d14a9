"""What samples can tell: the percentiles that their number bears, and those that a stall kept from being taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

SAMPLES_BEYOND = 10
"""Samples that a shown percentile must have beyond it.

With ten, the share of operations that are truly slower is known to about a third (1 / sqrt(10)); with one it
would be a single operation's luck. It asks for 200 samples for a p95 and 1,000 for a p99. Elastic Rally
withholds percentiles by the same reasoning and is content with one sample beyond (`percentiles_for_sample_size`).
"""

Duration = TypeVar("Duration", int, float)


def bears_percentile(samples: int, percentile: float) -> bool:
    """Return whether that many samples leave SAMPLES_BEYOND beyond the percentile (0 to 100)."""
    beyond = round(samples * (100 - percentile) / 100, ndigits=6)  # 100 - 99.9 is a little less than 0.1
    return beyond >= SAMPLES_BEYOND


def with_missed(lag: Duration, interval: Duration) -> Iterator[Duration]:
    """Yield how late a wake came, and the lags of those that were due meanwhile and were never asked for.

    Who asks for the next wake only after the last one counts a stall once, however many it would have kept waiting
    (coordinated omission). This is what HdrHistogram's `record_corrected_value` adds: lag - interval, lag - 2 interval
    and so on.
    """
    yield lag
    while lag > interval > 0:
        lag -= interval
        yield lag
