"""Build a synthetic run with load: scripted windows of a pair on both sides, in the format that a real run writes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import stored
import stored_machine

from bench.core.load_plan import Model, Stage, Subject, Window
from tests.load.scripted_load import BEGAN, Script, side, write_stage

CAPACITY = {"sync": 400.0, "async": 460.0}
"""Requests per second at which a side is saturated."""
ALONE_MS = 6.0
"""Service time of a request that nothing waits for."""
KNEE_S = 6.0
"""Long enough for a p99 at the lowest rate of the search."""
HOST = "http://127.0.0.1:8000"
NAMES = ("GET /users", "GET /users/{user_id}", "POST /orders")
SHARES = (0.6, 0.3, 0.1)


@dataclass(frozen=True)
class LoadPlan:
    """What the synthetic load was."""

    pairs: tuple[str, ...] = ("Shopper",)
    users: tuple[int, ...] = (1, 2, 4, 8, 16)
    rates: tuple[float, ...] = (100.0, 200.0, 300.0)
    rounds: int = 4
    settings: tuple[Mapping[str, str | float], ...] = ()
    """Of a factor stage; none is there where it is empty."""
    knee: bool = True
    noise: float = 0.01
    measure_s: float = 3.0
    text: str = ""
    """Put into every free text."""
    cpu: float = 0.4
    errors: float = 0.0
    """Share of requests that fail, on the async side."""
    lost: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    """Stages that were planned and are not there."""
    vitals: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)
    """Of load.json, instead of what would stand there."""


SMALL: dict[str, Any] = {"users": (2, 8), "rates": (150.0,), "rounds": 3, "knee": False, "vitals": False}
"""A run with load that is made quickly."""


def write(folder: Path, plan: LoadPlan | None = None, micro: stored.Plan | None = None) -> Path:
    """Write a run with a load part into the folder, with a micro part where there is a plan for one."""
    plan = plan or LoadPlan()
    if micro is None:
        folder.mkdir(parents=True)
        (folder / "run.json").write_text(json.dumps(manifest()), encoding="utf-8")
    else:
        stored.write(folder, micro)
    random = np.random.default_rng(7)
    (folder / "load").mkdir()
    for name in stages(plan):
        if name not in plan.skip:
            _write_stage(folder / "load" / name, name, plan, random)
    (folder / "load" / "load.json").write_text(json.dumps(load_manifest(plan)), encoding="utf-8")
    return folder


def stages(plan: LoadPlan) -> list[str]:
    """Return the stages that were planned, each with the name of its purpose."""
    return ["sweep", "open", *(["knee"] if plan.knee else []), *(["factor"] if plan.settings else [])]


def manifest() -> dict[str, Any]:
    """Return the run.json of a run with load alone."""
    micro = stored.manifest(stored.Plan(backends=(), parameters={}))
    profile = {"name": "load", "passes": 0, "measuring_s": 0, "rounds": [0, 0], "block_ms": 0, "size": "small"}
    return micro | {
        "id": "20261121-051500-load-71c2",
        "command": "ormbench load Shopper --slo p99<100ms",
        "profile": profile | {"evidence": True},
        "backends": [stored_machine.backend_used("postgresql")],
        "absent": [],
        "scenarios": [],
        "left_out": [],
        "units": [],
        "phases_s": {"servers": 2.0, "load": 150.0},
        "doubts": [],
    }


def load_manifest(plan: LoadPlan) -> dict[str, Any]:
    """Return the content of load.json."""
    return {
        "format": 1,
        "options": {"seed": 7, "rounds": plan.rounds, "window_s": plan.measure_s, "discard_s": 1, "note": plan.text},
        "pairs": [{"name": name, "sides": ["sync", "async"]} for name in plan.pairs],
        "stages": [{"name": name, "purpose": name} for name in stages(plan)],
        "application": {HOST: {"pool_size": 5, "max_overflow": 10, "threads": 40}},
        "backend": {"label": "postgresql", "kind": "postgresql", "version": "18.6", "origin": "private"},
        "cores": 2,
        "ceiling_per_s": 3200.0,
        "wrk_per_s": 5900.0,
        "thresholds": [],
        "slo": "p99<100ms",
        "finished": True,
        "failures": [],
    } | dict(plan.more)


def _write_stage(folder: Path, name: str, plan: LoadPlan, random: np.random.Generator) -> None:
    subjects = tuple(subject for pair in plan.pairs for subject in _subjects(pair, name, plan))
    levels: Sequence[tuple[Model, float]] = {
        "sweep": [(Model.CLOSED, users) for users in plan.users],
        "open": [(Model.OPEN, rate) for rate in plan.rates],
        "knee": [(Model.OPEN, rate) for rate in (230.0, 330.0, 390.0, 350.0)],
        "factor": [(Model.CLOSED, plan.users[-1])],
    }[name]
    windows: list[Window] = []
    measure_s = KNEE_S if name == "knee" else plan.measure_s
    for number in range(plan.rounds):
        for model, level in levels:
            for index in random.permutation(len(subjects)):
                size = {"users": int(level)} if model is Model.CLOSED else {"rate_per_s": level}
                place = {"number": len(windows), "round": number, "subject": subjects[index].id}
                windows.append(Window(model=model, measure_s=measure_s, **place, **size))
    stage = Stage(name=name, subjects=subjects, windows=tuple(windows))
    scripts = {each.number: _script(each, stage.subject(each.subject), plan, random) for each in windows}
    write_stage(folder, stage, scripts, list(_vitals(stage)) if plan.vitals else ())


def _subjects(pair: str, stage: str, plan: LoadPlan) -> list[Subject]:
    settings = plan.settings if stage == "factor" else ({},)
    found = [
        side(name, pair, id=f"{pair}:{name}:{number}", setting=dict(setting))
        for number, setting in enumerate(settings)
        for name in CAPACITY
    ]
    first = found[0]
    if stage == "knee":
        return found
    return [*found, side("sync", pair, id=f"{first.id}~twin", twin_of=first.id, setting=dict(first.setting))]


def _script(window: Window, subject: Subject, plan: LoadPlan, random: np.random.Generator) -> Script:
    capacity = CAPACITY[subject.side] * _factor(subject) * float(np.exp(random.normal(0, plan.noise)))
    if window.model is Model.CLOSED:
        per_s = capacity * window.users / (window.users + capacity * ALONE_MS / 1000)
        service_ms = window.users / per_s * 1000
        wait_ms = 0.0
    else:
        per_s = min(window.rate_per_s, capacity)
        busy = min(window.rate_per_s / capacity, 0.98)
        service_ms, wait_ms = ALONE_MS, ALONE_MS * busy / (1 - busy)
    requests = int(per_s * window.measure_s)
    service = service_ms * np.exp(random.normal(0, 0.35, 400))
    response = service + random.exponential(wait_ms or 1e-3, 400)
    failed = int(requests * plan.errors) if subject.side == "async" else 0
    ok = {name: int((requests - failed) * share) for name, share in zip(NAMES, SHARES, strict=True)}
    return Script(
        ok=ok,
        errors={NAMES[0]: {"503": failed}} if failed else {},
        service_ms=service.tolist(),
        response_ms=response.tolist() if window.model is Model.OPEN else None,
        cpu=plan.cpu,
        dropped=max(0, int((window.rate_per_s - capacity) * window.measure_s)),
        late=int(0.005 * requests),
        lost=plan.lost if window.number == 0 else (),
    )


def _factor(subject: Subject) -> float:
    """Return what a larger pool brings."""
    size = subject.setting.get("pool size", 5)
    return 1.0 if not isinstance(size, float | int) or size <= 5 else 1.15


def _vitals(stage: Stage) -> Iterator[dict[str, Any]]:
    """Yield processor shares, pools and lags of the event loop for each second of a stage."""
    time = BEGAN
    for each in stage.windows:
        busy = min(1.0, each.level / 16)
        cpu = {"app": 0.9 * busy, "database": 0.3 * busy, "generator": 0.35}
        for second in range(int(each.discard_s + each.measure_s + 1)):
            pool = {"size": 5, "checked_out": round(10 * busy), "overflow": 0, "waiting": second % 3}
            threads = {"total": 40, "borrowed": 3, "waiting": second % 2}
            answer = {"pools": {"sync": pool, "async": pool}, "threads": threads}
            worst_ms = (60 if stage.subject(each.subject).side == "async" else 12) * busy
            lags_ms = [0.0, *[worst_ms / 4] * 14, worst_ms]
            interval_ms = (1_000 - sum(lags_ms)) / len(lags_ms)
            lag = {"process": 7, "interval_ms": interval_ms, "until": time + second, "lags_ms": lags_ms}
            yield {"time": time + second, "load1": 1.4, "cpu": cpu, "pools": {HOST: answer}, "loops": {HOST: lag}}
        time += each.discard_s + each.measure_s + 1
