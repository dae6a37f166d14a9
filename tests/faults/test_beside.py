"""What goes on beside a run does it no harm: another run in the same folder, and a wall clock that jumps."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

import pytest

from bench.core import store
from bench.core.profiles import PROFILES
from bench.micro.request import Request
from bench.micro.run import resume, start
from bench.micro.watch import Watch
from bench.report.reading.results import load
from tests.cli.command import Ormbench, planted

RUN = ("run", "--scenario", planted("sound"), "--profile", "smoke", "--backend", "sqlite", "--passes", "1")


def test_two_runs_at_once_in_one_folder_are_two_runs(ormbench: Ormbench) -> None:
    """Each has its own folder, servers and report, and neither sees the other's."""
    both = [ormbench.start(*RUN), ormbench.start(*RUN)]
    ended = [ormbench.ending(process) for process in both]
    assert [(each.code, each.err) for each in ended] == [(0, ""), (0, "")]
    first, second = ormbench.runs()
    assert first.name != second.name
    for folder in (first, second):
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        assert (record["id"], record["units"]) == (folder.name, ["pass01-sqlite"])
        assert record["finished"] is not None
        assert (ormbench.folder / "reports" / folder.name / "index.html").is_file()
    assert ormbench.server_folders() == []


class Jumping(datetime):
    """A wall clock that goes back an hour whenever it is read."""

    reads = 0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Jumping:
        """Return an earlier time than before."""
        cls.reads += 1
        moment = datetime(2026, 11, 1, 12, tzinfo=UTC) - timedelta(hours=cls.reads)
        return cls.fromtimestamp(moment.timestamp(), tz)


def test_a_clock_that_jumps_changes_names_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Durations are of the monotonic clock: the run comes to its end, can be resumed, and can be read."""
    monkeypatch.setattr(store, "datetime", Jumping)
    request = Request(profile=PROFILES["smoke"], backends=("sqlite",), files=(planted("sound"),), passes=1)
    folder = start(request, tmp_path, Watch())
    record = folder.read()
    assert record["finished"] < record["started"]
    assert all(seconds > 0 for seconds in record["phases_s"].values())
    folder.unit("pass01-sqlite").unlink()
    resume(folder, (), Watch())
    assert folder.missing(["pass01-sqlite"]) == []
    assert len(load(folder.path).units) == 1
