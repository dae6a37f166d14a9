"""Build a synthetic results folder: scripted durations with a seed, in the format that a real run writes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import scripted
import stored_machine

from bench.core.cases import Case, parameters_id, without_delay
from bench.core.drivers import DRIVERS, Mode
from bench.core.histograms import Histogram, write_log


@dataclass(frozen=True)
class Plan:
    """What the synthetic run measured."""

    backends: tuple[str, ...] = ("sqlite", "postgresql")
    parameters: dict[str, list[Any]] = field(
        default_factory=lambda: {"relation": ["one-to-many-10", "many-to-one"], "parents": [20, 500]}
    )
    variants: tuple[str, ...] = tuple(scripted.COST)
    scenarios: tuple[str, ...] = ("loading",)
    passes: int = 8
    rounds: int = 6
    seed: int = 5
    noise: float = 0.02
    evidence: bool = True
    skip_units: tuple[str, ...] = ()
    fail: tuple[str, ...] = ()
    """Ends of case ids (`[joined]@postgresql+asyncpg`) that are void."""
    text: str = ""
    """Put into every free text, to try long and hostile strings."""
    bare: tuple[str, ...] = ()
    """Variants whose statements are not heard."""
    conditions: dict[str, dict[str, Any]] = field(default_factory=dict)
    crowd: int = 0
    """Operations in each latency histogram of a unit; 0 for none."""
    weighed: tuple[str, ...] = ()
    """Variants whose memory was weighed."""

    def grid(self, backend: str = "postgresql") -> Iterator[dict[str, Any]]:
        """Yield every combination of the parameters; SQLite has no network to delay."""
        if backend == "sqlite" and "delay_ms" in self.parameters:
            return
        for values in product(*self.parameters.values()):
            yield dict(zip(self.parameters, values, strict=True))

    def groups(self, backend: str) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
        """Yield every timed group of a backend with its parameters."""
        for name, parameters in product(self.scenarios, list(self.grid(backend))):
            yield group(self, name, parameters, backend), parameters


def write(folder: Path, plan: Plan | None = None) -> Path:
    """Write run.json and micro/*.json for the plan, and return the folder."""
    plan = plan or Plan()
    (folder / "micro").mkdir(parents=True)
    (folder / "histograms").mkdir()
    (folder / "run.json").write_text(json.dumps(manifest(plan), indent=1))
    random = np.random.default_rng(plan.seed)
    for number, backend in product(range(1, plan.passes + 1), plan.backends):
        name = f"pass{number:02d}-{backend}"
        data = json.dumps(unit(plan, name, number, backend, random))
        if name not in plan.skip_units:
            (folder / "micro" / f"{name}.json").write_text(data)
            if plan.crowd:
                write_log(folder / "histograms" / f"{name}.hlog", histograms(plan, backend))
    return folder


def manifest(plan: Plan) -> dict[str, Any]:
    """Return the content of run.json."""
    groups = [each for backend in plan.backends for each, _ in plan.groups(backend)]
    cases = [Case(**case) for each in groups for case in each["cases"]]
    return {
        "format": 2,
        "id": "20261121-041500-quick-5f3a",
        "command": "ormbench run --profile quick",
        "started": "2026-11-21T04:15:00Z",
        "finished": "2026-11-21T04:18:41Z",
        "profile": _profile(plan),
        "seed": plan.seed,
        "environment": stored_machine.environment(),
        "backends": [stored_machine.backend_used(label) for label in plan.backends],
        "absent": []
        if "mariadb" in plan.backends
        else [{"kind": "mariadb", "reason": f"no server found{plan.text}", "remedy": "apt install mariadb-server"}],
        "scenarios": [scenario(plan, name) for name in plan.scenarios],
        "groups": groups,
        "counts": [scripted.count(case, plan.bare) for case in cases if not case.twin],
        "failures": [_failure(plan, case) for case in cases if case.id.endswith(plan.fail or ("\0",))],
        "memory": [_weighed(case) for case in cases if case.variant in plan.weighed and not case.twin],
        "left_out": [{"what": "loading/relation=one-to-many-100,parents=1000", "reason": "needs 1000 such users"}],
        "units": [f"pass{n:02d}-{b}" for n in range(1, plan.passes + 1) for b in plan.backends],
        "phases_s": {"servers": 1.9, "seeding": 1.2, "proofs": 5.0, "warm_up": 14.2, "measuring": 160.2},
        "doubts": [
            {
                "code": "shared-cores",
                "grade_cost": 1,
                "text": f"The database shares 2 cores with the benchmark.{plan.text}",
                "remedy": "Give the server cores or a machine of its own (--url).",
            }
        ],
        "precision": None,
    }


def _profile(plan: Plan) -> dict[str, Any]:
    return {
        "name": "quick" if plan.evidence else "smoke",
        "passes": plan.passes,
        "measuring_s": 165.0,
        "rounds": [4, 40],
        "block_ms": 12.0,
        "size": "small",
        "evidence": plan.evidence,
    }


def _failure(plan: Plan, case: Case) -> dict[str, Any]:
    message = f"row 3 differs: (1, 'a') and (1, 'b'){plan.text}"
    return {"case": case.id, "stage": "same answer", "message": message}


def _weighed(case: Case) -> dict[str, Any]:
    lag_ns = 3_000_000 if DRIVERS[case.driver].mode is Mode.ASYNC else None
    return {
        "case": case.as_data(),
        "peak_bytes": 1_000_000 * (40 + round(scripted.cost(case.variant))),
        "worst_lag_ns": lag_ns,
    }


def scenario(plan: Plan, name: str) -> dict[str, Any]:
    """Return a scenario with a claim of each kind."""
    ids = list(dict.fromkeys(without_delay(parameters_id(parameters)) for parameters in plan.grid()))
    return {
        "name": name,
        "question": f"Fetch users with their orders: what does the loading strategy cost?{plan.text}",
        "about": f"A list page of a shop. Says nothing about cold caches.{plan.text}",
        "baseline": plan.variants[0],
        "parameters": plan.parameters,
        "variants": [variant(name, plan.text) for name in plan.variants],
        "claims": [
            {
                "id": "C14",
                "text": f"selectin issues 2 queries{plan.text}",
                "advice": "Count statements, not guesses.",
                "check": {"kind": "statements", "variant": plan.variants[0], "expected": dict.fromkeys(ids, 2)},
            },
            {
                "id": "C102",
                "text": "selectin is 3x faster than joined",
                "advice": "Measure your own fan-out.",
                "check": {"kind": "faster", "variant": "selectin", "than": "joined", "times": 3.0, "where": ids},
            },
            {
                "id": "C19",
                "text": "unique() is needed with collection joinedload",
                "advice": "Call unique().",
                "check": {
                    "kind": "raises",
                    "exception": "InvalidRequestError",
                    "outcomes": {
                        f"{label}+{name}": "InvalidRequestError"
                        for label in plan.backends
                        for name, *_ in scripted.DRIVERS[label]
                    },
                },
            },
        ],
    }


def variant(name: str, text: str) -> dict[str, Any]:
    """Return a variant with the source of both twins."""
    body = f"def {name.replace('-', '_')}(db, page):\n    with db.session() as session:\n        return fold(){text}\n"
    return {
        "name": name,
        "label": f"Entities; {name} brings the orders.{text}",
        "answers": "users without orders" if name == "raiseload" else "the full answer",
        "divergence": f"lazy loading needs run_sync in async{text}" if name == "select" else None,
        "source": body,
        "source_async": f"async {body}".replace("with", "async with"),
    }


def group(plan: Plan, name: str, parameters: dict[str, Any], backend: str) -> dict[str, Any]:
    """Return a timed group with the A/A twin of each driver."""
    pid = parameters_id(parameters)
    names = [driver for driver, *_ in scripted.DRIVERS[backend]]
    cases = [Case(name, pid, variant, backend, driver) for variant in plan.variants for driver in names]
    cases += [Case(name, pid, plan.variants[0], backend, driver, twin=True) for driver in names]
    return {
        "id": f"{name}/{pid}@{backend}",
        "scenario": name,
        "parameters": parameters,
        "backend": backend,
        "baseline": plan.variants[0],
        "cases": [case.as_data() for case in cases],
        "conditions": plan.conditions,
    }


def histograms(plan: Plan, backend: str) -> dict[str, Histogram]:
    """Return latencies of 1, 2, 3... microseconds, waits of 10 and lags of 20 for every case."""
    found = {}
    for each, _ in plan.groups(backend):
        for data in each["cases"]:
            for name, values_us in (("latency", range(1, plan.crowd + 1)), ("wait", [10]), ("lag", [20])):
                histogram = found[f"{name} {Case(**data).id}"] = Histogram()
                histogram.record([value_us * 1000 for value_us in values_us] * (1 if name == "latency" else plan.crowd))
    return found


def unit(plan: Plan, name: str, number: int, backend: str, random: np.random.Generator) -> dict[str, Any]:
    """Return one pytest-benchmark JSON, with blocks drawn around the scripted costs."""
    entries = []
    for each, parameters in plan.groups(backend):
        weather = random.normal(0, plan.noise, plan.rounds)
        for data in each["cases"]:
            case = Case(**data)
            if plan.fail and case.id.endswith(plan.fail):
                continue
            drift = random.normal(0, plan.noise / 3) + weather + random.normal(0, plan.noise, plan.rounds)
            elapsed = scripted.time_ns(case, parameters) * np.exp(drift) * 12
            entries.append(entry(case, elapsed))
    return {
        "machine_info": {
            "unit": name,
            "pass": number,
            "backend": backend,
            "hash_seed": number,
            "order_seed": number,
            "loop": "uvloop 0.22.1",
            "delays": scripted.delays(backend, plan.parameters.get("delay_ms", [])),
            "overhead_ns": {"sync": 141.0, "async": 183.0, "hand_sync": 120.0, "hand_async": 160.0},
            "load_before": [0.4, 0.3, 0.2],
            "load_after": [1.4, 0.6, 0.3],
            "steal_share": 0.001,
            "warm_up_s": 0.8,
            "measuring_s": 9.9,
        },
        "benchmarks": entries,
    }


def entry(case: Case, elapsed: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Return one entry of `benchmarks`."""
    return {
        "name": case.id,
        "group": case.group,
        "stats": {"data": [value / 12 / 1e9 for value in elapsed]},
        "extra_info": {
            "case": case.as_data(),
            "inner": 12,
            "elapsed_ns": [round(value) for value in elapsed],
            "cpu_ns": [round(value * 0.8) for value in elapsed],
            "position": list(range(len(elapsed))),
            "server_ns": elapsed[0] / 40 if case.backend == "postgresql" else None,
            "warm_up_ns": [round(elapsed[0] / 4), round(elapsed[0] / 12)],
        },
    }
