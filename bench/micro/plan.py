"""Decide what a run measures: the groups of every backend, and the reasons for what is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.core.cases import Case, Group, parameters_id
from bench.core.contract import Scenario
from bench.core.drivers import Driver
from bench.core.errors import UsageError
from bench.core.profiles import Profile
from bench.core.selection import select


@dataclass
class Plan:
    """Everything that one invocation is going to measure."""

    timed: dict[str, list[Case]] = field(default_factory=dict)
    """The cases of every timed group by the group's id, A/A twins last."""
    groups: list[Group] = field(default_factory=list)
    """All groups that are proved and counted; the timed ones are among them."""
    left_out: list[dict[str, str]] = field(default_factory=list)

    def group(self, group_id: str) -> Group:
        """Return the group of that id."""
        return next(group for group in self.groups if group.id == group_id)

    def timed_on(self, backend: str) -> list[str]:
        """Return the ids of the groups that are timed on a backend."""
        return [group_id for group_id in self.timed if self.group(group_id).backend == backend]


def make_plan(
    scenarios: Sequence[Scenario],
    backends: Mapping[str, Sequence[Driver]],
    profile: Profile,
    patterns: Sequence[str] = (),
) -> Plan:
    """Cross scenarios, parameters and backends, and keep what SELECT picks.

    The profile decides which combinations of parameters are timed; a pattern that names one is enough to time it.
    What is timed is proved first. Exact counts need a few operations only, so the other combinations are proved and
    counted too, on the first backend: the number of statements is SQLAlchemy's doing and not the server's.

    Raises:
        UsageError: A pattern matches nothing.
    """
    plan = Plan()
    groups = list(_groups(scenarios, backends, profile.size, plan))
    wanted = set(select(patterns, [case for group in groups for case in group.cases()]))
    picked = [group for group in groups if any(case in wanted for case in group.cases())]
    by_profile = {group.id for group in picked if _in_profile(group, profile.name)}
    named = {group.id for group in picked} if any("/" in pattern for pattern in patterns) else set()
    # A combination that only a pattern names is timed too, but a pattern that spans the profile's keeps to these.
    chosen = (by_profile & named) or named or by_profile
    counted_on = next(iter(backends), None) if profile.counts_everything else None
    plan.groups = [group for group in picked if group.id in chosen or group.backend == counted_on]
    for group in plan.groups:
        if group.id in chosen:
            plan.timed[group.id] = [*_with_baselines(group, wanted), *_twins(group, wanted)]
    if patterns and not plan.timed:
        message = (
            f"profile {profile.name} times none of the cases that {' '.join(patterns)!r} matches; try --profile full"
        )
        raise UsageError(message)
    return plan


def _groups(
    scenarios: Iterable[Scenario], backends: Mapping[str, Sequence[Driver]], size: str, plan: Plan
) -> Iterator[Group]:
    for scenario in scenarios:
        for parameters in scenario.grid("full"):
            reason = scenario.lacks(parameters, scenario.dataset.size(size))
            if reason is not None:
                plan.left_out.append({"what": f"{scenario.name}/{parameters_id(parameters)}", "reason": reason})
                continue
            for backend, drivers in backends.items():
                if drivers:
                    yield Group(scenario, parameters, backend, drivers)


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
