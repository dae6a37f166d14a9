"""Decide what a run measures: the groups of every backend, and the reasons for what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from bench.core.cases import Case, Group, parameters_id
from bench.core.contract import Scenario
from bench.core.dataset import Dataset
from bench.core.drivers import Driver
from bench.core.errors import UsageError
from bench.core.profiles import Profile
from bench.core.selection import matches, select


class Backend(NamedTuple):
    """A backend that groups are crossed with."""

    kind: str
    drivers: Sequence[Driver]
    most_connections: int | None = None
    """How many the server allows at a time; None for a library."""


SPARE_CONNECTIONS = 20
"""Left for the steward, for the plain connection of each driver, and for a server's administrator."""


@dataclass
class _Impossible:
    """What makes no sense on these data or cannot run on these backends, once for each reason."""

    _found: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, scenario: Scenario, what: str, reason: str) -> None:
        if (scenario.name, what, reason) not in self._found:
            self._found.append((scenario.name, what, reason))

    def refuse(self, patterns: Sequence[str], groups: Sequence[Group]) -> None:
        """Refuse the name of a scenario of which nothing is possible, with the first reason.

        Raises:
            UsageError: A pattern is such a name.
        """
        possible = {group.scenario.name for group in groups}
        for scenario, what, reason in self._found:
            if scenario in patterns and scenario not in possible:
                message = f"nothing of {scenario!r} can run here: {what}: {reason}"
                raise UsageError(message)

    def among(self, scenarios: Collection[str]) -> Iterator[dict[str, str]]:
        """Yield what concerns scenarios of these names."""
        for scenario, what, reason in self._found:
            if scenario in scenarios:
                yield {"what": what, "reason": reason}


@dataclass
class Plan:
    """Everything that one invocation is going to measure."""

    timed: dict[str, list[Case]] = field(default_factory=dict)
    """The cases of every timed group by the group's id, A/A twins last."""
    groups: list[Group] = field(default_factory=list)
    """All groups that are proved and counted."""
    delayed: list[tuple[Group, Group]] = field(default_factory=list)
    """Every group that is timed under a network delay, beside the same group without: what is proved of one holds for
    the other."""
    weighed: list[Group] = field(default_factory=list)
    """The groups whose operations are weighed, each alone: of these also the ones that are too long to be timed."""
    left_out: list[dict[str, str]] = field(default_factory=list)

    @cached_property
    def by_id(self) -> dict[str, Group]:
        """Return the groups by their ids, the delayed ones among them."""
        return {group.id: group for group in [*self.groups, *(copy for copy, _ in self.delayed)]}

    @cached_property
    def proved_well(self) -> set[str]:
        """Return the ids of the groups that are proved with several keys, because they are timed."""
        return {original.id for _, original in self.delayed} | set(self.timed)

    def timed_on(self, backend: str) -> list[Group]:
        """Return the groups that are timed on a backend."""
        return [group for group_id in self.timed if (group := self.by_id[group_id]).backend == backend]

    def datasets_on(self, backend: str) -> list[Dataset]:
        """Return the datasets that the groups of a backend read and write."""
        scenarios = [group.scenario for group in [*self.groups, *self.weighed] if group.backend == backend]
        return list({scenario.dataset.name: scenario.dataset for scenario in scenarios}.values())


def make_plan(
    scenarios: Sequence[Scenario],
    backends: Mapping[str, Backend],
    profile: Profile,
    patterns: Sequence[str] = (),
    delays_ms: Sequence[float] = (),
) -> Plan:
    """Cross scenarios, parameters and backends, and keep what SELECT picks.

    The profile decides which combinations of parameters are timed; a pattern that names one is enough to time it.
    What is timed is proved first. Exact counts need one operation only, so the other combinations are proved and
    counted too, on the first driver of the first backend: the number of statements is SQLAlchemy's doing, not the
    server's. Of a scenario that the profile does not time, nothing is counted either, and what is weighed is not.

    With network delays every timed group is timed once under each of them, in place of the direct way.

    Raises:
        UsageError: A pattern matches nothing, or nothing that is timed has a network to delay.
    """
    plan, impossible = Plan(), _Impossible()
    groups = list(_groups(scenarios, backends, profile.size, impossible))
    impossible.refuse(patterns, groups)
    wanted = set(select(patterns, [case for group in groups for case in group.cases()]))
    picked = [group for group in groups if any(case in wanted for case in group.cases())]
    timed = _timed(picked, profile.name, patterns)
    rest = _beside(timed, picked) if profile.counts_everything else []
    plan.groups = timed + _counted(rest, next(iter(backends), None))
    plan.weighed = [group for group in timed + rest if group.scenario.weighs_memory]
    plan.left_out += impossible.among({group.scenario.name for group in plan.groups})
    for group in timed:
        _time(group, wanted, delays_ms, plan)
    if timed and not plan.timed:
        message = "--delay needs a server and there is only SQLite: add --backend postgresql or mariadb, or --url"
        raise UsageError(message)
    if patterns and not plan.timed:
        message = (
            f"profile {profile.name} times none of the cases that {' '.join(patterns)!r} matches; try --profile full"
        )
        raise UsageError(message)
    return plan


