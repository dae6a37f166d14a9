"""What goes on beside a run does it no harm: another run in the same folder, and a wall clock that jumps."""

from __future__ import annotations

import json
from collections.abc import Callable

from bench.core.store import RunFolder
from bench.micro.run import resume
from bench.micro.watch import Watch
from bench.report.reading.results import load
from tests.cli.command import Ormbench, planted
from tests.faults.clock import Clock
from tests.faults.runs import Halting, the_run

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


def test_a_clock_that_is_set_back_changes_times_of_day_alone(
    ormbench: Ormbench, halting: Callable[..., Halting]
) -> None:
    """An hour at each reading, for all processes, amid a unit: durations are of the monotonic clock, all is whole."""
    clock = Clock(ormbench.folder)
    run = halting("--backend", "sqlite", units=1, **clock.variables)
    clock.set_back("always")
    ended = run.go_on()
    assert (ended.code, ended.err) == (0, "")
    for program in ("bench.cli", "pytest"):
        assert any(program in reader for reader in clock.readers())
    folder = RunFolder(the_run(ormbench))
    record = folder.read()
    assert record["finished"] < record["started"]
    assert all(seconds > 0 for seconds in record["phases_s"].values())
    for unit in record["units"]:
        measured = json.loads(folder.unit(unit).read_text(encoding="utf-8"))["benchmarks"]
        assert all(seconds > 0 for each in measured for seconds in each["stats"]["data"])
    folder.unit("pass01-sqlite").unlink()
    resume(folder, (), Watch())
    assert folder.missing(record["units"]) == []
    assert len(load(folder.path).units) == 2
