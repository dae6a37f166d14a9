"""The figure of a contrast block by block: the spread of its ratios by pass, and its times in the order of time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from statistics import quantiles

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from bench.core.drivers import DRIVERS
from bench.report.answer.courses import Course, PassCourse
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.reading.records import Blocks

HEADER_IN = 0.98
HEIGHT_IN = 2.1
FOOTER_IN = 0.55
LEFT_IN = 0.62
GAP_IN = 0.85
SPREAD_IN = 3.1
RIGHT_IN = 0.15
BREAK = 1.6
"""Blocks of room between two passes."""
BEYOND = 3.0
"""Pairs further from the middle than so many times the spread of the middle half are marked at the edge."""
DASH = 0.3
"""Half the length of the dash of a burst, in blocks."""
ROUNDING = 1e-9
"""Keeps the ends themselves inside of the range."""
TICK = 0.3
"""Half the height of the line of a pair, as a share of its row."""
MOST_PASSES = 20
"""More of them are too thin to be told apart."""
HOLLOW = (0, (3.2, 1.8))
LABEL_IN = 0.24
QUARTERS = 4

Line = tuple[list[float], list[float]]


def draw(course: Course, title: str, subtitle: str) -> Figure:
    """Return the figure; the title states what was found."""
    shown = course.passes[:MOST_PASSES]
    figure = style.canvas(HEADER_IN + HEIGHT_IN + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    spread = plane.Panel(LEFT_IN, HEADER_IN, SPREAD_IN, HEIGHT_IN).add_to(figure)
    _spread(spread, course, shown)
    left = LEFT_IN + SPREAD_IN + GAP_IN
    trace = plane.Panel(left, HEADER_IN, style.WIDTH_IN - left - RIGHT_IN, HEIGHT_IN).add_to(figure)
    _trace(trace, course, shown)
    return figure


def _spread(axes: Axes, course: Course, passes: Sequence[PassCourse]) -> None:
    """Draw a row for each pass: a line for each pair of blocks, and the mark with which the pass counts."""
    plane.rows(axes, [f"pass {each.number}" for each in passes], labelled=True)
    axes.tick_params(axis="y", labelsize=9 if len(passes) <= MOST_PASSES / 2 else 7)
    low, high = _limits([ratio for each in passes for ratio in each.ratios], [each.location for each in passes])
    numerator = course.finding.contrast.numerator.driver
    tone = style.colour(DRIVERS[numerator].mode)
    plane.log_axis(axes, [low, high], "x")
    ratio = course.finding.ratio
    if ratio and math.isfinite(ratio.interval.high):
        axes.axvspan(ratio.interval.low, ratio.interval.high, color=style.BAND, linewidth=0, zorder=0.2)
    start, end = axes.get_xlim()
    axes.axvline(1.0, color=style.MUTED, linewidth=0.9, zorder=0.6)
    axes.set_xlim(start, end)
    axes.plot(*_upright(passes, low, high), color=tone, alpha=0.6, linewidth=0.9)
    for edge, mark in ((low, "<"), (high, ">")):
        beyond = [row for row, each in enumerate(passes) if _reaches_beyond(each.ratios, edge, mark)]
        axes.plot([edge] * len(beyond), beyond, marker=mark, color=style.VOID, markersize=4, linestyle="none")
    places = [each.location for each in passes]
    mark = style.mark(numerator)
    axes.plot(places, range(len(places)), marker=mark, color=tone, markersize=captions.MARK_SIZE, linestyle="none")
    axes.set_title("ratio of each pair of blocks; grey: 95 % interval", loc="left", size=9, color=style.MUTED, pad=6)
    axes.set_xlabel("mark: what the pass counts with; arrow: pairs beyond", loc="left")


def _limits(ratios: Sequence[float], locations: Sequence[float]) -> tuple[float, float]:
    """Return the range that holds the locations and all ratios but those far from the others."""
    logs = sorted(math.log(ratio) for ratio in ratios)
    first, middle, third = quantiles(logs, n=QUARTERS) if len(logs) > 1 else (logs[0],) * 3
    reach = BEYOND * max(third - first, 0.01)
    kept = [log for log in logs if abs(log - middle) <= reach]
    ends = [*kept, *(math.log(location) for location in locations)]
    return math.exp(min(ends)) * (1 - ROUNDING), math.exp(max(ends)) * (1 + ROUNDING)


def _reaches_beyond(ratios: Sequence[float], edge: float, mark: str) -> bool:
    return min(ratios) < edge if mark == "<" else max(ratios) > edge


def _upright(passes: Sequence[PassCourse], low: float, high: float) -> Line:
    """Return an upright line for each pair within the limits, with a break behind each: one path for them all."""
    across: list[float] = []
    up: list[float] = []
    for row, each in enumerate(passes):
        for ratio in each.ratios:
            if low <= ratio <= high:
                across += [ratio, ratio, math.nan]
                up += [row - TICK, row + TICK, math.nan]
    return across, up


def _trace(axes: Axes, course: Course, passes: Sequence[PassCourse]) -> None:
    """Draw the time of each block of both cases in the order of time, and the bursts that warmed them up."""
    contrast = course.finding.contrast
    starts = list(_starts(passes))
    heights: list[float] = []
    sides = (
        (contrast.numerator, "-", [each.numerator for each in passes]),
        (contrast.denominator, HOLLOW, [each.denominator for each in passes]),
    )
    for case, dashes, blocks in sides:
        tone = style.colour(DRIVERS[case.driver].mode)
        cold, warm = _warm_up(blocks, starts), _measured(blocks, starts)
        axes.plot(*cold, color=tone, linewidth=1.6, alpha=0.7)
        axes.plot(*warm, color=tone, linewidth=1.2, linestyle=dashes)
        heights += [height for height in (*cold[1], *warm[1]) if math.isfinite(height)]
    for start, each in zip(starts, passes, strict=True):
        axes.axvspan(start - 0.5, start + len(each.numerator.wall_ns) - 0.5, color=style.BAND, linewidth=0)
    _scale(axes, heights, starts, passes)
    names = [f"{case.variant} {case.driver}" for case in (contrast.numerator, contrast.denominator)]
    axes.set_title(
        plane.fitted(f"ms; line: {names[0]}, broken: {names[1]}", style.width_in(axes), 9),
        loc="left", size=9, color=style.MUTED, pad=6,
    )  # fmt: skip
    axes.set_xlabel("pass; grey: its blocks in their order, dashes: warm-up", loc="left", labelpad=4)


def _starts(passes: Sequence[PassCourse]) -> Iterator[float]:
    """Yield where the first block of each pass stands: its warm-up comes before it."""
    place = 0.0
    for each in passes:
        place += max(len(each.numerator.warm_up_ns), len(each.denominator.warm_up_ns))
        yield place
        place += len(each.numerator.wall_ns) + BREAK


def _measured(blocks: Sequence[Blocks], starts: Sequence[float]) -> Line:
    return _joined((start, each.wall_ns) for start, each in zip(starts, blocks, strict=True))


def _warm_up(blocks: Sequence[Blocks], starts: Sequence[float]) -> Line:
    """Return a dash for each burst, with a break behind each: one path for them all."""
    across: list[float] = []
    up: list[float] = []
    for start, each in zip(starts, blocks, strict=True):
        for number, burst_ns in enumerate(each.warm_up_ns, start=-len(each.warm_up_ns)):
            across += [start + number - DASH, start + number + DASH, math.nan]
            up += [burst_ns / 1e6, burst_ns / 1e6, math.nan]
    return across, up


def _joined(parts: Iterable[tuple[float, Sequence[float]]]) -> Line:
    """Return places and ms, with a break behind each part."""
    across, up = [], []
    for start, values_ns in parts:
        across += [start + number for number in range(len(values_ns) + 1)]
        up += [*(value_ns / 1e6 for value_ns in values_ns), math.nan]
    return across, up


def _scale(axes: Axes, heights: Sequence[float], starts: Sequence[float], passes: Sequence[PassCourse]) -> None:
    low, high = min(heights) / 1.06, max(heights) * 1.06
    axes.set_yscale("log")
    axes.set_ylim(low, high)
    places = plane.ticks(low, high, style.height_in(axes) * plane.LABEL_IN / LABEL_IN)
    axes.yaxis.set_major_locator(FixedLocator(places))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlim(-1, starts[-1] + len(passes[-1].numerator.wall_ns))
    step = -(-len(starts) // 10)
    gaps = [after - before for before, after in pairwise(starts)]
    axes.set_xticks(starts[::step] if gaps else starts, [f"{each.number}" for each in passes[::step]])
    axes.grid(visible=True, axis="y", color=style.GRID, linewidth=0.7)
    axes.tick_params(length=0, pad=4, labelcolor=style.MUTED, labelsize=9)
    axes.set_axisbelow(True)