def _timed(picked: Sequence[Group], profile: str, patterns: Sequence[str]) -> list[Group]:
    """Return the groups that are timed: those of the profile, and what only a pattern names.

    Each pattern is taken by itself: one that spans some of the profile's keeps to these, whatever the others name.
    """
    by_profile = {group.id for group in picked if _in_profile(group, profile)}
    chosen = set() if patterns else by_profile
    for pattern in patterns:
        named = {group.id for group in picked if any(matches(pattern, case) for case in group.cases())}
        chosen |= (by_profile & named) or (named if "/" in pattern else set())
    return [group for group in picked if group.id in chosen]


def _beside(timed: Sequence[Group], picked: Sequence[Group]) -> list[Group]:
    """Return the other combinations of the scenarios that are timed."""
    names, ids = {group.scenario.name for group in timed}, {group.id for group in timed}
    return [group for group in picked if group.scenario.name in names and group.id not in ids]


def _counted(groups: Sequence[Group], backend: str | None) -> list[Group]:
    """Return what is proved and counted without being timed: on one driver, and nothing too long to be performed."""
    return [
        replace(group, drivers=group.drivers[:1])
        for group in groups
        if group.backend == backend and not group.scenario.weighs_memory
    ]


def _time(group: Group, wanted: set[Case], delays_ms: Sequence[float], plan: Plan) -> None:
    """Add a group to the timed ones: as it is, or once for each network delay."""
    if delays_ms and group.kind == "sqlite":
        plan.left_out.append({"what": group.id, "reason": "SQLite is a library: there is no network to delay"})
        return
    cases = [*_with_baselines(group, wanted), *_twins(group, wanted)]
    for delay_ms in delays_ms or (None,):
        delayed = replace(group, delay_ms=delay_ms)
        plan.timed[delayed.id] = [delayed.case(case.variant, case.driver, twin=case.twin) for case in cases]
        if delay_ms is not None:
            plan.delayed.append((delayed, group))


def _groups(
    scenarios: Iterable[Scenario],
    backends: Mapping[str, Backend],
    size: str,
    impossible: _Impossible,
) -> Iterator[Group]:
    for scenario in scenarios:
        tried: list[Group] = []
        for parameters in scenario.combinations():
            reason = scenario.lacks(parameters, scenario.dataset.size(size))
            if reason is not None:
                impossible.add(scenario, f"{scenario.name}/{parameters_id(parameters)}", reason)
                continue
            for label, backend in backends.items():
                group = Group(scenario, parameters, label, backend.kind, backend.drivers)
                reason = _too_many_connections(group, backend.most_connections)
                if reason is not None:
                    impossible.add(scenario, group.id, reason)
                    continue
                tried.append(group)
                if any(True for _ in group.cases()):
                    yield group
        for what, reason in _hindrances(tried):
            impossible.add(scenario, what, reason)


def _too_many_connections(group: Group, allowed: int | None) -> str | None:
    needed = group.most_connections + SPARE_CONNECTIONS
    if allowed is None or needed <= allowed:
        return None
    return f"its pools need up to {needed} connections at a time, the server allows {allowed} (max_connections)"


def _hindrances(groups: Sequence[Group]) -> Iterator[tuple[str, str]]:
    """Yield what cannot run of the groups of a scenario, drivers with the same reason together.

    The parameters are named where the variant runs under others.
    """
    found: dict[tuple[str, str, str, str], list[str]] = {}
    for group in groups:
        for variant in group.scenario.variants:
            reasons: dict[str, list[str]] = {}
            for driver in group.drivers:
                reason = group.hindrance(variant.name, driver)
                if reason is not None:
                    reasons.setdefault(reason, []).append(driver.name)
            for reason, drivers in reasons.items():
                key = variant.name, group.backend, ", ".join(drivers), reason
                found.setdefault(key, []).append(parameters_id(group.parameters))
    tried = Counter(group.backend for group in groups)
    for (variant_name, backend, names, reason), parameters in found.items():
        where = f"/{'; '.join(parameters)}" if len(parameters) < tried[backend] else ""
        yield f"{groups[0].scenario.name}{where} [{variant_name}] on {backend} ({names})", reason


def _in_profile(group: Group, profile: str) -> bool:
    chosen: list[dict[str, Any]] = [dict(parameters) for parameters in group.scenario.grid(profile)]
    return dict(group.parameters) in chosen


def _with_baselines(group: Group, wanted: set[Case]) -> list[Case]:
    """Return the wanted cases and the baseline on each of their drivers: without it there is no ratio."""
    drivers = {case.driver for case in group.cases() if case in wanted}
    return [
        case
        for case in group.cases()
        if case in wanted or (case.variant == group.scenario.baseline and case.driver in drivers)
    ]


def _twins(group: Group, wanted: set[Case]) -> list[Case]:
    drivers = {case.driver for case in group.cases() if case in wanted}
    return [twin for twin in group.twins() if twin.driver in drivers]
