"""The best choice of each group in a sentence: driver and variant together, over the usual choice, and who is level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.drivers import Mode
from bench.report import labels
from bench.report.analysis import Analysis, ratio_of
from bench.report.driver_map import Choice, DriverMap, driver_map

HEADING = "The best choice"
NOTE = (
    "Every driver with every variant that gives the full answer, over the baseline on the first driver. Choice and "
    "ratio come from the same blocks, which flatters a narrow lead: whoever is level may be as good a choice."
)
MOST_LEVEL = 3
"""Choices that are named as level with the best."""


@dataclass(frozen=True)
class BestChoice:
    """What to take in one group."""

    lead: str
    """The fastest choice, over the usual one."""
    further: str
    """Who is level with it, and what the best of async takes of the time of the best of sync."""

    @property
    def text(self) -> str:
        """Return all of it."""
        return f"{self.lead} {self.further}".rstrip()


def best_choices(analysis: Analysis) -> list[BestChoice]:
    """Return the best choice of each group with rivals; none of a run that is too large to be read group by group."""
    groups = () if analysis.is_large else analysis.groups
    maps = (driver_map(analysis, group) for group in groups)
    return [_choice(analysis, found) for found in maps if found is not None]


def _choice(analysis: Analysis, found: DriverMap) -> BestChoice:
    group = found.group
    place = ", ".join(part for part in (group.scenario.name, labels.parameters(group.used.parameters)) if part)
    lead = f"{place}: On {labels.backend(group.backend)}, {_lead(found)}."
    return BestChoice(lead, " ".join([*_level(found), *_modes(analysis, found)]))


def _lead(found: DriverMap) -> str:
    if found.is_open:
        return f"no choice of {found.rivals} is clearly the fastest"
    cell = found.cells.get(found.leaders[0])
    if cell is None or cell.ratio is None:
        return f"nothing beats {found.reference}, the baseline, of {found.rivals} choices"
    group = found.group
    times = [labels.milliseconds(group.cases[case.id].wall_ns) for case in (cell.case, found.than)]
    measured = f"{labels.interval(cell.ratio)} the time of {found.reference} ({times[0]} against {times[1]} ms)"
    return f"{_name(found.leaders[0])} is the fastest of {found.rivals}: {measured}"


def _level(found: DriverMap) -> Iterator[str]:
    level = found.leaders[1:]
    if level and not found.is_open:
        names = ", ".join(map(_name, level[:MOST_LEVEL]))
        left = len(level) - MOST_LEVEL
        yield f"Level with it: {names}{f' and {left} more' if left > 0 else ''}."


def _modes(analysis: Analysis, found: DriverMap) -> Iterator[str]:
    awaited, blocking = (_fastest(found, mode) for mode in (Mode.ASYNC, Mode.SYNC))
    if awaited and blocking:
        cases = [found.group.result(*choice) for choice in (awaited, blocking)]
        ratio = ratio_of(analysis.run, cases[0].case, cases[1].case) if cases[0] and cases[1] else None
        if ratio is not None:
            said = f"takes {labels.interval(ratio)} the time of the best of sync ({_name(blocking)})"
            yield f"The best of async ({_name(awaited)}) {said}."


def _fastest(found: DriverMap, mode: Mode) -> Choice | None:
    modes = found.group.modes
    rivals = [choice for choice in found.standings if modes[choice[1]] is mode]
    return min(rivals, key=lambda choice: found.standings[choice].estimate, default=None)


def _name(choice: Choice) -> str:
    return " with ".join(choice)
