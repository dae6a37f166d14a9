"""Which groups and series of a run get which figure: all of a small run, the telling ones of a large run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from bench.report.answer import sentences
from bench.report.answer.courses import Course, course
from bench.report.findings.analysis import Analysis, GroupResult
from bench.report.findings.crossover import Series
from bench.report.findings.driver_map import DriverMap, driver_map, is_worth_drawing

MOST_CROSSOVERS = 4
"""Series of network delays that get a figure; there are sentences about every one."""
MOST_SCENARIOS = 24
"""Scenarios of a large run that get a ratio figure and a map, of their clearest group: ratio maps hold all others."""
MOST_COURSES = 8
"""Block by block, runs of many scenarios say the same again and again, and each figure holds hundreds of blocks."""
MOST_LAYERS = 6
MOST_CROWDS = 4
"""Waterfalls, and maps of delays and operations in flight: the first ones of the run."""

Found = TypeVar("Found")


def for_ratios(analysis: Analysis) -> list[GroupResult]:
    """Return the groups with a ratio figure: all or, of a large run, the clearest of each scenario."""
    if not analysis.is_large:
        return list(analysis.groups)
    return _of_scenarios(analysis, lambda group: group, MOST_SCENARIOS)


def for_maps(analysis: Analysis) -> list[DriverMap]:
    """Return the heat maps of drivers and variants, of a large run those of the clearest group of each scenario."""

    def find(group: GroupResult) -> DriverMap | None:
        return driver_map(analysis, group) if is_worth_drawing(group) else None

    if analysis.is_large:
        return _of_scenarios(analysis, find, MOST_SCENARIOS)
    return [found for group in analysis.groups if (found := find(group))]


def for_courses(analysis: Analysis) -> list[Course]:
    """Return the courses of the clearest group of each scenario, those of the clearest scenarios of many."""
    return _of_scenarios(analysis, partial(course, analysis), MOST_COURSES)


def for_series(every: Sequence[Series]) -> list[Series]:
    """Return the series that get a figure: those with most crossings first, in their own order."""
    crossed = sorted(every, key=lambda each: -sum(len(curve.crossings) for curve in each.curves))
    kept = {each.groups[0].used.id for each in crossed[:MOST_CROSSOVERS]}
    return [each for each in every if each.groups[0].used.id in kept]


def _of_scenarios(analysis: Analysis, find: Callable[[GroupResult], Found | None], most: int) -> list[Found]:
    """Return what is found in the clearest group of each scenario that has it, in the order of the run.

    Of more scenarios than the most these are the clearest.
    """
    found: dict[str, tuple[GroupResult, Found]] = {}
    for group in sorted(analysis.groups, key=effect, reverse=True):
        name = group.scenario.name
        if name not in found and len(found) < most and (each := find(group)):
            found[name] = group, each
    return [found[group.scenario.name][1] for group in analysis.groups if _is_of(found, group)]


def _is_of(found: Mapping[str, tuple[GroupResult, Found]], group: GroupResult) -> bool:
    return group.scenario.name in found and found[group.scenario.name][0] is group


def effect(group: GroupResult) -> float:
    """Return how clear the clearest finding is that a title can state."""
    return max((each.effect for each in sentences.stated(group)), default=0.0)
