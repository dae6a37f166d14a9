"""What single operations felt while many were in flight: service times, waits for a connection, lag of the loop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.histograms import Histogram
from bench.report import labels
from bench.report.findings import surroundings
from bench.report.findings.analysis import GroupResult
from bench.report.reading.records import Run

TYPICAL_PERCENT = 50
"""The percentile of waits and lags that is shown: a case has some dozens of wakes, which bear no other, and all cases
of a table shall show the same."""
TOO_FEW = "too few"
"""A percentile that the number of operations cannot bear."""


@dataclass(frozen=True)
class Crowd:
    """One case: percentiles in ns over all passes, None where too few operations were timed to tell."""

    variant: str
    driver: str
    operations_per_s: float | None
    p50_ns: float | None
    p95_ns: float | None
    p99_ns: float | None
    wait: Histogram | None
    lag: Histogram | None
    conditions: str = ""
    """What sets the variant apart."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Return one text for each of the columns; nothing where there is no pool or no event loop."""
        return (
            "" if self.operations_per_s is None else f"{self.operations_per_s:,.0f}",
            *(_shown(percentile_ns) for percentile_ns in (self.p50_ns, self.p95_ns, self.p99_ns)),
            "" if self.wait is None else _shown(self.wait.percentile_ns(TYPICAL_PERCENT)),
            "" if self.lag is None else _shown(self.lag.percentile_ns(TYPICAL_PERCENT)),
            "" if self.lag is None else _shown(self.lag.highest_ns),
        )


COLUMNS = (
    "operations/s",
    "p50, ms",
    "p95, ms",
    "p99, ms",
    "wait for a connection p50, ms",
    "event loop lag p50, ms",
    "event loop lag at worst, ms",
)


def of_group(run: Run, group: GroupResult) -> Iterator[Crowd]:
    """Yield what was felt in every case of the group that had several operations in flight, without A/A twins."""
    for variant in group.variants:
        for driver in group.drivers:
            result = group.result(variant.name, driver)
            latency = run.histograms.get(f"latency {result.case.id}") if result else None
            if result is None or latency is None:
                continue
            yield Crowd(
                variant=variant.name,
                driver=driver,
                operations_per_s=1e9 / result.wall_ns if result.wall_ns else None,
                p50_ns=latency.percentile_ns(50),
                p95_ns=latency.percentile_ns(95),
                p99_ns=latency.percentile_ns(99),
                wait=run.histograms.get(f"wait {result.case.id}"),
                lag=run.histograms.get(f"lag {result.case.id}"),
                conditions=surroundings.own(group, variant.name),
            )


def _shown(percentile_ns: float | None) -> str:
    return TOO_FEW if percentile_ns is None else labels.milliseconds(percentile_ns)
