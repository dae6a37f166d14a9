"""Refuse to go on with a run where its units would be of two machines or of two programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.core.contract import Scenario
from bench.core.environment import comparable_part, environment
from bench.core.errors import UsageError
from bench.micro.description import sources

_SOURCES = ("source", "source_async")


def refuse_other_environment(run_id: str, began_on: dict[str, Any]) -> None:
    """Refuse a machine or a version that is not what the run began with.

    Raises:
        UsageError: There is one.
    """
    old, new = comparable_part(began_on), comparable_part(environment())
    changed = sorted(key for key in old if old[key] != new[key])
    if changed:
        message = f"run {run_id} began on another environment ({', '.join(changed)} changed); start a new run"
        raise UsageError(message)


def refuse_other_program(run_id: str, described: Sequence[Mapping[str, Any]], scenarios: Sequence[Scenario]) -> None:
    """Refuse variants whose bodies are not what the run began with: one case id would stand for two programs.

    Raises:
        UsageError: A body was changed since, or a scenario is not there any more.
    """
    known = {scenario.name: scenario for scenario in scenarios}
    for each in described:
        before = {variant["name"]: tuple(variant[source] for source in _SOURCES) for variant in each["variants"]}
        scenario = known.get(each["name"])
        now = {} if scenario is None else {variant.name: sources(variant) for variant in scenario.variants}
        changed = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
        if changed:
            what = f"{each['name']}: {', '.join(changed)}" if scenario else each["name"]
            message = f"run {run_id} began with another scenario {what}; put back what it was, or start a new run"
            raise UsageError(message)
