"""The course of a stage, window by window: response times, answers, processors, event loop and pools over time."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.core.load_plan import Model
from bench.load.reading.raw_files import MEASURED
from bench.load.reading.readings import SecondReading, VitalReading, WindowReading
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings.load import pressure
from bench.report.load import planes

HEADER_IN = 1.0
ROW_IN = 1.15
GAP_IN = 0.34
FOOTER_IN = 0.5
LEFT_IN = 0.62
RIGHT_IN = 1.45
"""Room for the names of what a row shows."""
MOST_WINDOWS = 40
"""More windows are not told apart at this width."""
SHORTEST_S = 0.2
"""A shorter piece of a second tells no rate."""
LEAST_LAG_MS = 0.1
"""A smaller lag is drawn as one of this size: the timers of an event loop tell no less."""
LEVEL_SIZE = 7.5
NAME_SIZE = 8.5
LINE_IN = 0.17

Values = tuple[list[float], list[float]]
Dashes = tuple[float, tuple[float, ...]] | str
LOOKS: Mapping[str, tuple[str, Dashes, str]] = {
    "app": (style.INK, "-", "full line"),
    "database": (style.MUTED, (0, (3, 1.6)), "dashes"),
    "generator": (style.MUTED, (0, (1, 1)), "dots"),
}


@dataclass(frozen=True)
class _Course:
    """What the rows show: windows in their order in time, with the vitals and the wakes of the event loop in each."""

    windows: Sequence[WindowReading]
    vitals: Sequence[Sequence[VitalReading]]
    wakes: Sequence[Sequence[tuple[float, float]]]
    tones: Mapping[str, str]
    start: float

    @property
    def end(self) -> float:
        """Return when the last window ended, in s since the first one began."""
        return self.windows[-1].measured_until - self.start

    def seconds(self, side: str, pick: Callable[[SecondReading, float], float | None]) -> Values:
        """Return a figure of each measured second of a side, with a break after each window.

        `pick` is also given how much of the second was measured: a window begins and ends within one.
        """
        return _series(
            [((since + until) / 2 - self.start, pick(each, until - since)) for each, since, until in _measured(window)]
            for window in self.windows
            if window.subject.side == side
        )

    def lags(self, side: str) -> Values:
        """Return by how many ms the event loop was late at worst in each measured second of a side."""
        return _series(
            [
                ((since + until) / 2 - self.start, _worst_ms(wakes, since, until))
                for _, since, until in _measured(window)
            ]
            for window, wakes in zip(self.windows, self.wakes, strict=True)
            if window.subject.side == side
        )

    def moments(self, pick: Callable[[VitalReading], float | None], side: str | None = None) -> Values:
        """Return a vital over time, of the windows of one side where it is given."""
        return _series(
            [(each.time - self.start, pick(each)) for each in during]
            for window, during in zip(self.windows, self.vitals, strict=True)
            if side in (None, window.subject.side)
        )


def draw(
    windows: Sequence[WindowReading],
    vitals: Sequence[VitalReading],
    tones: Mapping[str, str],
    title: str,
    subtitle: str,
) -> Figure:
    """Return the figure of some windows in their order in time; `tones` gives the colour of each side."""
    during = [_during(window, vitals) for window in windows]
    course = _Course(windows, during, [pressure.wakes(each, vitals) for each in windows], tones, windows[0].began)
    taken = [vital for during in course.vitals for vital in during]
    rows: list[Callable[[Axes, _Course], None]] = [_times, _answers]
    rows += [_processors] if any(each.cpu for each in taken) else []
    rows += [_loop] if any(course.wakes) else []
    rows += [_pools] if any(each.pools for each in taken) else []
    figure = style.canvas(HEADER_IN + len(rows) * (ROW_IN + GAP_IN) - GAP_IN + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    for number, fill in enumerate(rows):
        room = style.WIDTH_IN - LEFT_IN - RIGHT_IN
        axes = plane.Panel(LEFT_IN, HEADER_IN + number * (ROW_IN + GAP_IN), room, ROW_IN).add_to(figure)
        _along(axes, course, labelled=number == len(rows) - 1)
        fill(axes, course)
    return figure


def _during(window: WindowReading, vitals: Sequence[VitalReading]) -> list[VitalReading]:
    return [each for each in vitals if window.began <= each.time <= window.measured_until]


def _measured(window: WindowReading) -> Iterator[tuple[SecondReading, float, float]]:
    """Yield the seconds of the measured part, with the ends of what of each lies within it."""
    for each in window.seconds:
        since, until = max(each.second, window.measured_from), min(each.second + 1, window.measured_until)
        if each.part == MEASURED and until - since >= SHORTEST_S:
            yield each, since, until


def _along(axes: Axes, course: _Course, *, labelled: bool) -> None:
    """Lay out time from left to right, with the measured parts in grey."""
    planes.from_zero(axes.xaxis, [course.end])
    axes.set_xlim(0, course.end)
    for window in course.windows:
        since, until = window.measured_from - course.start, window.measured_until - course.start
        axes.axvspan(since, until, color=style.BAND, linewidth=0)
    unit = "s since the first window; grey: measured, between: discarded by rule, or another's turn"
    axes.set_xlabel(unit if labelled else "", loc="left")
    axes.tick_params(axis="x", labelbottom=labelled)


def _levels(axes: Axes, course: _Course) -> None:
    """Write the level of neighbouring windows above them, where there is room."""
    per_second, place = style.width_in(axes) / course.end, axes.get_xaxis_transform()
    for level, neighbours in groupby(course.windows, key=lambda each: each.window.level):
        near = list(neighbours)
        text = f"{level:g}" if near[0].window.model is Model.CLOSED else f"{level:.0f}/s"
        since, until = near[0].began - course.start, near[-1].measured_until - course.start
        if plane.text_width(text, LEVEL_SIZE) < (until - since) * per_second:
            middle = (since + until) / 2
            axes.text(middle, 1.02, text, transform=place, size=LEVEL_SIZE, color=style.MUTED, ha="center", va="bottom")


def _times(axes: Axes, course: _Course) -> None:
    what = "users" if course.windows[0].window.model is Model.CLOSED else "arrivals"
    _head(axes, f"response time, ms (log axis); above the windows: {what}", pad=17)
    _levels(axes, course)
    heights: list[float] = []
    for side, tone in course.tones.items():
        middle = course.seconds(side, lambda each, _: None if each.p50_ns is None else each.p50_ns / 1e6)
        highest = course.seconds(side, lambda each, _: each.highest_ns / 1e6 or None)
        axes.plot(*middle, color=tone, linewidth=1.3)
        axes.plot(*highest, color=tone, linestyle="none", marker=".", markersize=2.6)
        heights += _known(middle, highest)
    planes.decades(axes.yaxis, heights or [1.0])
    _names(axes, [*course.tones.items(), ("line: p50", style.MUTED), ("dots: highest", style.MUTED)])


def _answers(axes: Axes, course: _Course) -> None:
    _head(axes, "good answers per s; crosses: errors")
    heights = [0.0]
    for side, tone in course.tones.items():
        good = course.seconds(side, lambda each, length_s: each.ok / length_s)
        bad = course.seconds(side, lambda each, length_s: each.errors / length_s or None)
        axes.plot(*good, color=tone, linewidth=1.3)
        axes.plot(*bad, color=tone, linestyle="none", marker="x", markersize=3.2)
        heights += _known(good, bad)
    planes.from_zero(axes.yaxis, heights)
    _names(axes, course.tones.items())


def _processors(axes: Axes, course: _Course) -> None:
    _head(axes, "processor, share of one core")
    heights = [1.0]
    for name, (tone, dashes, _) in LOOKS.items():
        used = course.moments(partial(_share, name=name))
        axes.plot(*used, color=tone, linewidth=1.2, linestyle=dashes)
        heights += _known(used)
    planes.from_zero(axes.yaxis, heights)
    _names(axes, [(f"{name}: {look}", tone) for name, (tone, _, look) in LOOKS.items()])


def _loop(axes: Axes, course: _Course) -> None:
    _head(axes, "event loop of the app late by, ms (log axis); worst of each second")
    heights: list[float] = []
    for side, tone in course.tones.items():
        worst = course.lags(side)
        axes.plot(*worst, color=tone, linewidth=1.2, marker=".", markersize=2.6)
        heights += _known(worst)
    planes.decades(axes.yaxis, heights or [1.0])
    _names(axes, course.tones.items())


def _pools(axes: Axes, course: _Course) -> None:
    _head(axes, "connections of the pool in use; dots: requests that wait for one, or for a thread")
    heights = [1.0]
    for side, tone in course.tones.items():
        used = course.moments(partial(pressure.pool, side=side, name="checked_out"), side)
        waiting = course.moments(partial(_waiting, side=side), side)
        axes.plot(*used, color=tone, linewidth=1.2)
        axes.plot(*waiting, color=tone, linestyle="none", marker=".", markersize=3)
        heights += _known(used, waiting)
    planes.from_zero(axes.yaxis, heights)
    _names(axes, course.tones.items())


def _share(vital: VitalReading, name: str) -> float | None:
    return vital.cpu.get(name)


def _waiting(vital: VitalReading, side: str) -> float | None:
    """Return the requests that wait, None for none of them: a dot at 0 would hide the line."""
    return sum(pick(vital, side) or 0 for pick in (pressure.for_connection, pressure.for_thread)) or None


def _worst_ms(wakes: Sequence[tuple[float, float]], since: float, until: float) -> float | None:
    """Return the largest lag between two moments, at least as much as the timers can tell."""
    lags_s = [lag_s for moment, lag_s in wakes if since <= moment < until]
    return max(LEAST_LAG_MS, max(lags_s) * 1e3) if lags_s else None


def _series(parts: Iterable[Sequence[tuple[float, float | None]]]) -> Values:
    """Return places and values with a break after each window."""
    points = list(_broken(parts))
    return [place for place, _ in points], [value for _, value in points]


def _broken(parts: Iterable[Sequence[tuple[float, float | None]]]) -> Iterator[tuple[float, float]]:
    for part in parts:
        yield from ((place, math.nan if value is None else value) for place, value in part)
        if part:
            yield part[-1][0], math.nan


def _known(*series: Values) -> list[float]:
    """Return the heights that are there."""
    return [value for _, values in series for value in values if math.isfinite(value)]


def _head(axes: Axes, heading: str, *, pad: float = 4) -> None:
    axes.set_title(heading, loc="left", size=9, color=style.MUTED, pad=pad)
    axes.grid(visible=True, axis="y", color=style.GRID, linewidth=0.7)
    axes.tick_params(length=0, pad=4, labelcolor=style.MUTED, labelsize=9)
    axes.set_axisbelow(True)


def _names(axes: Axes, named: Iterable[tuple[str, str]]) -> None:
    """Write the names of what a row shows at its right."""
    step = LINE_IN / style.height_in(axes)
    for number, (name, tone) in enumerate(named):
        place = 1 - step * (number + 0.5)
        text = plane.fitted(name, RIGHT_IN - 0.2, NAME_SIZE)
        axes.text(1.015, place, text, transform=axes.transAxes, size=NAME_SIZE, color=style.of_text(tone), va="center")
