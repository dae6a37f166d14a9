"""Build what a run of load keeps of itself: load.json beside its stages, and run.json as every run has one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bench.core.doubts import machine_doubts
from bench.core.environment import environment, usable_cores
from bench.core.load_pairs import Pair
from bench.core.load_plan import Model
from bench.core.store import FORMAT, RunFolder, now
from bench.core.vitals import Vitals
from bench.load.applications import Applications
from bench.load.request import LoadRequest
from bench.load.stages import FACTOR_USERS

LOAD_FORMAT = 1
"""Version of load.json; history: 1 (2026-11) first."""
PROFILE = "load"
"""What the profile of a run is called that has nothing but load; it ends up in the name of its folder."""


def run_record(request: LoadRequest, folder: RunFolder) -> dict[str, Any]:
    """Return run.json of a run that has nothing but load; groups, cases and units are those of other runs."""
    described = environment()
    profile = {"passes": 0, "measuring_s": 0.0, "rounds": [0, 0], "block_ms": 0.0, "size": request.target.size}
    return {
        "format": FORMAT,
        "id": folder.id,
        "command": request.command,
        "request": request.as_data(),
        "started": now(),
        "finished": None,
        "profile": {"name": PROFILE, **profile, "evidence": True, "counts_everything": False},
        "seed": request.seed,
        "environment": described,
        "backends": [],
        "absent": [],
        "scenarios": [],
        "groups": [],
        "counts": [],
        "failures": [],
        "memory": [],
        "left_out": [],
        "units": [],
        "wall_s": {},
        "phases_s": {},
        "doubts": [doubt.as_data() for doubt in machine_doubts(described, Vitals.now().load[0])],
        "precision": None,
    }


def earlier(file: Path) -> dict[str, Any] | None:
    """Return what an attempt before this one kept of a part of a run; None where there is nothing of use."""
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def failures_of(file: Path) -> list[str]:
    """Return why a part of a run is not complete; nothing where it is, or where the run has no such part."""
    return list((earlier(file) or {"failures": []})["failures"])


def load_record(request: LoadRequest) -> dict[str, Any]:
    """Return load.json as it is before anything was measured."""
    return {
        "format": LOAD_FORMAT,
        "request": request.as_data(),
        "options": _options(request),
        "pairs": [],
        "stages": [],
        "application": {},
        "backend": None,
        "cores": usable_cores(),
        "ceiling_per_s": None,
        "wrk_per_s": None,
        "thresholds": list(request.thresholds),
        "slo": request.slo,
        "knees": [],
        "finished": False,
        "failures": [],
    }


def described(applications: Applications, pairs: list[Pair]) -> dict[str, Any]:
    """Return the parts of load.json that are known once the applications are up."""
    return {
        "pairs": [{"name": pair.name, "sides": [side for side, _ in pair.sides]} for pair in pairs],
        "application": {each.base_url: dict(each.settings) for each in applications.every},
        "backend": None if applications.server is None else applications.server.as_data(),
    }


def backends_of(load: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the backends for run.json; which drivers took part is said of each application."""
    return [] if load["backend"] is None else [load["backend"] | {"drivers": [], "datasets": []}]


def _options(request: LoadRequest) -> dict[str, str | float]:
    """Return what was asked for, and what follows from it, as facts for people."""
    users, rates = _users(request), _rates(request)
    models = {Model.CLOSED: users, Model.OPEN: rates}
    return {
        "models": " and ".join(model for model, levels in models.items() if levels),
        **({"users": users} if users else {}),
        **({"rates": rates, "arrivals": str(request.arrivals)} if rates else {}),
        "rounds": request.rounds,
        "window_s": request.window_s,
        "discard_s": request.discard_s,
        "workers": request.workers,
        "size": request.target.size,
        "seed": request.seed,
    }


def _users(request: LoadRequest) -> str:
    """Return the levels of closed load; nothing where there is none."""
    if Model.CLOSED not in request.models:
        return ""
    usual = ", ".join(map(str, FACTOR_USERS)) if request.factors else "doubled until neither side gains"
    return ", ".join(map(str, request.users)) or usual


def _rates(request: LoadRequest) -> str:
    """Return the levels of open load; nothing where there is none."""
    ways = [", ".join(f"{rate:g}" for rate in request.rates_per_s)] if request.rates_per_s else []
    if request.slo is not None:
        ways.append("searched for the SLO")
    if not ways and Model.OPEN in request.models and not request.factors:
        ways.append("fractions of the slower side's peak")
    return " and ".join(ways)
