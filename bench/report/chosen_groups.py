"""Which groups and series of a run get which figure: all of a small run, the telling ones of a large run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from bench.report import sentences
from bench.report.analysis import Analysis, GroupResult
from bench.report.courses import Course, course
from bench.report.crossover import Series
from bench.report.driver_map import DriverMap, driver_map, is_worth_drawing

MOST_OF_A_LARGE_RUN = 4
"""Groups of a large run that get a ratio figure: its ratio maps say the same of all of them."""
MOST_CROSSOVERS = 4
"""Series of network delays that get a figure; there are sentences about every one."""
MOST_SCENARIOS = 24
"""Scenarios of a large run that get a figure of each further kind, of their clearest group."""
MOST_LAYERS = 6
MOST_CROWDS = 4
"""Waterfalls, and maps of delays and operations in flight: the first ones of the run."""

Found = TypeVar("Found")


def for_ratios(analysis: Analysis) -> list[GroupResult]:
    """Return the groups with a ratio figure: all or, of a large run, the clearest of as many scenarios as can be.

    Where there are figures to spare, the clearest of each scenario and backend come next.
    """
    if not analysis.is_large:
        return list(analysis.groups)
    ranked = sorted(analysis.groups, key=effect, reverse=True)
    by_scenario = {group.scenario.name: group for group in reversed(ranked)}
    by_backend = {(group.scenario.name, group.backend.label): group for group in reversed(ranked)}
    firsts = {group.used.id for group in by_scenario.values()}, {group.used.id for group in by_backend.values()}
    order = [group.used.id for first in firsts for group in ranked if group.used.id in first]
    kept = set(list(dict.fromkeys(order))[:MOST_OF_A_LARGE_RUN])
    return [group for group in analysis.groups if group.used.id in kept]


def for_maps(analysis: Analysis) -> list[DriverMap]:
    """Return the heat maps of drivers and variants, of a large run those of the clearest group of each scenario."""

    def find(group: GroupResult) -> DriverMap | None:
        return driver_map(analysis, group) if is_worth_drawing(group) else None

    if analysis.is_large:
        return _of_scenarios(analysis, find)
    return [found for group in analysis.groups if (found := find(group))]


def for_courses(analysis: Analysis) -> list[Course]:
    """Return the courses of the clearest group of each scenario: the others look alike, and hold as many blocks."""
    return _of_scenarios(analysis, partial(course, analysis))


def for_series(every: Sequence[Series]) -> list[Series]:
    """Return the series that get a figure: those with most crossings first, in their own order."""
    crossed = sorted(every, key=lambda each: -sum(len(curve.crossings) for curve in each.curves))
    kept = {each.groups[0].used.id for each in crossed[:MOST_CROSSOVERS]}
    return [each for each in every if each.groups[0].used.id in kept]


def _of_scenarios(analysis: Analysis, find: Callable[[GroupResult], Found | None]) -> list[Found]:
    """Return what is found in the clearest group of each scenario that has it, in the order of the run."""
    found: dict[str, tuple[GroupResult, Found]] = {}
    for group in sorted(analysis.groups, key=effect, reverse=True):
        name = group.scenario.name
        if name not in found and len(found) < MOST_SCENARIOS and (each := find(group)):
            found[name] = group, each
    return [found[group.scenario.name][1] for group in analysis.groups if _is_of(found, group)]


def _is_of(found: Mapping[str, tuple[GroupResult, Found]], group: GroupResult) -> bool:
    return group.scenario.name in found and found[group.scenario.name][0] is group


def effect(group: GroupResult) -> float:
    """Return how clear the clearest finding is that a title can state."""
    return max((each.effect for each in sentences.stated(group)), default=0.0)
