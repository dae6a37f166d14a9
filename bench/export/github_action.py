"""The JSON of github-action-benchmark, tool `customSmallerIsBetter`: the median time of every case.

Its fields are those of https://github.com/benchmark-action/github-action-benchmark: name, unit, value, and the texts
`range` and `extra`, which it shows beside a point.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from bench.export.points import Point, points, significant
from bench.report import labels
from bench.report.findings.analysis import Analysis

UNIT = "ns"
"""One unit for all cases and runs: the action compares numbers and scales only units that it knows."""


def text(analysis: Analysis) -> str:
    """Return the JSON of all valid cases; names are case ids, values medians in ns per operation."""
    evidence = analysis.run.manifest.profile.evidence
    entries = [_entry(point, evidence=evidence) for point in points(analysis)]
    return json.dumps(entries, indent=1, allow_nan=False) + "\n"


def _entry(point: Point, *, evidence: bool) -> dict[str, object]:
    entry: dict[str, object] = {"name": point.name, "unit": UNIT, "value": significant(point.wall_ns)}
    if point.interval_ns:
        # The action reads a number behind the sign, and so cannot be told both ends.
        reach_ns = max(point.interval_ns.high - point.wall_ns, point.wall_ns - point.interval_ns.low)
        entry["range"] = f"± {significant(reach_ns):g}"
    return entry | {"extra": "\n".join(_extra(point, evidence=evidence))}


def _extra(point: Point, *, evidence: bool) -> Iterator[str]:
    if not evidence:
        yield "NOT EVIDENCE: the profile only proves that the plumbing works"
    passes = labels.plural(point.result.passes, "pass")
    if point.interval_ns:
        low, high = labels.milliseconds(point.interval_ns.low), labels.milliseconds(point.interval_ns.high)
        yield f"95 % interval {low}-{high} ms over {passes}"
    else:
        yield f"{passes}: no interval"
    if point.ratio:
        yield f"time / {point.baseline}: {labels.interval(point.ratio)}, {point.verdict}"
    if count := point.result.count:
        trips = f", round trips {count.traffic.round_trips}" if count.traffic else ""
        yield f"statements {labels.statements([count.statements])}{trips}"
