"""Every figure of a run before it is drawn: what it is of, what its title states and what stands for it in words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from matplotlib.figure import Figure as Drawing

from bench.report import labels
from bench.report.answer import crossover_text, sentences
from bench.report.answer.courses import Course
from bench.report.figures import (
    chosen_groups,
    course_figure,
    crossover_figure,
    forest,
    map_figures,
    times,
    waterfall_figure,
)
from bench.report.findings import layers
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.findings.crossover import Series
from bench.report.findings.crowd_map import CrowdMap, crowd_maps
from bench.report.findings.driver_map import DriverMap
from bench.report.findings.layers import Layers
from bench.report.spreadsheets import CASES, CONTRASTS


class Kind(StrEnum):
    """What a figure shows; no two begin with the same letter, which tells the ids in the page apart."""

    RATIOS = "ratios"
    MAP = "map"
    """Drivers and variants."""
    LAYERS = "layers"
    BLOCKS = "blocks"
    TIMES = "times"
    DELAYS = "delays"
    CROWDS = "crowds"
    """Network delays and operations in flight."""


@dataclass(frozen=True)
class Sketch:
    """A figure before it is drawn."""

    of: str
    """Id of the group that it is of, or of the first one."""
    kind: Kind
    place: str
    """What was measured: backend, scenario and parameters."""
    remark: str
    """What else stands in the subtitle."""
    title: str
    shows: str
    numbers: str
    """What the figure shows and where its numbers stand: for those who cannot see it."""
    draw: Callable[[str, str], Drawing | None]
    """Takes title and subtitle; None where there is nothing to see."""

    @property
    def subtitle(self) -> str:
        """Return what was measured and how to read it."""
        return " · ".join(part for part in (self.place, self.remark) if part)

    @property
    def alternative(self) -> str:
        """Return the words that stand for the figure."""
        return f"{self.shows}. {self.place}. {self.title}. {self.numbers}."


def sketches(analysis: Analysis, every_series: Sequence[Series]) -> Iterator[Sketch]:
    """Yield the figures of a run, its groups first and in their order."""
    found = [
        *(_ratios(group, has_table=not analysis.is_large) for group in chosen_groups.for_ratios(analysis)),
        *(_map(each, has_table=not analysis.is_large) for each in chosen_groups.for_maps(analysis)),
        *(_layers(each) for each in layers.found(analysis)[: chosen_groups.MOST_LAYERS]),
        *(_course(each) for each in chosen_groups.for_courses(analysis)),
        *(_times(group) for group in analysis.groups if not analysis.is_large),
    ]
    order = {group.used.id: number for number, group in enumerate(analysis.groups)}
    yield from sorted(found, key=lambda sketch: order[sketch.of])
    yield from (_delays(each) for each in chosen_groups.for_series(every_series))
    yield from (_crowds(each) for each in crowd_maps(analysis)[: chosen_groups.MOST_CROWDS])


def _place(group: GroupResult) -> str:
    parts = (labels.backend(group.backend), group.scenario.name, labels.parameters(group.used.parameters))
    return " · ".join(part for part in parts if part)


def _ratios(group: GroupResult, *, has_table: bool) -> Sketch:
    return Sketch(
        group.used.id,
        Kind.RATIOS,
        _place(group),
        "95 % intervals, log axis",
        sentences.title(group),
        "Ratio plot",
        "The table below holds every number" if has_table else f"{CONTRASTS} holds every number",
        partial(forest.draw, group),
    )


def _times(group: GroupResult) -> Sketch:
    return Sketch(
        group.used.id,
        Kind.TIMES,
        _place(group),
        "",
        times.title(group),
        "Median times",
        "The table holds every number",
        partial(times.draw, group),
    )


def _map(found: DriverMap, *, has_table: bool) -> Sketch:
    more = len(found.group.variants) - forest.MOST_ROWS
    rest = f", {labels.plural(more, 'more variant')} in {'the table' if has_table else CASES}" if more > 0 else ""
    return Sketch(
        found.group.used.id,
        Kind.MAP,
        _place(found.group),
        f"time / {found.reference}{rest}",
        found.title,
        f"Heat map of drivers and variants, time over that of {found.reference}",
        f"{'The table of cases' if has_table else CASES} holds the medians",
        partial(map_figures.of_drivers, found),
    )


def _layers(found: Layers) -> Sketch:
    return Sketch(
        found.group.used.id,
        Kind.LAYERS,
        _place(found.group),
        "what each layer adds",
        waterfall_figure.title(found),
        "Waterfall of layers",
        waterfall_figure.numbers(found),
        partial(waterfall_figure.draw, found),
    )


def _course(found: Course) -> Sketch:
    return Sketch(
        found.group.used.id,
        Kind.BLOCKS,
        _place(found.group),
        "block by block, log axes",
        found.title,
        "Ratios of single blocks by pass, and times in the order of measuring",
        "The raw files hold every block",
        partial(course_figure.draw, found),
    )


def _delays(series: Series) -> Sketch:
    return Sketch(
        series.groups[0].used.id,
        Kind.DELAYS,
        crossover_text.place(series),
        "95 % intervals, log axis of ratios",
        crossover_text.headline(series),
        "Ratios against network delay",
        "The sentences name every ratio",
        partial(crossover_figure.draw, series),
    )


def _crowds(found: CrowdMap) -> Sketch:
    return Sketch(
        found.groups[0].used.id,
        Kind.CROWDS,
        found.place,
        "async / sync, same variant",
        found.title,
        "Heat map of network delays and operations in flight, async over sync",
        "The sentences hold every ratio",
        partial(map_figures.of_crowds, found),
    )
