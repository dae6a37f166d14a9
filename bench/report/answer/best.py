"""The best choice of each group in a few sentences: over the usual one, who is not behind it, and when it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.core.drivers import Mode
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.answer.rules import rule
from bench.report.answer.sentences import between_modes
from bench.report.findings.analysis import Analysis, ratio_of
from bench.report.findings.driver_map import Choice, DriverMap, driver_map
from bench.report.findings.standings import BESIDE, NOT_TOLD_APART

HEADING = "The best choice"
NOTE = (
    "Every driver with every variant that gives the full answer, over the baseline on the first driver. "
    f"{BESIDE} Choice and ratio come from the same blocks, which flatters a narrow lead: "
    "who is not behind may be as good a choice."
)
MOST_BESIDE = 3
"""Choices that are named as equivalent to the best, and again those that are not told apart from it."""
MOST_CHANGES = 2
"""Choices that are named as the best under other parameters."""


@dataclass(frozen=True)
class BestChoice:
    """What to take in one group; names stand in backticks."""

    group: str
    """The id of the group."""
    lead: str
    """The question with its parameters, and the fastest choice, over the usual one."""
    further: str
    """Who is not behind it, when another one is best, and the best of async over the best of sync."""

    @property
    def text(self) -> str:
        """Return all of it."""
        return f"{self.lead} {self.further}".rstrip()


def best_choices(analysis: Analysis) -> list[BestChoice]:
    """Return the best choice of each group with rivals; none of a run that is too large to be read group by group.

    Where layers are compared there is nothing to choose: the fastest is the one that does the least.
    """
    groups = [group for group in analysis.groups if not (analysis.is_large or group.scenario.compares_layers)]
    maps = [found for group in groups if (found := driver_map(analysis, group))]
    return [_choice(analysis, found, [each for each in maps if _question(each) == _question(found)]) for found in maps]


def _question(found: DriverMap) -> tuple[str, str]:
    """Return what groups that differ in their parameters alone have in common: scenario and backend."""
    return found.group.scenario.name, found.group.backend.label


def _choice(analysis: Analysis, found: DriverMap, alike: Sequence[DriverMap]) -> BestChoice:
    group = found.group
    parameters = f" ({labels.parameters(group.used.parameters)})" if group.used.parameters else ""
    lead = f"{labels.code(group.scenario.name)}{parameters} on {labels.backend(group.backend)}: {_lead(found)}."
    further = " ".join([*_beside(found), *_changes(found, alike), *_modes(analysis, found)])
    return BestChoice(group.used.id, lead, further)


def _lead(found: DriverMap) -> str:
    if found.is_open:
        return f"no choice of {found.rivals} is clearly the fastest ({found.beside} beside {_name(found.fastest)})"
    cell, usual = found.cells.get(found.fastest), _name((found.than.variant, found.than.driver))
    others = f" ({found.beside})" if found.beside else ""
    if cell is None or cell.ratio is None:
        return f"nothing beats {usual}, the baseline, of {found.rivals} choices{others}"
    times = [labels.milliseconds(found.group.cases[case.id].wall_ns) for case in (cell.case, found.than)]
    rests_on = f"{times[0]} against {times[1]} ms, {labels.plural(cell.ratio.passes, 'pass')}"
    measured = f"{labels.interval(cell.ratio)} the time of {usual} ({rests_on})"
    said = "is the fastest" if found.is_shown else "took the least time"
    return f"{_name(found.fastest)} {said} of {found.rivals}{others}, {measured}"


def _beside(found: DriverMap) -> Iterator[str]:
    """Yield who is equivalent to the fastest, and who is not told apart from it."""
    if found.is_open:
        return
    for word, ending in ((Verdict.EQUIVALENT, "to"), (Verdict.INCONCLUSIVE, "from")):
        names = [_name(each) for each, said in found.leaders.items() if said is word and each != found.fastest]
        if names:
            head = NOT_TOLD_APART if word is Verdict.INCONCLUSIVE else word
            yield f"{head.capitalize()} {ending} it: {labels.joined(names, most=MOST_BESIDE)}."


def _changes(found: DriverMap, alike: Sequence[DriverMap]) -> Iterator[str]:
    """Yield under which parameters of the same question another choice is best: there, this one is behind."""
    if found.is_open or len(alike) == 1:
        return
    best = found.fastest
    beaten = [each for each in alike if not each.is_open and best not in each.leaders]
    changes = Counter(each.fastest for each in beaten)
    said = [_change(other, beaten, alike) for other, _ in changes.most_common(MOST_CHANGES)]
    if left := len(changes) - len(said):
        said.append(f"elsewhere to {left} more")
    if said:
        yield f"Changes {'; '.join(said)}."
    else:
        yield f"It is the best or not behind the best under all {len(alike)} sets of parameters."


def _change(other: Choice, beaten: Sequence[DriverMap], alike: Sequence[DriverMap]) -> str:
    inside = [each.group.used.parameters for each in beaten if each.fastest == other]
    words = rule(inside, [each.group.used.parameters for each in alike if each.group.used.parameters not in inside])
    return f"{f'with {words}' if words else f'in {len(inside)} of {len(alike)}'} to {_name(other)}"


def _modes(analysis: Analysis, found: DriverMap) -> Iterator[str]:
    awaited, blocking = (_fastest(found, mode) for mode in (Mode.ASYNC, Mode.SYNC))
    if awaited and blocking:
        cases = [found.group.result(*choice) for choice in (awaited, blocking)]
        ratio = ratio_of(analysis.run, cases[0].case, cases[1].case) if cases[0] and cases[1] else None
        if ratio is not None:
            said = f"takes {labels.interval(ratio)} the time of the best of sync ({_name(blocking)})"
            yield f"The best of async ({_name(awaited)}) {said}{between_modes(awaited[1], blocking[1])}."


def _fastest(found: DriverMap, mode: Mode) -> Choice | None:
    modes = found.group.modes
    rivals = [choice for choice in found.standings if modes[choice[1]] is mode]
    return min(rivals, key=lambda choice: found.standings[choice], default=None)


def _name(choice: Choice) -> str:
    return " with ".join(map(labels.code, choice))
