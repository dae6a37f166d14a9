"""The charts of a knee search: which rates were tried and kept to the objective, and how the tail grew."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

from matplotlib.axes import Axes

from bench.load.judging.conditions import PERCENTILES, Condition, time_ns
from bench.load.judging.knee import Met
from bench.report.figures import style
from bench.report.findings.load.analysis import Search
from bench.report.load import planes
from bench.report.load.charts import Chart, Curve, Point

UNJUDGED = (Met.TOO_FEW, Met.GENERATOR_LIMITED)


def charts(found: Sequence[Search], slo: Sequence[Condition]) -> list[Chart]:
    """Return the search over its windows and, where the objective limits a percentile, that percentile over rates."""
    tones = style.tones(list(dict.fromkeys(each.subject.side for each in found)))
    steps = [curve for place, each in enumerate(found) for curve in _steps(each, tones, place / len(found) / 2)]
    heading = "rate that was tried, per s"
    unit = "windows of a side, in turn"
    charted = [
        Chart(heading, unit, tuple(steps), planes.from_zero, planes.decades, under=partial(_bands, found, tones))
    ]
    limits = [each for each in slo if each.metric in PERCENTILES]
    if limits:
        over = tuple(curve for each in found for curve in _times(each, limits[0], tones))
        heading = f"{limits[0].metric} of the {limits[0].clock} time, ms; line: limit"
        if any(curve.points for curve in over):
            unit = "arrivals per s"
            under = partial(_limit, limits[0])
            charted.append(Chart(heading, unit, over, planes.around, planes.decades, under=under))
    return charted


def _steps(search: Search, tones: Mapping[str, str], shift: float) -> list[Curve]:
    """Return the rates of a search over its windows, a little aside from those of the searches before it."""
    tone, side = tones[search.subject.side], search.subject.side
    numbered = [(number + shift, probe) for number, probe in enumerate(search.probes, start=1)]
    return [
        Curve(
            f"{side}, {word}",
            tone,
            tuple(Point.bare(number, window.window.rate_per_s) for number, (window, met) in numbered if met is wanted),
            dashed=wanted is Met.NO,
            joined=False,
        )
        for wanted, word in ((Met.YES, "met"), (Met.NO, "missed"))
    ] + [
        Curve(
            "",
            tone,
            tuple(
                Point.bare(number, window.window.rate_per_s, sound=False)
                for number, (window, met) in numbered
                if met in UNJUDGED
            ),
        )
    ]


def _times(search: Search, condition: Condition, tones: Mapping[str, str]) -> list[Curve]:
    """Return the percentile of each window over its rate, those that met the objective filled.

    One that is that of dropped arrivals has no place on any axis.
    """
    found: dict[Met, list[Point]] = {}
    for window, met in search.probes:
        value = time_ns(condition, window.total, window.dropped_share)
        if value is not None and math.isfinite(value):
            point = Point.bare(window.window.rate_per_s, value / 1e6, sound=met not in UNJUDGED)
            found.setdefault(met, []).append(point)
    tone = tones[search.subject.side]
    return [Curve("", tone, tuple(points), dashed=met is Met.NO, joined=False) for met, points in found.items()]


def _bands(found: Sequence[Search], tones: Mapping[str, str], axes: Axes) -> None:
    for search in found:
        knee, tone = search.knee, tones[search.subject.side]
        if knee.low_per_s is not None and knee.high_per_s is not None:
            axes.axhspan(knee.low_per_s, knee.high_per_s, color=tone, alpha=0.14, linewidth=0)
        if knee.rate_per_s is not None:
            axes.axhline(knee.rate_per_s, color=tone, linewidth=0.9)


def _limit(condition: Condition, axes: Axes) -> None:
    axes.axhline(condition.limit / 1e6, color=style.MUTED, linewidth=1.0)
