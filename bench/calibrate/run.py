"""Carry out a calibration: the harness on 210 groups, plain pytest-benchmark on some of them, and the scores."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from bench.calibrate import plain, scenario
from bench.calibrate.judgement import Estimate, score
from bench.calibrate.samples import interleaved_estimates, plain_estimates, read_samples
from bench.core.discovery import discover
from bench.core.profiles import PROFILES, Profile
from bench.core.store import RunFolder, create_run, write_json
from bench.micro.preparation import Prepared, prepared
from bench.micro.process import measure_in_process
from bench.micro.request import Request
from bench.micro.run import start
from bench.micro.stopwatch import Stopwatch
from bench.micro.unit import Unit
from bench.micro.watch import Watch

SCENARIO_FILE = Path(scenario.__file__)
PLAIN_SLOTS = 24
"""Groups per backend for the plain way: each of its tests takes a second."""
DRIVERS = ("pysqlite", "aiosqlite", "psycopg", "psycopg_async", "pymysql", "aiomysql")
"""One library per backend in both modes."""
QUICK_ROUNDS = 15
"""About what a group of the quick profile gets in one pass, where one operation is in flight."""
PLAIN_FRONT_END = ("-p", plain.__name__, "-c", "/dev/null", str(SCENARIO_FILE.with_name("test_plain.py")))


def calibration_profile() -> Profile:
    """Return the quick profile with its rounds held fixed, whatever the number of groups."""
    rounds = (QUICK_ROUNDS, QUICK_ROUNDS)
    return replace(PROFILES["quick"], name="calibration", rounds=rounds, measuring_s=3600.0)


def calibrate(results: Path, published: Path, watch: Watch) -> Path:
    """Measure, judge, and return the file with the scores.

    Raises:
        OrmbenchError: A server or a measuring process died.
    """
    request = Request(files=(SCENARIO_FILE,), profile=calibration_profile(), drivers=DRIVERS)
    folder = start(request, results, watch)
    plain_folder = _measure_plain(request, results, watch)
    published.mkdir(parents=True, exist_ok=True)
    judged = _judge(folder, plain_folder)
    write_json(published / "calibration.json", judged)
    write_json(published / "blocks.json", _blocks(folder))
    return published / "calibration.json"


def _measure_plain(request: Request, results: Path, watch: Watch) -> RunFolder:
    folder = create_run(results, "plain")
    scenarios = discover(request.files)
    with prepared(scenarios, request, Stopwatch(), watch) as ready:
        for backend in ready.routes:
            watch.phase(f"Plain pytest-benchmark on {backend}")
            measure_in_process(_plain_unit(request, ready, backend), folder, watch.event, PLAIN_FRONT_END)
    return folder


def _plain_unit(request: Request, ready: Prepared, backend: str) -> Unit:
    groups = ready.plan.timed_on(backend)[:PLAIN_SLOTS]
    cases = {group.id: ready.plan.timed[group.id] for group in groups}
    return Unit(
        pass_number=1,
        backend=backend,
        seed=request.seed,
        budget_s=2.0 * sum(len(each) for each in cases.values()),
        rounds=request.profile.rounds,
        block_ms=request.profile.block_ms,
        size=request.profile.size,
        files=[str(SCENARIO_FILE)],
        groups=[(group.scenario.name, group.parameters, None, cases[group.id]) for group in groups],
        routes=ready.routes[backend],
    )


def _judge(folder: RunFolder, plain_folder: RunFolder) -> dict[str, Any]:
    record = folder.read()
    ours = list(interleaved_estimates(read_samples(folder.micro.glob("*.json"))))
    usual = list(plain_estimates(read_samples(plain_folder.micro.glob("*.json"))))
    return {
        "run": folder.id,
        "started": record["started"],
        "environment": record["environment"],
        "backends": [{key: each[key] for key in ("label", "version", "settings")} for each in record["backends"]],
        "settings": record["profile"],
        "overhead": _overhead(folder),
        "harness": _scores(ours),
        "plain_pytest_benchmark": _scores(usual),
        "harness_estimates": _estimates_data(ours),
        "plain_estimates": _estimates_data(usual),
    }


def _overhead(folder: RunFolder) -> dict[str, Any]:
    """Return the harness's cost per empty operation beside a hand-written loop's, and the time of a get by key."""
    files = [json.loads(file.read_text(encoding="utf-8")) for file in sorted(folder.micro.glob("*.json"))]
    costs = [file["machine_info"]["overhead_ns"] for file in files]
    gets: dict[str, list[float]] = {}
    for file in files:
        for entry in file["benchmarks"]:
            case = entry["extra_info"]["case"]
            if case["variant"] == "get":
                gets.setdefault(f"{case['backend']}+{case['driver']}", []).append(entry["stats"]["median"] * 1e9)
    return {
        "empty_operation_ns": {name: round(median(cost[name] for cost in costs), 1) for name in costs[0]},
        "get_by_key_ns": {place: round(median(times_ns)) for place, times_ns in sorted(gets.items())},
    }


def _scores(pairs: Sequence[tuple[Estimate, Estimate]]) -> dict[str, Any]:
    def of(chosen: Sequence[tuple[Estimate, Estimate]]) -> dict[str, Any]:
        return score([twin for twin, _ in chosen], [slowed for _, slowed in chosen]).as_data()

    places = sorted({f"{_backend(twin)}+{twin.driver}" for twin, _ in pairs})
    return {
        "groups": len({twin.group for twin, _ in pairs}),
        **of(pairs),
        "by_driver": {
            place: of([pair for pair in pairs if f"{_backend(pair[0])}+{pair[0].driver}" == place]) for place in places
        },
    }


def _backend(estimate: Estimate) -> str:
    return estimate.group.rpartition("@")[2]


def _estimates_data(pairs: Sequence[tuple[Estimate, Estimate]]) -> list[list[Any]]:
    """Return rows of group, driver, and ratio with interval for the A/A twin and for the slowed variant."""
    return [
        [twin.group, twin.driver, *(round(value, 5) for each in (twin, slowed) for value in _numbers(each))]
        for twin, slowed in pairs
    ]


def _numbers(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.ratio, estimate.interval.low, estimate.interval.high


def _blocks(folder: RunFolder) -> dict[str, dict[str, list[list[int]]]]:
    """Return the raw blocks in little space: ns per operation, by unit and case."""
    return {
        file.stem: {
            entry["name"]: [round(seconds * 1e9) for seconds in entry["stats"]["data"]]
            for entry in json.loads(file.read_text(encoding="utf-8"))["benchmarks"]
        }
        for file in sorted(folder.micro.glob("*.json"))
    }
