"""Bencher Metric Format: times, ratios and counts of every case, each a measure of its own.

The shape and the limits of names are those of https://bencher.dev/docs/reference/bencher-metric-format.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.core.ratios import Interval
from bench.export.points import Point, bounded, points, significant
from bench.report.findings.analysis import Analysis

Metric = dict[str, float]


def text(analysis: Analysis) -> str:
    """Return the JSON of all valid cases; benchmarks are case ids, `latency` is Bencher's own measure in ns."""
    benchmarks = {point.name: dict(_measures(point)) for point in points(analysis)}
    return json.dumps(benchmarks, indent=1, allow_nan=False) + "\n"


def _measures(point: Point) -> Iterator[tuple[str, Metric]]:
    result = point.result
    yield "latency", _metric(point.wall_ns, point.interval_ns)
    if point.ratio:
        yield "ratio-to-baseline", _metric(point.ratio.estimate, bounded(point.ratio.interval))
    known: dict[str, float | None] = {"client-cpu-ns": result.cpu_ns, "server-time-ns": result.server_ns}
    if result.weighed:
        known["peak-memory-bytes"] = result.weighed.peak_bytes
    if count := result.count:
        known |= {"statements": count.statements, "rows": count.rows, "rows-read": count.rows_read}
        if traffic := count.traffic:
            known |= {"round-trips": traffic.round_trips, "received-bytes": traffic.received_bytes}
    for name, value in known.items():
        if value is not None:
            yield name, {"value": value if isinstance(value, int) else significant(value)}


def _metric(value: float, interval: Interval | None) -> Metric:
    bounds = {"lower_value": interval.low, "upper_value": interval.high} if interval else {}
    return {name: significant(each) for name, each in {"value": value, **bounds}.items()}
