"""Charts side by side in one figure: curves with their intervals, on axes that the caller scales."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation, Transform

from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.load import planes

HEADER_IN = 0.98
HEIGHT_IN = 2.35
LEFT_IN = 0.62
GAP_IN = 0.7
"""Room between two charts, for the labels of the right one's vertical axis."""
RIGHT_IN = 0.15
AXIS_IN = 0.62
"""Room below a chart for its labels and its unit."""
LEGEND_LINE_IN = 0.2
LEGEND_GAP_IN = 0.3
HANDLE_IN = 0.55
"""Width of a mark of the legend with the gaps around it."""
ASIDE_IN = 0.045
"""From one curve to the next where they have intervals, which would hide each other at one place."""
MARK_SIZE = captions.MARK_SIZE - 0.6
DASHES = (0, (3.2, 1.8))

FURTHEST = 5.0
"""An interval that reaches further than this factor ends at the edge of the chart: two rounds can span decades."""

VOID = "not valid: no winner"
OPEN = "no interval: too few requests or rounds"
FAR = "arrow: the interval ends beyond the edge"

Scale = Callable[[Axis, Sequence[float]], None]


@dataclass(frozen=True)
class Point:
    """One value with its interval."""

    x: float
    y: float
    low: float
    high: float
    sound: bool = True
    """Whether the windows behind it are valid; those that are not are grey crosses."""
    open: bool = False
    """Whether an interval belongs to it that is not known: its mark is hollow."""

    @property
    def is_far(self) -> bool:
        """Say whether its interval reaches so far that no axis is made for it."""
        return self.high > max(self.low, self.y * FURTHEST)

    @property
    def ends(self) -> tuple[float, ...]:
        """Return what an axis must hold of it."""
        return (self.low, self.high) if self.sound and not self.is_far else (self.y,)

    @classmethod
    def bare(cls, x: float, y: float, *, sound: bool = True) -> Self:
        """Return a value without an interval."""
        return cls(x, y, y, y, sound)


@dataclass(frozen=True)
class Curve:
    """The points of one subject, in the order in which they are joined."""

    name: str
    tone: str
    points: tuple[Point, ...]
    mark: str = "o"
    """Empty for a bare line."""
    dashed: bool = False
    """With a broken line; where it is not joined, with hollow marks."""
    joined: bool = True


@dataclass(frozen=True)
class Chart:
    """Curves on one pair of axes."""

    heading: str
    """What the vertical axis shows, with its unit."""
    unit: str
    """What the horizontal axis shows, with its unit."""
    curves: tuple[Curve, ...]
    across: Scale
    up: Scale
    share: float = 1.0
    """Of the width of the figure."""
    under: Callable[[Axes], None] | None = None
    """Draws what lies behind the curves."""

    @property
    def points(self) -> list[Point]:
        """Return the points of all curves."""
        return [point for curve in self.curves for point in curve.points]


