"""The figure of a factor: a row for each setting, with the answers and the slow tail of both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.core.load_plan import Model
from bench.report import axes as plane
from bench.report import captions, style
from bench.report.load import curves, planes, words
from bench.report.load.analysis import Block
from bench.report.load.charts import Point

HEADER_IN = 0.74
ROW_IN = 0.42
FOOTER_IN = 0.95
NAME_IN = 3.1
GAP_IN = 0.3
LEGEND_IN = 0.58


def draw(block: Block, title: str, subtitle: str) -> Figure:
    """Return the figure of the headline's level; the title states what was found."""
    settings = list(dict.fromkeys(words.setting(each.setting) for each in block.subjects))
    tones = words.tones(block.sides)
    names = [plane.fitted(each, NAME_IN) for each in settings]
    height = len(settings) * ROW_IN
    figure = style.canvas(HEADER_IN + height + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    left = max(plane.text_width(name) for name in names) + 0.3
    room = (style.WIDTH_IN - left - GAP_IN - 0.15) / 2
    answers = plane.Panel(left, HEADER_IN, room, height).add_to(figure)
    tails = plane.Panel(left + room + GAP_IN, HEADER_IN, room, height).add_to(figure)
    pick, kind = (curves.response, "response") if block.model is Model.OPEN else (curves.service, "service")
    cells = block.at(block.headline)
    places = [(cell.subject.side, settings.index(words.setting(cell.subject.setting))) for cell in cells]
    _fill(answers, [curves.answered(cell, 0) for cell in cells], places, tones, "good answers per s")
    _fill(tails, [curves.tail(cell, 0, pick) for cell in cells], places, tones, f"p99 of the {kind} time, ms")
    plane.rows(answers, names, labelled=True)
    plane.rows(tails, names, labelled=False)
    handles = [captions.handle("o", tone, side) for side, tone in tones.items()]
    if not all(map(curves.is_sound, cells)):
        handles.append(captions.handle("x", style.VOID, "not valid: no winner"))
    captions.legend(answers, handles, below_in=LEGEND_IN, columns=len(handles))
    return figure


def _fill(
    axes: Axes,
    points: Sequence[Point | None],
    places: Sequence[tuple[str, int]],
    tones: Mapping[str, str],
    unit: str,
) -> None:
    planes.prepare(axes, "", unit)
    axes.grid(visible=False, axis="y")
    planes.from_zero(axes.xaxis, [each.high for each in points if each] or [1.0])
    offsets = dict(zip(tones, plane.offsets(len(tones)), strict=True))
    for point, (side, row) in zip(points, places, strict=True):
        if point is None:
            continue
        height = row + offsets[side]
        if not point.sound:
            axes.plot([point.y], [height], marker="x", color=style.VOID, markersize=4.8)
            continue
        axes.plot([point.low, point.high], [height] * 2, color=tones[side], linewidth=1.6, solid_capstyle="butt")
        axes.plot([point.y], [height], marker="o", color=tones[side], markersize=captions.MARK_SIZE)
