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
TITLE_LINE_IN = 0.2
MOST_LINES = 2
"""Of a title; what they have no room for is left out."""
SUBTITLE_SIZE = 9.0
MARK_SIZE = 5.2


def headline(sheet: style.Sheet, title: str, subtitle: str) -> None:
    """Write the findings, as many as have room, and below them what was measured."""
    room_in = style.WIDTH_IN - 0.2
    lines = title_lines(title, room_in)
    sheet.make_room((len(lines) - 1) * TITLE_LINE_IN)
    width_in, height_in = sheet.get_size_inches()
    left = 0.1 / width_in
    for number, line in enumerate(lines):
        place = 1 - (0.12 + number * TITLE_LINE_IN) / height_in
        sheet.text(left, place, line, size=TITLE_SIZE, weight="bold", va="top")
    subtitle = fitted(subtitle, room_in, SUBTITLE_SIZE)
    sheet.text(left, 1 - (0.39 + sheet.head_in) / height_in, subtitle, size=SUBTITLE_SIZE, color=style.MUTED, va="top")


def title_lines(title: str, room_in: float) -> list[str]:
    """Return the title on one line or more; findings that have no room are left out, the last ones first and whole."""
    while len(lines := _filled(title, room_in)) > MOST_LINES and "; " in title:
        title = title.rpartition("; ")[0]
    kept = [*lines[: MOST_LINES - 1], " ".join(lines[MOST_LINES - 1 :])]
    return [fitted(line, room_in, TITLE_SIZE, "bold") for line in kept if line]


def _filled(title: str, room_in: float) -> list[str]:
    """Return the title broken into lines: between findings where each then fits one, else between words."""
    if _fits(title, room_in):
        return [title]
    findings = [f"{each};" for each in title.split("; ")]
    findings[-1] = findings[-1].removesuffix(";")
    if all(_fits(each, room_in) for each in findings):
        return _packed(findings, room_in)
    return _packed(title.split(" "), room_in)


def _packed(pieces: Sequence[str], room_in: float) -> list[str]:
    """Return lines, each of as many pieces as fit it."""
    lines: list[str] = []
    for piece in pieces:
        longer = f"{lines[-1]} {piece}" if lines else piece
        if lines and _fits(longer, room_in):
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _fits(line: str, room_in: float) -> bool:
    return text_width(line, TITLE_SIZE, "bold") <= room_in


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
