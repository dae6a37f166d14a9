"""Heat maps: cells that say their ratio and verdict in words as well as by their shade, and a line of equal times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from bench.core.ratios import Ratio
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings import maps

HEADER_IN = 0.72
HEADING_IN = 0.42
"""Room for the two lines of a column's heading."""
PAIR_IN = 0.24
"""Room for the heading of a map, where it has one."""
ROW_IN = 0.46
ALONG_IN = 0.2
LEGEND_IN = 0.2
GAP_IN = 0.35
RIGHT_IN = 0.12
WIDEST_CELL_IN = 1.45
WORD_SIZE = 8.0
SHADES = (0.12, 0.27, 0.45)
"""How opaque a cell is, by `maps.strength`."""
VOID_SHADE = 0.3
LINE_WIDTH = 2.4
LINE_ALPHA = 0.5
"""The numbers below a line stay readable."""
BOUND_WIDTH = 0.9
BOUND = (0, (2.2, 1.6))
MOST_LEGEND = 4
NOT_RUN = "not run"
"""Where a driver cannot do it, or nothing was measured."""


@dataclass(frozen=True)
class Cell:
    """One comparison as it is shown."""

    text: str
    word: str
    tone: str | None = None
    """Colour of its shade."""
    shade: float = 0.0
    framed: bool = False
    ratio: Ratio | None = None


@dataclass(frozen=True)
class Column:
    """The heading of a column: a name, and below it what it is."""

    name: str
    below: str = ""
    tone: str = style.INK


@dataclass(frozen=True)
class Grid:
    """One map: rows of cells, the first row on top; a place where nothing was measured is None."""

    columns: tuple[Column, ...]
    rows: tuple[str, ...]
    cells: tuple[tuple[Cell | None, ...], ...]
    heading: str = ""
    along: str = ""
    """What the columns are, with their unit."""
    line: bool = False
    """Whether the line on which the ratio is 1 is drawn: columns and rows are levels in order."""


def cell(ratio: Ratio | None, verdict: Verdict, tones: tuple[str, str], *, framed: bool = False) -> Cell:
    """Return the cell of a comparison; `tones` are the colours of a faster and of a slower numerator."""
    if ratio is None:
        return Cell("", Verdict.NOT_VALID, style.VOID, VOID_SHADE)
    text, shade = labels.ratio(ratio.estimate), SHADES[max(maps.strength([ratio.estimate]), 1) - 1]
    if verdict is Verdict.EQUIVALENT:
        return Cell(text, verdict, style.BAND, 1.0, framed, ratio)
    tone = {Verdict.FASTER: tones[0], Verdict.SLOWER: tones[1]}.get(verdict)
    return Cell(text, verdict, tone, shade if tone else 0.0, framed, ratio)


def draw(grids: Sequence[Grid], title: str, subtitle: str, legend: Sequence[Artist]) -> Figure:
    """Return the figure of one map or of some side by side; the title states what was found."""
    height = ROW_IN * max(len(grid.rows) for grid in grids)
    above = HEADER_IN + HEADING_IN + (PAIR_IN if any(grid.heading for grid in grids) else 0)
    below = 0.2 + (ALONG_IN if any(grid.along for grid in grids) else 0)
    figure = style.canvas(above + height + below + LEGEND_IN * -(-len(legend) // MOST_LEGEND) + 0.15)
    captions.headline(figure, title, subtitle)
    names_in = max(plane.text_width(name) for grid in grids for name in grid.rows) + 0.25
    room = (style.WIDTH_IN - names_in - RIGHT_IN - GAP_IN * (len(grids) - 1)) / len(grids)
    left, first = names_in, None
    for grid in grids:
        width = min(room, WIDEST_CELL_IN * len(grid.columns))
        axes = plane.Panel(left, above, width, ROW_IN * len(grid.rows)).add_to(figure)
        _fill(axes, grid, labelled=first is None)
        first = first or axes
        left += width + GAP_IN
    if first is not None:
        captions.legend(first, legend, below_in=below, columns=MOST_LEGEND)
    return figure


def _fill(axes: Axes, grid: Grid, *, labelled: bool) -> None:
    """Draw one map on axes whose places are the numbers of its columns and rows."""
    axes.set_xlim(-0.5, len(grid.columns) - 0.5)
    axes.set_ylim(len(grid.rows) - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks(range(len(grid.rows)), grid.rows if labelled else [""] * len(grid.rows))
    axes.tick_params(length=0, pad=8)
    axes.spines.bottom.set_visible(False)
    if grid.heading:
        axes.set_title(grid.heading, loc="left", size=9, color=style.MUTED, pad=34)
    if grid.along:
        axes.set_xlabel(grid.along, loc="left", labelpad=4)
    width_in = style.width_in(axes) / len(grid.columns)
    _headings(axes, grid, width_in)
    for row, cells in enumerate(grid.cells):
        for column, each in enumerate(cells):
            if each is None:
                axes.text(column, row, NOT_RUN, ha="center", va="center", size=WORD_SIZE, color=style.VOID)
            else:
                _cell(axes, each, column, row, width_in)
    if grid.line:
        _lines(axes, grid)


def _headings(axes: Axes, grid: Grid, width_in: float) -> None:
    for number, column in enumerate(grid.columns):
        name = plane.fitted(column.name, width_in - 0.06, 9)
        for text, points, tone in ((name, 15, column.tone), (column.below, 4, style.MUTED)):
            axes.annotate(
                text,
                (number, -0.5),
                (0, points),
                textcoords="offset points",
                ha="center",
                va="bottom",
                size=9 if tone is column.tone else WORD_SIZE,
                color=tone,
            )


def _cell(axes: Axes, each: Cell, column: int, row: int, width_in: float) -> None:
    """Draw a cell: its shade, its ratio, and its verdict where there is room."""
    corner, edge = (column - 0.5 + 0.02, row - 0.5 + 0.03), (0.96, 0.94)
    if each.tone and each.shade:
        axes.add_patch(Rectangle(corner, *edge, facecolor=each.tone, alpha=each.shade, linewidth=0, clip_on=False))
    if each.framed:
        axes.add_patch(Rectangle(corner, *edge, fill=False, edgecolor=style.INK, linewidth=1.5, clip_on=False))
    word = plane.fitted(each.word, width_in - 0.06, WORD_SIZE)
    void = not each.text
    if not void:
        axes.text(column, row - 0.13, each.text, ha="center", va="center")
    place = row if void else row + 0.22
    axes.text(column, place, word, ha="center", va="center", size=WORD_SIZE)


def _lines(axes: Axes, grid: Grid) -> None:
    """Draw where the estimate is 1, and where the ends of its interval are.

    Between neighbouring cells the log of the ratio is taken to be a straight line.
    """
    for pick, dashes, width in ((_estimate, "-", LINE_WIDTH), (_low, BOUND, BOUND_WIDTH), (_high, BOUND, BOUND_WIDTH)):
        heights = [[pick(each.ratio) if each and each.ratio else math.nan for each in row] for row in grid.cells]
        known = [height for row in heights for height in row if math.isfinite(height)]
        if known and min(known) < 0 < max(known):
            axes.contour(
                heights, levels=[0.0], colors=[style.INK], linewidths=[width], linestyles=[dashes], alpha=LINE_ALPHA
            )


def _estimate(ratio: Ratio) -> float:
    return math.log(ratio.estimate)


def _low(ratio: Ratio) -> float:
    return math.log(ratio.interval.low) if ratio.interval.low > 0 else math.nan


def _high(ratio: Ratio) -> float:
    return math.log(ratio.interval.high) if math.isfinite(ratio.interval.high) else math.nan
