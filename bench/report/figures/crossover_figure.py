"""The figure of a series of network delays: ratios against the measured delay, with the band of their intervals."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator

from bench.core.drivers import kinship
from bench.core.ratios import Ratio
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings.crossover import Curve, Series

HEADER_IN = 0.98
PANEL_IN = 2.1
FOOTER_IN = 0.62
LEFT_IN = 0.55
NAMES_IN = 1.15
"""The most room for the names at the ends of the curves."""
GAP_IN = 0.12
MOST_CURVES = 6
"""Curves of one panel; more of them hide each other, and the sentences name them all."""
MOST_MODES = 3
"""Of the panel of modes: its curves are near to each other, and so their bands hide those of more."""
MARK_IN = 0.13
"""Room for the mark before a name."""
FURTHEST = 20.0
"""A band further from its ratio than this factor is cut off: two passes can span decades."""
NAME_SIZE = 8.5
LINE_IN = 0.145
"""Height of a line of names."""
LABEL_IN = 0.22
"""Height that a label of the vertical axis takes."""


def draw(series: Series, title: str, subtitle: str) -> Figure:
    """Return the figure; the title states what was found."""
    first = series.groups[0]
    panels = [
        (f"time / {first.used.baseline}, {_driver(series.sync)}", series.sync, style.SYNC, MOST_CURVES),
        (f"time / {first.used.baseline}, {_driver(series.async_)}", series.async_, style.ASYNC, MOST_CURVES),
        (f"async / sync{_kinship(series.modes)}", series.modes, style.INK, MOST_MODES),
    ]
    shown = [
        (f"{heading}{_of_all(curves, most)}", _clearest(curves, most), tone)
        for heading, curves, tone, most in panels
        if curves
    ]
    marks = {variant.name: style.MARKS[number % len(style.MARKS)] for number, variant in enumerate(first.variants)}
    names = {curve.variant for _, curves, _ in shown for curve in curves}
    widest_in = max((plane.text_width(name, NAME_SIZE) for name in names), default=0.0)
    names_in = min(NAMES_IN, widest_in + MARK_IN + GAP_IN)
    figure = style.canvas(HEADER_IN + PANEL_IN + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    each_in = style.WIDTH_IN / max(len(shown), 1)
    for number, (heading, curves, tone) in enumerate(shown):
        room = each_in - LEFT_IN - names_in
        axes = plane.Panel(number * each_in + LEFT_IN, HEADER_IN, room, PANEL_IN).add_to(figure)
        axes.set_title(plane.fitted(heading, room + names_in, 9), loc="left", size=9, color=style.MUTED, pad=6)
        _panel(axes, curves, marks, tone)
        if number == 0:
            axes.set_xlabel("measured delay of a round trip, ms", loc="left")
    return figure


def _kinship(curves: Sequence[Curve]) -> str:
    return f", {kinship(curves[0].driver, curves[0].than)}" if curves else ""


def _driver(curves: Sequence[Curve]) -> str:
    return curves[0].driver if curves else ""


def _of_all(curves: Sequence[Curve], most: int) -> str:
    """Return how many of the curves are shown, where that is not all of them."""
    return f": {most} of {len(curves)}" if len(curves) > most else ""


def _clearest(curves: Sequence[Curve], most: int) -> list[Curve]:
    """Return the curves that get furthest from 1, in their own order."""
    furthest = sorted(curves, key=lambda curve: -max(abs(math.log(each.ratio.estimate)) for each in curve.points))
    return [curve for curve in curves if curve in furthest[:most]]


def _panel(axes: Axes, curves: Sequence[Curve], marks: Mapping[str, str], tone: str) -> None:
    _scale(axes, curves)
    axes.axhline(1.0, color=style.MUTED, linewidth=0.9, zorder=0.6)
    for curve in curves:
        places = [each.added_ms for each in curve.points]
        bands = [_band(each.ratio) for each in curve.points]
        lows, highs = [low for low, _ in bands], [high for _, high in bands]
        axes.fill_between(places, lows, highs, color=tone, alpha=0.14, linewidth=0, zorder=1)
        axes.plot(
            places,
            [each.ratio.estimate for each in curve.points],
            color=tone,
            linewidth=1.4,
            marker=marks[curve.variant],
            markersize=captions.MARK_SIZE - 1,
            zorder=2,
        )
    _names(axes, curves, marks, tone)


def _band(ratio: Ratio) -> tuple[float, float]:
    """Return the ends of the interval; of one pass, which has none, the estimate alone."""
    low, high = ratio.interval.low, ratio.interval.high
    if not math.isfinite(high):
        return ratio.estimate, ratio.estimate
    return max(low, ratio.estimate / FURTHEST), min(high, ratio.estimate * FURTHEST)


def _scale(axes: Axes, curves: Sequence[Curve]) -> None:
    """Scale the vertical axis in log ratios and the horizontal one in ms."""
    points = [point for curve in curves for point in curve.points]
    ends = [end for each in points for end in _band(each.ratio)]
    low, high = min([*ends, 1.0]), max([*ends, 1.0])
    margin = max((high / low) ** 0.06, 1.012)
    axes.set_yscale("log")
    axes.set_ylim(low / margin, high * margin)
    ticks = plane.ticks(low / margin, high * margin, style.height_in(axes) * plane.LABEL_IN / LABEL_IN)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}x")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    places = [each.added_ms for each in points]
    axes.set_xlim(min(0.0, *places), max(places) + 0.04 * (max(places) - min(places) or 1.0))
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.grid(visible=True, color=style.GRID, linewidth=0.7)
    axes.tick_params(length=0, pad=4, labelcolor=style.MUTED, labelsize=9)
    axes.set_axisbelow(True)


def _names(axes: Axes, curves: Sequence[Curve], marks: Mapping[str, str], tone: str) -> None:
    """Write mark and name of each curve at its end, names that would meet moved apart."""
    low, high = (math.log(limit) for limit in axes.get_ylim())
    step = LINE_IN / style.height_in(axes) * (high - low)
    ordered = sorted(curves, key=lambda curve: curve.points[-1].ratio.estimate)
    heights = spread([math.log(curve.points[-1].ratio.estimate) for curve in ordered], step)
    place, width_in = axes.get_yaxis_transform(), style.width_in(axes)
    for curve, height in zip(ordered, heights, strict=True):
        name = plane.fitted(curve.variant, NAMES_IN - GAP_IN - MARK_IN, NAME_SIZE)
        beside, tall = 1 + GAP_IN / width_in, math.exp(height)
        mark = axes.plot([beside], [tall], transform=place, color=tone, clip_on=False)[0]
        mark.set(marker=marks[curve.variant], markersize=captions.MARK_SIZE - 1)
        where = beside + MARK_IN / 1.4 / width_in
        axes.text(where, tall, name, transform=place, size=NAME_SIZE, color=style.of_text(tone), va="center")


def spread(places: Sequence[float], step: float) -> list[float]:
    """Return ascending places at least a step apart, as near to the given ascending ones as their middle allows."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + step) if moved else place)
    shift = sum(after - before for before, after in zip(places, moved, strict=True)) / max(len(moved), 1)
    return [place - shift for place in moved]
