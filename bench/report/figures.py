"""Draw the figures of a run into files, and decide which groups get one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import crossover_figure, crossover_text, forest, labels, sentences, style, times
from bench.report.analysis import Analysis, GroupResult
from bench.report.crossover import Series
from bench.report.load import figures as load_figures
from bench.report.load.figures import LoadFigure
from bench.report.records import Manifest

MOST_OF_A_LARGE_RUN = 4
"""Groups of a large run that get a figure: its ratio maps say the same of all of them."""
MOST_CROSSOVERS = 4
"""Series of network delays that get a figure; there are sentences about every one."""


@dataclass(frozen=True)
class Figure:
    """One figure on disk, with the words that stand for it where it cannot be seen."""

    name: str
    """File name without its ending."""
    alternative: str


@dataclass(frozen=True)
class GroupFigures:
    """The figures of one group."""

    ratios: Figure
    times: Figure | None


@dataclass(frozen=True)
class Drawn:
    """All figures of a run."""

    groups: dict[str, GroupFigures]
    """By group id."""
    series: dict[str, Figure]
    """By the id of the first group of the series."""
    load: tuple[LoadFigure, ...] = ()


def draw(analysis: Analysis, every_series: Sequence[Series], folder: Path) -> Drawn:
    """Write PNG and SVG of each chosen group and series into the folder, and return the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = Drawn({}, {})
    run = analysis.run.manifest
    groups, series = chosen(analysis), chosen_series(every_series)
    with style.look():
        for number, group in enumerate(groups, start=1):
            name = f"{number:03d}-{_slug(group.used.id)}"
            drawn.groups[group.used.id] = _draw(group, run, folder, name, with_times=not analysis.is_large)
        for number, each in enumerate(series, start=len(groups) + 1):
            first = each.groups[0].used.id
            drawn.series[first] = _draw_series(each, run, folder, f"{number:03d}-{_slug(first)}")
    of_load = load_figures.draw(analysis.load, folder, _stamp(run)) if analysis.load else ()
    return Drawn(drawn.groups, drawn.series, of_load)


def chosen(analysis: Analysis) -> list[GroupResult]:
    """Return the groups that get figures: all of them or, of a large run, the clearest of as many scenarios as can be.

    Where there are figures to spare, the clearest of each scenario and backend come next.
    """
    if not analysis.is_large:
        return list(analysis.groups)
    ranked = sorted(analysis.groups, key=_effect, reverse=True)
    by_scenario = {group.scenario.name: group for group in reversed(ranked)}
    by_backend = {(group.scenario.name, group.backend.label): group for group in reversed(ranked)}
    firsts = {group.used.id for group in by_scenario.values()}, {group.used.id for group in by_backend.values()}
    order = [group.used.id for first in firsts for group in ranked if group.used.id in first]
    kept = set(list(dict.fromkeys(order))[:MOST_OF_A_LARGE_RUN])
    return [group for group in analysis.groups if group.used.id in kept]


def chosen_series(every: Sequence[Series]) -> list[Series]:
    """Return the series that get a figure: those with most crossings first, in their own order."""
    crossed = sorted(every, key=lambda each: -sum(len(curve.crossings) for curve in each.curves))
    kept = {each.groups[0].used.id for each in crossed[:MOST_CROSSOVERS]}
    return [each for each in every if each.groups[0].used.id in kept]


def _effect(group: GroupResult) -> float:
    """Return how clear the clearest finding is that a title can state."""
    return max((each.effect for each in sentences.stated(group)), default=0.0)


def _draw_series(series: Series, run: Manifest, folder: Path, name: str) -> Figure:
    place = crossover_text.place(series)
    title = crossover_text.headline(series)
    figure = crossover_figure.draw(series, title, f"{place} · 95 % intervals{_stamp(run)}")
    style.save(figure, folder / f"{name}-delays")
    return Figure(f"{name}-delays", f"Ratios against network delay. {place}. {title}. The sentences name every ratio.")


def _stamp(run: Manifest) -> str:
    return "" if run.profile.evidence else " · NOT EVIDENCE"


def _draw(group: GroupResult, run: Manifest, folder: Path, name: str, *, with_times: bool) -> GroupFigures:
    place = " · ".join(
        part
        for part in (labels.backend(group.backend), group.scenario.name, labels.parameters(group.used.parameters))
        if part
    )
    title = sentences.title(group)
    figure = forest.draw(group, title, f"{place} · 95 % intervals, grey band: A/A noise{_stamp(run)}")
    style.save(figure, folder / f"{name}-ratios")
    ratios = Figure(f"{name}-ratios", f"Ratio plot. {place}. {title}. The table below holds every number.")
    lowest = times.title(group)
    absolute = times.draw(group, lowest, f"{place}{_stamp(run)}") if with_times else None
    if absolute is None:
        return GroupFigures(ratios, None)
    style.save(absolute, folder / f"{name}-times")
    return GroupFigures(
        ratios, Figure(f"{name}-times", f"Median times. {place}. {lowest}. The table holds every number.")
    )


def _slug(group_id: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", group_id.lower()).strip("-")[:80].strip("-")
