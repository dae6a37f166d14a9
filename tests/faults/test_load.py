"""What a run of load loses when the database behind the application, or a worker of the application, goes away."""

from __future__ import annotations

import json
import time

import psutil
import pytest
from sqlalchemy import URL

from bench.core.errors import OrmbenchError
from bench.load.applications import LocalDatabase
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import prepared_server
from bench.load.target.process import Target, running
from bench.servers.server import Origin, Server
from tests.cli.command import LIMIT_S, Ormbench, family, kill, survivors

WORDS = ("--backend", "postgresql", "--model", "closed", "--users", "2", "--rounds", "4", "--window", "2")
HERE = Server(label="mine", kind="postgresql", url=URL.create("postgresql"), version="", origin=Origin.GIVEN)


def require_for_long(target: Target) -> None:
    """Ask again and again whether the application lives."""
    deadline = time.monotonic() + LIMIT_S
    while time.monotonic() < deadline:
        target.require()
        time.sleep(0.05)


def test_a_database_that_ends_is_required() -> None:
    """By its process: no connection is made for it."""
    process = psutil.Popen(["sleep", "600"])
    database = LocalDatabase(HERE, [process.pid])
    database.require()
    process.kill()
    process.wait()
    with pytest.raises(OrmbenchError, match="mine went away while it was used"):
        database.require()
    LocalDatabase(HERE, []).require()


def test_a_worker_of_the_app_that_is_replaced_is_told() -> None:
    """Another one is started in its place; what is measured from then on is of another application."""
    with (
        prepared_server("sqlite", None, "small", 1, scenarios=False) as url,
        running(url, "sqlite", TargetOptions(workers=2, scenarios=False)) as target,
    ):
        target.require()
        workers = [each for each in psutil.Process(target.pid).children() if "spawn_main" in " ".join(each.cmdline())]
        workers[0].kill()
        with pytest.raises(OrmbenchError, match=r"the target app lost a worker: Child process \[\d+\] died"):
            require_for_long(target)


@pytest.mark.slow
def test_a_database_that_dies_ends_a_run_of_load_that_can_go_on(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; complete stages are kept, the report says so, and `--resume` measures the rest."""
    process = ormbench.start("load", "UserById", *WORDS)
    deadline = time.monotonic() + LIMIT_S
    while not any(file.read_bytes() for file in ormbench.results.glob("*/load/sweep/windows.jsonl")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    processes = family(process)
    kill([each for each in processes if each.name() == "postgres"])
    line = ormbench.ending(process).refusal(1)
    assert "postgresql went away while it was used; complete stages are kept, go on with: ormbench load" in line
    assert survivors(processes) == []
    assert ormbench.server_folders() == []
    [run] = ormbench.runs()
    load = json.loads((run / "load" / "load.json").read_text(encoding="utf-8"))
    assert (load["finished"], load["failures"]) == (False, ["postgresql went away while it was used"])
    report = (ormbench.folder / "reports" / run.name / "report.md").read_text(encoding="utf-8")
    assert "postgresql went away while it was used" in report
    resumed = ormbench("load", "--resume", "latest")
    assert (resumed.code, resumed.err) == (0, "")
    assert "Kept ceiling" in resumed.out
    assert json.loads((run / "load" / "load.json").read_text(encoding="utf-8"))["finished"]
