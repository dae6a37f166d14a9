"""Summarise absolute times, showing only percentiles that the number of samples can bear."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.core.errors import UsageError

SAMPLES_BEYOND = 10
"""Samples that a shown percentile must have beyond it.

With ten, the share of operations that are truly slower is known to about a third (1 / sqrt(10)); with one it
would be a single operation's luck. It asks for 200 samples for a p95 and 1,000 for a p99. Elastic Rally
withholds percentiles by the same reasoning and is content with one sample beyond (`percentiles_for_sample_size`).
"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Median, quartiles and tail of samples in ns; a percentile that they cannot bear is None."""

    samples: int
    median: float
    q1: float
    q3: float
    p95: float | None
    p99: float | None


def summarise_ns(samples: Sequence[float]) -> Summary:
    """Return median, quartiles and bearable percentiles of samples in ns.

    Between samples it interpolates linearly, as NumPy does by default. Quartiles are always given: they describe
    these samples and estimate no rare event.

    Raises:
        UsageError: There are no samples.
    """
    if not samples:
        message = "no samples to summarise: measure the case again"
        raise UsageError(message)
    import numpy as np  # noqa: PLC0415 - whoever only asks `bears_percentile` need not wait for it

    q1, median, q3, p95, p99 = (float(value) for value in np.quantile(samples, (0.25, 0.5, 0.75, 0.95, 0.99)))
    return Summary(
        samples=len(samples),
        median=median,
        q1=q1,
        q3=q3,
        p95=p95 if bears_percentile(len(samples), 95) else None,
        p99=p99 if bears_percentile(len(samples), 99) else None,
    )


def bears_percentile(samples: int, percentile: float) -> bool:
    """Return whether that many samples leave SAMPLES_BEYOND beyond the percentile (0 to 100)."""
    beyond = round(samples * (100 - percentile) / 100, ndigits=6)  # 100 - 99.9 is a little less than 0.1
    return beyond >= SAMPLES_BEYOND
