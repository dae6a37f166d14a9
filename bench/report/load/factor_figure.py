"""The figure of a factor: a row for each setting, with what both sides came to and the verdict on the two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.core.load_plan import Model
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import PERCENTS, Comparison, Kind
from bench.load.reading.cells import Cell
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block
from bench.report.load import charts, curves, planes, tables
from bench.report.load.charts import Point

HEADER_IN = 0.98
ROW_IN = 0.42
FOOTER_IN = 0.95
NAME_IN = 3.1
GAP_IN = 0.3
LEGEND_IN = 0.58
RATIO_SIZE = 8.5
TONES = {Verdict.FASTER: style.FASTER, Verdict.SLOWER: style.SLOWER}
"""Of the verdicts that name a winner."""


@dataclass(frozen=True)
class _Told:
    """Words beside a row; the heading stands above the first one."""

    row: float
    lines: tuple[str, ...]
    tone: str = style.MUTED


@dataclass(frozen=True)
class _Panel:
    """One figure of every subject."""

    unit: str
    points: Sequence[Point | None]
    """In the order of the cells."""


def draw(block: Block, title: str, subtitle: str) -> Figure:
    """Return the figure of the headline's level; the title states what was found."""
    settings = list(dict.fromkeys(words.setting(each.setting) for each in block.subjects))
    tones, cells = style.tones(block.sides), block.at(block.headline)
    names = [plane.fitted(each, NAME_IN) for each in settings]
    height = len(settings) * ROW_IN
    figure = style.canvas(HEADER_IN + height + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    panels, told = _panels(block, cells), _told(block, settings)
    left = max(plane.text_width(name) for name in names) + 0.3
    aside = GAP_IN + max(plane.text_width(line, RATIO_SIZE) for each in told for line in each.lines)
    room = (style.WIDTH_IN - left - aside - GAP_IN * (len(panels) - 1) - 0.15) / len(panels)
    places = [(cell.subject.side, settings.index(words.setting(cell.subject.setting))) for cell in cells]
    drawn = []
    for number, panel in enumerate(panels):
        axes = plane.Panel(left + number * (room + GAP_IN), HEADER_IN, room, height).add_to(figure)
        _fill(axes, panel, places, tones)
        plane.rows(axes, names, labelled=number == 0)
        drawn.append(axes)
    _say(drawn[-1], told, 1 + GAP_IN / room)
    handles = [captions.handle("o", tone, side) for side, tone in tones.items()]
    handles += charts.remarks([each for panel in panels for each in panel.points if each], ">")
    captions.legend(drawn[0], handles, below_in=LEGEND_IN, columns=len(handles))
    return figure


def _panels(block: Block, cells: Sequence[Cell]) -> list[_Panel]:
    """Return what is drawn: what the block answers first, and the slowest percentile that its requests bear.

    In open windows as many requests are answered as arrive: that is no finding.
    """
    tail = curves.highest_borne(cells)
    if block.model is Model.CLOSED:
        first = _Panel("good answers per s", [curves.answered(cell, 0) for cell in cells])
        return [first, *([_times(cells, tail, curves.service, "service")] if tail else [])]
    main = PERCENTS[block.main]
    percents = [main] if tail is None else sorted({min(main, tail), tail})
    return [_times(cells, percent, curves.response, "response") for percent in percents]


def _times(cells: Sequence[Cell], percent: float, pick: curves.Pick, clock: str) -> _Panel:
    points = [curves.tail(cell, 0, pick, percent) for cell in cells]
    return _Panel(f"p{percent:g} of the {clock} time, ms", points)


def _fill(axes: Axes, panel: _Panel, places: Sequence[tuple[str, int]], tones: Mapping[str, str]) -> None:
    planes.prepare(axes, "", panel.unit)
    axes.grid(visible=False, axis="y")
    planes.from_zero(axes.xaxis, [end for each in panel.points if each for end in each.ends] or [1.0])
    edge = axes.get_xlim()[1]
    offsets = dict(zip(tones, plane.offsets(len(tones)), strict=True))
    for point, (side, row) in zip(panel.points, places, strict=True):
        if point is None:
            continue
        height = row + offsets[side]
        if not point.sound:
            axes.plot([point.y], [height], marker="x", color=style.VOID, markersize=4.8)
            continue
        ends = [point.low, min(point.high, edge)]
        axes.plot(ends, [height] * 2, color=tones[side], linewidth=1.6, solid_capstyle="butt")
        if point.high > edge:
            axes.plot([edge], [height], marker=">", color=tones[side], markersize=5, clip_on=False)
        face = style.PAPER if point.open else tones[side]
        axes.plot(
            [point.y], [height], marker="o", color=tones[side], markerfacecolor=face, markersize=captions.MARK_SIZE
        )


def _told(block: Block, settings: Sequence[str]) -> list[_Told]:
    """Return what is divided by what, and the ratio and the verdict of each row."""
    found = block.of(Kind.SIDES, metric=block.main, level=block.headline)
    heading = _Told(-0.5, (tables.ratio_heading(block), " / ".join(reversed(block.sides))))
    return [heading, *(_Told(settings.index(words.setting(each.numerator.setting)), *_said(each)) for each in found)]


def _said(each: Comparison) -> tuple[tuple[str, ...], str]:
    lines = tuple(filter(None, (tables.ratio(each), tables.verdict(each))))
    return lines, TONES.get(each.verdict, style.MUTED)


def _say(axes: Axes, told: Sequence[_Told], place: float) -> None:
    """Write ratios and verdicts beside the rows, and above them what is divided by what."""
    for each in told:
        text, above = "\n".join(each.lines), "bottom" if each.row < 0 else "center"
        transform = axes.get_yaxis_transform()
        axes.text(place, each.row, text, transform=transform, size=RATIO_SIZE, color=each.tone, va=above)