def draw(charts: Sequence[Chart], title: str, subtitle: str, *, void: str = VOID) -> Figure:
    """Return the figure; the title states what was found, and `void` what a grey cross means."""
    handles = _entries([curve for chart in charts for curve in chart.curves], void)
    columns = _columns(handles)
    lines = -(-len(handles) // columns)
    figure = style.canvas(HEADER_IN + HEIGHT_IN + AXIS_IN + LEGEND_GAP_IN + LEGEND_LINE_IN * (lines - 1))
    captions.headline(figure, title, subtitle)
    room = style.WIDTH_IN - LEFT_IN - RIGHT_IN - GAP_IN * (len(charts) - 1)
    left, first = LEFT_IN, None
    for chart in charts:
        width = room * chart.share / sum(each.share for each in charts)
        axes = plane.Panel(left, HEADER_IN, width, HEIGHT_IN).add_to(figure)
        first = first or axes
        _fill(figure, axes, chart)
        left += width + GAP_IN
    if first is not None:
        captions.legend(first, handles, below_in=AXIS_IN - 0.06, columns=columns)
    return figure


def _columns(handles: Sequence[Line2D]) -> int:
    """Return how many entries stand in one line of the legend: as many as the widest leaves room for."""
    widest = max((plane.text_width(str(handle.get_label()), 9) for handle in handles), default=0.0) + HANDLE_IN
    return max(1, int((style.WIDTH_IN - LEFT_IN) / widest))


def _fill(figure: Figure, axes: Axes, chart: Chart) -> None:
    planes.prepare(axes, f"{chart.heading} (log axis)" if chart.up is planes.decades else chart.heading, chart.unit)
    chart.across(axes.xaxis, [each.x for each in chart.points] or [1.0])
    chart.up(axes.yaxis, [end for each in chart.points for end in each.ends] or [1.0])
    if chart.under is not None:
        chart.under(axes)
    aside = [(index - (len(chart.curves) - 1) / 2) * ASIDE_IN for index in range(len(chart.curves))]
    shifted = any(each.high > each.low for each in chart.points)
    for curve, shift in zip(chart.curves, aside, strict=True):
        _draw(axes, curve, axes.transData + ScaledTranslation(shift if shifted else 0, 0, figure.dpi_scale_trans))


def _draw(axes: Axes, curve: Curve, place: Transform) -> None:
    """Draw a curve with its intervals; points that are not valid are crosses and not joined."""
    sound = [each for each in curve.points if each.sound]
    lowest, highest = axes.get_ylim()
    for each in sound:
        if each.high > each.low:
            ends = [each.x] * 2, [max(each.low, lowest), min(each.high, highest)]
            axes.plot(*ends, transform=place, color=curve.tone, linewidth=1.4, solid_capstyle="butt")
        for end, mark, is_beyond in ((lowest, "v", each.low < lowest), (highest, "^", each.high > highest)):
            if is_beyond:
                axes.plot([each.x], [end], transform=place, color=curve.tone, marker=mark, markersize=5, clip_on=False)
    line = _line(curve, sound)
    line.set_transform(place)
    axes.add_line(line)
    unknown = [(each.x, each.y) for each in sound if each.open]
    if unknown:
        hollow = axes.plot(*zip(*unknown, strict=True), transform=place, linestyle="none", color=curve.tone)[0]
        hollow.set(marker=curve.mark or "o", markersize=MARK_SIZE, markerfacecolor=style.PAPER)
    void = [(each.x, each.y) for each in curve.points if not each.sound]
    if void:
        crosses = zip(*void, strict=True)
        axes.plot(*crosses, transform=place, linestyle="none", marker="x", color=style.VOID, markersize=4.8)


def _line(curve: Curve, points: Sequence[Point] = ()) -> Line2D:
    return Line2D(
        [each.x for each in points],
        [each.y for each in points],
        color=curve.tone,
        linewidth=1.3,
        linestyle=(DASHES if curve.dashed else "-") if curve.joined else "none",
        marker=curve.mark or "none",
        markersize=MARK_SIZE,
        markerfacecolor=style.PAPER if curve.dashed and not curve.joined else curve.tone,
        label=curve.name,
    )


def _entries(known: Sequence[Curve], void: str) -> list[Line2D]:
    """Return a legend entry for each name, and one for each kind of point that has no interval of its own."""
    named = {curve.name: curve for curve in reversed(known) if curve.name}
    handles = [_line(curve) for curve in reversed(named.values())]
    return handles + remarks([each for curve in known for each in curve.points], "^", void)


def remarks(points: Sequence[Point], arrow: str, void: str = VOID) -> list[Line2D]:
    """Return legend entries for what points without an interval, or without all of it, look like."""
    handles = []
    if any(each.sound and each.open for each in points):
        handles.append(captions.handle("o", style.MUTED, OPEN, hollow=True))
    if any(each.sound and each.is_far for each in points):
        handles.append(captions.handle(arrow, style.MUTED, FAR))
    if any(not each.sound for each in points):
        handles.append(captions.handle("x", style.VOID, void))
    return handles
