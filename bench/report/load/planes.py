"""The axes under the curves of load: levels that double, rates from zero, percentiles by nines, times in decades."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.ticker import FixedLocator, MaxNLocator, NullFormatter, NullLocator

from bench.report.figures import axes as plane
from bench.report.figures import style

LABEL_IN = 0.24
"""Height that a label of a vertical axis takes."""
MARGIN = 1.06
STEPS = (1, 2, 2.5, 5, 10)
NINES = {1.0: "0 %", 2.0: "50 %", 10.0: "90 %", 100.0: "99 %", 1000.0: "99.9 %", 10_000.0: "99.99 %"}
"""Labels of an axis of percentiles, by how many requests there are to one that is slower."""


def prepare(axes: Axes, heading: str, unit: str) -> None:
    """Give the axes their heading, the unit of the horizontal axis, a grid and quiet labels."""
    axes.set_title(heading, loc="left", size=9, color=style.MUTED, pad=6)
    axes.set_xlabel(unit, loc="left")
    axes.grid(visible=True, color=style.GRID, linewidth=0.7)
    axes.tick_params(length=0, pad=4, labelcolor=style.MUTED, labelsize=9)
    axes.set_axisbelow(True)


def doubling(axis: Axis, values: Sequence[float]) -> None:
    """Scale to levels that double: each is a tick where there is room."""
    low, high = min(values), max(values)
    margin = (high / low) ** 0.05 if high > low else 1.2
    axis.axes.set_xscale("log", base=2)
    axis.axes.set_xlim(low / margin, high * margin)
    _fix(axis, _thinned(sorted(set(values)), style.width_in(axis.axes)))


def _thinned(values: list[float], width_in: float) -> list[float]:
    """Return every n-th value from the end, so that the labels have room."""
    most = max(2, int(width_in / plane.LABEL_IN))
    step = -(-len(values) // most)
    return values[::-1][::step][::-1]


def nines(axis: Axis, values: Sequence[float]) -> None:
    """Scale to percentiles, each nine as wide as the one before."""
    high = max(*values, 10.0)
    axis.axes.set_xscale("log")
    axis.axes.set_xlim(1.0, high * MARGIN)
    _fix(axis, [place for place in NINES if place <= high])
    axis.set_major_formatter(lambda value, _: NINES.get(value, ""))


def decades(axis: Axis, values: Sequence[float]) -> None:
    """Scale the vertical axis logarithmically to positive values, with ticks at readable places."""
    low, high = min(values) / MARGIN, max(values) * MARGIN
    if high / low < MARGIN**4:
        low, high = low / MARGIN**2, high * MARGIN**2
    axis.axes.set_yscale("log")
    axis.axes.set_ylim(low, high)
    _fix(axis, plane.ticks(low, high, style.height_in(axis.axes) * plane.LABEL_IN / LABEL_IN))


def from_zero(axis: Axis, values: Sequence[float]) -> None:
    """Scale an axis from 0, so that lengths may be compared by eye."""
    _linear(axis, 0, max(values) * MARGIN or 1.0)


def around(axis: Axis, values: Sequence[float]) -> None:
    """Scale an axis to the values alone, where their place counts and not their length."""
    low, high = min(values), max(values)
    room = (high - low) * (MARGIN - 1) or high * (MARGIN - 1) or 1.0
    _linear(axis, low - room, high + room)


def around_zero(axis: Axis, values: Sequence[float]) -> None:
    """Scale an axis as far below 0 as above it."""
    reach = max(map(abs, values)) * MARGIN or 1.0
    _linear(axis, -reach, reach)


def _linear(axis: Axis, low: float, high: float) -> None:
    horizontal = axis is axis.axes.xaxis
    (axis.axes.set_xlim if horizontal else axis.axes.set_ylim)(low, high)
    axis.set_major_locator(MaxNLocator(6 if horizontal else 5, steps=STEPS))
    axis.set_major_formatter(lambda value, _: f"{value:,g}")


def _fix(axis: Axis, places: Sequence[float]) -> None:
    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(lambda value, _: f"{value:,g}")
    axis.set_minor_locator(NullLocator())
    axis.set_minor_formatter(NullFormatter())
