"""Measure the ladder: a private PostgreSQL, both processes afresh in every pass, and window after window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from importlib.metadata import version
from itertools import groupby
from typing import Any

from sqlalchemy import URL

from bench.core.drivers import Mode
from bench.core.environment import environment
from bench.core.store import RunFolder, now, write_json
from bench.core.vitals import Vitals
from bench.ladder.answers import prove_same_answers
from bench.ladder.generator import Generator, version_of
from bench.ladder.minimal_databases import AWAITED_DRIVER, BLOCKING_DRIVER, KIND
from bench.ladder.plan import Plan, Window
from bench.ladder.rung import Rung
from bench.ladder.rung_process import serving_rungs
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import prepared_server
from bench.load.target.process import running
from bench.servers.given import connected

FILE = "ladder.json"
FORMAT = 2
"""Version of ladder.json; history: 1 (2026-11) first, 2 (2026-11) rungs `reading` and `statement` for `commit`."""
SERVING = ("fastapi", "starlette", "uvicorn", "httptools", "pydantic", "pydantic-core", "prometheus-client")
"""Distributions whose version can change a result, beside those of every run."""

Say = Callable[[str], None]
Addresses = Mapping[tuple[Mode, Rung], str]
"""Everything that comes before `/users` in the address of a rung."""


def climb(plan: Plan, generator: Generator, folder: RunFolder, say: Say) -> dict[str, Any]:
    """Measure, and return what is kept in the run's folder; it is written after every pass.

    Raises:
        UsageError: PostgreSQL is not on this machine.
        OrmbenchError: A server or a process did not start or died, or a rung gives another answer.
    """
    record = _beginning(plan, generator)
    say(f"About {plan.total_s / 60:.0f} minutes of windows: {plan.command}")
    with prepared_server(backend=KIND, url=None, size=plan.size, seed=plan.seed, scenarios=False) as server:
        record["server"] = _version_of_server(server)
        for number in range(1, plan.passes + 1):
            before = Vitals.now()
            log = folder.logs / f"pass{number:02}-rungs.log"
            with (
                serving_rungs(server, plan.connections, log) as rungs,
                running(server, KIND, _options(plan)) as app,
            ):
                addresses = _addresses(plan, rungs.base_url, app.base_url)
                windows = _measured(plan, number, addresses, generator, say)
            record["windows"] += [window.as_data() for window in windows]
            record["steal_shares"].append(Vitals.now().steal_share_since(before))
            write_json(folder.path / FILE, record)
    record["finished"] = now()
    write_json(folder.path / FILE, record)
    return record


def _beginning(plan: Plan, generator: Generator) -> dict[str, Any]:
    found = environment()
    found["packages"] |= {name: version(name) for name in SERVING}
    return {
        "format": FORMAT,
        "started": now(),
        "finished": None,
        "command": plan.command,
        "plan": plan.as_data(),
        "environment": found,
        "generator": version_of(generator.program),
        "server": None,
        "load_before": Vitals.now().load[0],
        "steal_shares": [],
        "windows": [],
    }


def _options(plan: Plan) -> TargetOptions:
    drivers = (BLOCKING_DRIVER, AWAITED_DRIVER)
    return TargetOptions(port=0, drivers=drivers, pool_size=plan.connections, size=plan.size, scenarios=False)


def _addresses(plan: Plan, rungs: str, app: str) -> Addresses:
    return {
        (mode, rung): f"{app}/{mode}" if rung is Rung.APP else f"{rungs}/{mode}/{rung}"
        for mode in plan.modes
        for rung in plan.rungs
    }


def _measured(plan: Plan, number: int, addresses: Addresses, generator: Generator, say: Say) -> list[Window]:
    """Prove that the rungs give the same answers, and return the windows of a pass without those that warm up."""
    for mode in plan.modes:
        prove_same_answers({rung: addresses[mode, rung] for rung in plan.rungs})
    windows = []
    for group, slots in groupby(plan.order(number), key=lambda slot: slot.group):
        say(f"Pass {number} of {plan.passes}: {group.mode} {group.endpoint}")
        for slot in slots:
            load = generator.load(addresses[group.mode, slot.rung], group.endpoint.ids, slot.seed)
            if slot.round_number > 0:
                windows.append(Window.of(number, slot, load))
    return windows


def _version_of_server(server: URL) -> str:
    with closing(connected(server)) as connection:
        return str(connection.exec_driver_sql("SHOW server_version").scalar())
