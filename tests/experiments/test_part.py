"""The experiments of a full run: which runs have them, what is kept, and what is performed when one is resumed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.core.profiles import PROFILES
from bench.core.store import RunFolder, create_run
from bench.experiments import run as experiments_run
from bench.experiments.part import add_part, failures_of, is_wanted
from bench.experiments.selection import select
from bench.micro.record import first_record
from bench.micro.request import Request
from bench.micro.watch import Watch

REQUEST = Request(profile=PROFILES["full"], backends=("sqlite",), drivers=("pysqlite",))
BACKEND = {"label": "sqlite", "kind": "sqlite"}


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two quick experiments performed, where a full run has all of the catalogue."""
    quick = ("select_entity", "join_and_filter")
    monkeypatch.setattr(experiments_run, "select", lambda _, experiments: select(quick, experiments))


def measured(folder: Path, request: Request = REQUEST) -> RunFolder:
    """Return a run whose cases count as measured."""
    run = create_run(folder, "full")
    run.write(first_record(request, run) | {"backends": [BACKEND]})
    return run


def kept(run: RunFolder) -> dict[str, Any]:
    """Return what the run keeps of its experiments."""
    return dict(json.loads(run.experiments.read_text(encoding="utf-8")))


@pytest.mark.usefixtures("few")
def test_a_full_run_has_experiments_and_performs_what_it_lacks(tmp_path: Path) -> None:
    """What is there stays as it is; what came to no outcome is performed; a complete part is left alone."""
    run = measured(tmp_path)
    add_part(run, (), Watch())
    record = kept(run)
    assert record["finished"]
    assert [[result["driver"] for result in each["results"]] for each in record["experiments"]] == [["pysqlite"]] * 2
    assert failures_of(run) == []
    here, lost = record["experiments"]
    here["results"][0]["seconds"] = [123.0]
    lost["results"] = [{"backend": "sqlite", "driver": "pysqlite", "error": "its process ended with code -9"}]
    run.experiments.write_text(json.dumps(record), encoding="utf-8")
    assert failures_of(run) == ["1 of the experiments came to no outcome"]
    add_part(run, (), Watch())
    here, found = kept(run)["experiments"]
    assert here["results"][0]["seconds"] == [123.0]
    assert found["results"][0]["as_expected"]
    assert failures_of(run) == []
    complete = run.experiments.stat().st_mtime_ns
    add_part(run, (), Watch())
    assert run.experiments.stat().st_mtime_ns == complete


def test_what_goes_wrong_is_kept_as_a_failure(tmp_path: Path) -> None:
    """Here the backend is gone since the cases were measured: nothing is raised, and the reason is kept."""
    run = measured(tmp_path, replace(REQUEST, backends=("oracle",)))
    add_part(run, (), Watch())
    [failure] = failures_of(run)
    assert "oracle" in failure
    assert not kept(run)["finished"]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, True),
        ({"profile": PROFILES["quick"]}, False),
        ({"patterns": ("loading",)}, False),
        ({"files": (Path("mine.py"),)}, False),
        ({"against": ("sqlalchemy==2.0.*",)}, False),
    ],
)
def test_a_full_run_of_everything_has_experiments(tmp_path: Path, changes: dict[str, Any], *, wanted: bool) -> None:
    """Another profile and a narrower question have none."""
    run = measured(tmp_path, replace(REQUEST, **changes))
    assert is_wanted(run.read()) is wanted
