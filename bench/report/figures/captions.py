"""Title, subtitle and legend of a figure."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bench.core.drivers import DRIVERS
from bench.report.figures import style
from bench.report.figures.axes import fitted, text_width

TITLE_SIZE = 11.5
SUBTITLE_SIZE = 9.0
MARK_SIZE = 5.2


def headline(figure: Figure, title: str, subtitle: str) -> None:
    """Write the findings, as many as have room, and below them what was measured."""
    width_in, height_in = figure.get_size_inches()
    left = 0.1 / width_in
    while "; " in title and text_width(title, TITLE_SIZE, "bold") > width_in - 0.2:
        title = title.rpartition("; ")[0]
    title = fitted(title, width_in - 0.2, TITLE_SIZE, "bold")
    subtitle = fitted(subtitle, width_in - 0.2, SUBTITLE_SIZE)
    figure.text(left, 1 - 0.12 / height_in, title, size=TITLE_SIZE, weight="bold", va="top")
    figure.text(left, 1 - 0.39 / height_in, subtitle, size=SUBTITLE_SIZE, color=style.MUTED, va="top")


def handle(mark: str, tone: str, text: str, *, hollow: bool = False) -> Line2D:
    """Return a legend entry that looks like a point of the figure."""
    face = style.PAPER if hollow else tone
    return Line2D(
        [], [], marker=mark, color=tone, markerfacecolor=face, markersize=MARK_SIZE, linestyle="none", label=text
    )


def patch(figure: Figure, text: str, *, left_in: float, bottom_in: float) -> None:
    """Write what the grey area of a figure is, with a piece of it before, at the bottom of the figure."""
    width_in, height_in = figure.get_size_inches()
    figure.legend(
        handles=[Patch(facecolor=style.BAND, edgecolor=style.GRID, label=text)],
        loc="lower left",
        bbox_to_anchor=(left_in / width_in, bottom_in / height_in),
        borderaxespad=0,
    )


def drivers(names: Sequence[str]) -> list[Line2D]:
    """Return the legend entries of drivers."""
    return [handle(style.mark(name), style.colour(DRIVERS[name].mode), name) for name in names]


def legend(axes: Axes, handles: Sequence[Artist], *, below_in: float, columns: int) -> None:
    """Write the legend below the axes, so that it never covers a point."""
    axes.legend(
        handles=list(handles),
        loc="upper left",
        bbox_to_anchor=(0, -below_in / style.height_in(axes)),
        ncols=columns,
        columnspacing=1.2,
        borderaxespad=0,
    )
