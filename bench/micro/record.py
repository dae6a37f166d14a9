"""Build run.json: what was asked, where it ran, what was proved, and where the time went."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from bench.core.conditions import Conditions
from bench.core.contract import Scenario
from bench.core.doubts import (
    MEMORY_GROWTH,
    STOLEN_TIME,
    growth_doubts,
    machine_doubts,
    pass_doubts,
    with_core_doubts,
)
from bench.core.engines import pool_data
from bench.core.environment import environment
from bench.core.store import FORMAT, RunFolder, now, read_unit, units_of
from bench.core.vitals import Vitals
from bench.measure.eventloops import loop_factory
from bench.measure.proofs import Outcomes, Proof
from bench.micro.description import groups_data, proof_data, scenario_data
from bench.micro.preparation import Prepared
from bench.micro.request import Request


def first_record(request: Request, folder: RunFolder) -> dict[str, Any]:
    """Return what is known before any server is up."""
    described = environment()
    profile = request.profile
    return {
        "format": FORMAT,
        "id": folder.id,
        "command": request.command,
        "request": request.as_data(),
        "started": now(),
        "finished": None,
        "profile": asdict(profile) | {"passes": request.pass_count},
        "seed": request.seed,
        "environment": described | {"loop": loop_factory()[0], "pool": pool_data(Conditions())},
        "wall_s": {},
        "phases_s": {},
        "doubts": [doubt.as_data() for doubt in machine_doubts(described, Vitals.now().load[0])],
        "precision": None,
    }


def planned(
    record: Mapping[str, Any], scenarios: Sequence[Scenario], ready: Prepared, proof: Proof, outcomes: Outcomes
) -> dict[str, Any]:
    """Return what is known once everything is proved and nothing is timed."""
    plan = ready.plan
    names = {group.scenario.name for group in plan.groups}
    return {
        "backends": ready.backends_data(),
        "absent": ready.absent_data(),
        "scenarios": [scenario_data(each, outcomes) for each in scenarios if each.name in names],
        "groups": groups_data(plan),
        **proof_data(proof),
        "left_out": plan.left_out,
        "doubts": with_core_doubts(record, server_here=any(server.is_here for server in ready.measured)),
    }


def finished(record: Mapping[str, Any], folder: RunFolder) -> dict[str, Any]:
    """Return what is known when every unit is complete.

    The time of the measuring processes is split by what they report: warm-up, measuring, and the rest, which is
    starting Python, importing and connecting.
    """
    infos = [_machine_info(folder, name) for name in units_of(record)]
    measuring_s = sum(info["measuring_s"] for info in infos)
    warm_up_s = sum(info["warm_up_s"] for info in infos)
    wall_s: Mapping[str, float] = record["wall_s"]
    processes_s = wall_s.get("processes", 0.0) - measuring_s - warm_up_s
    split = {"processes": processes_s, "warm_up": warm_up_s, "measuring": measuring_s}
    of_passes = [*pass_doubts([info["steal_share"] for info in infos])]
    # The second side's code may be of a time when this was not looked at.
    of_passes += growth_doubts(info.get("growth_bytes", {}) for info in infos)
    found = [doubt.as_data() for doubt in of_passes]
    earlier = [doubt for doubt in record["doubts"] if doubt["code"] not in {STOLEN_TIME, MEMORY_GROWTH}]
    return {
        "phases_s": {name: round(seconds, 3) for name, seconds in {**wall_s, **split}.items()},
        "doubts": [*earlier, *found],
        # Known when the report room has looked at all units.
        "precision": None,
        "finished": now(),
    }


def _machine_info(folder: RunFolder, unit: str) -> dict[str, Any]:
    data = json.loads(read_unit(folder.unit(unit)))
    return dict(data["machine_info"])
