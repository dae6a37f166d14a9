"""A stage is walked by a real Locust: what its windows record, and how it ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Stage
from bench.load.reading.readings import StageReading
from bench.load.reading.stage_folder import read_stage
from bench.load.target.process import free_port
from tests.load.stages import asked, closed, log_of, opened, small_app, walk, write_plan


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    """Return the address of the small app."""
    with small_app() as url:
        yield url


@pytest.fixture(scope="module")
def stage(app: str, tmp_path_factory: pytest.TempPathFactory) -> StageReading:
    """Return a stage of both models and several classes, once for all tests that look at it."""
    names = ("SyncItem", "AsyncItem", "Slow", "Busy", "LoggedIn")
    windows = [
        closed("SyncItem", 3, discard_s=1.0),
        closed("AsyncItem", 2, discard_s=1.0),
        closed("SyncItem", 1, measure_s=0.4),
        closed("Busy", 2),
        opened("SyncItem", 50, arrivals=Arrivals.CONSTANT),
        opened("AsyncItem", 50, seed=4),
        opened("Slow", 100, arrivals=Arrivals.CONSTANT),
        opened("LoggedIn", 40, arrivals=Arrivals.CONSTANT),
    ]
    folder = write_plan(
        tmp_path_factory.mktemp("stage"), [asked(name, app) for name in names], windows, max_in_flight=5
    )
    assert walk(folder, "--csv", str(folder / "locust")) == 0, log_of(folder)
    assert (folder / "locust_stats.csv").is_file()
    return read_stage(folder)


def test_every_window_is_measured_with_its_users(stage: StageReading) -> None:
    """The users of a closed window are as many as it says, whatever the class of those before."""
    assert stage.missing == ()
    assert [window.users for window in stage.windows[:4]] == [3, 2, 1, 2]
    assert all(window.total.ok > 0 for window in stage.windows if window.subject.id != "Busy")


def test_the_generator_knows_how_busy_it_was(stage: StageReading) -> None:
    """In every window, also in one whose measured part holds no whole second."""
    assert all(0 < window.generator_cpu < 2 for window in stage.windows)


def test_windows_are_of_their_own_class(stage: StageReading) -> None:
    """Nobody of the window before is left: each holds the endpoint of its class alone, the same name on both sides."""
    names = [[endpoint.name for endpoint in window.endpoints] for window in stage.windows]
    item = ["GET /items/{id}"]
    assert names == [item, item, item, ["GET /busy"], item, item, ["GET /slow"], ["GET /items/7"]]


def test_a_window_has_a_line_for_each_of_its_seconds(stage: StageReading) -> None:
    """The discarded second and the measured one; what is sent while users are stopped is discarded as well."""
    for window in stage.windows[:2]:
        parts = {round(second.second - window.began): second.part for second in window.seconds if second.ok}
        assert (parts[0], parts[1]) == ("discarded", "measured")
        assert sum(second.ok for second in window.seconds if second.part == "measured") == window.total.ok


def test_all_arrivals_are_accounted_for(stage: StageReading) -> None:
    """Those of the measured part were sent or dropped, and none twice."""
    for window in (each for each in stage.windows if each.scheduled):
        assert window.requests + window.dropped == window.scheduled
        assert window.lag is not None
        assert window.lag.total == window.requests
    assert [window.scheduled for window in stage.windows if window.window.arrivals is Arrivals.CONSTANT] == [
        50,
        100,
        40,
    ]


def test_arrivals_beyond_the_room_are_dropped(stage: StageReading) -> None:
    """Five under way with 200 ms each are 25 a second: of 100 about three quarters find no room, and none waits."""
    [slow] = [window for window in stage.windows if window.subject.id == "Slow"]
    assert slow.dropped > slow.scheduled / 2
    assert slow.total.ok > 0


def test_errors_are_counted_as_such(stage: StageReading) -> None:
    """By their status."""
    [busy] = [window for window in stage.windows if window.subject.id == "Busy"]
    assert busy.total.ok == 0
    assert set(busy.total.errors) == {"503"}


def test_users_of_an_open_window_log_in_beforehand(stage: StageReading) -> None:
    """The login is no part of the window, and a task that raises keeps nobody from coming again."""
    [logged_in] = [window for window in stage.windows if window.subject.id == "LoggedIn"]
    assert (logged_in.total.ok, logged_in.total.failed) == (40, 0)


def test_two_workers_share_a_stage(app: str, tmp_path: Path) -> None:
    """Together they are the schedule and the users of one, and both report."""
    windows = [closed("SyncItem", 3), opened("SyncItem", 101, arrivals=Arrivals.CONSTANT)]
    folder = write_plan(tmp_path / "two", [asked("SyncItem", app)], windows, workers=2)
    address, port = "127.0.0.1", str(free_port("127.0.0.1", 0))
    place = ("--master-bind-host", address, "--master-bind-port", port, "--master-host", address, "--master-port", port)
    assert walk(folder, "--processes", "2", *place) == 0, log_of(folder)
    reading = read_stage(folder)
    [users, arrivals] = reading.windows
    assert users.users == 3
    assert arrivals.requests + arrivals.dropped == arrivals.scheduled == 101
    lines = (folder / "seconds.jsonl").read_text(encoding="utf-8").splitlines()
    assert {json.loads(line)["worker"].rpartition("-")[2] for line in lines} == {"0", "1"}


@pytest.mark.parametrize(
    ("user_class", "said"),
    [
        ("Nested", "Nested has the TaskSet Tasks: give it plain tasks"),
        ("Gone", "there is no user class Gone"),
        ("LockedOut", "RuntimeError: no such account"),
    ],
)
def test_a_class_that_cannot_be_asked_ends_the_stage(user_class: str, said: str, app: str, tmp_path: Path) -> None:
    """With one line that says why, and what was measured before is kept."""
    subjects = [asked("SyncItem", app), asked(user_class, app)]
    windows = [closed("SyncItem", 1, discard_s=0.0), opened(user_class, 10)]
    folder = write_plan(tmp_path / "wrong", subjects, windows)
    assert walk(folder) == 1
    assert f"ormbench: window 1 was not measured to its end: {said}" in log_of(folder)
    reading = read_stage(folder)
    assert reading.missing == (1,)
    assert reading.windows[0].total.ok > 0


def test_a_full_disk_ends_the_stage(app: str, tmp_path: Path) -> None:
    """With one line that says so, and at once: whoever waits for the stage is not left to find out that it hangs."""
    windows = [closed("SyncItem", 1, discard_s=0.0), closed("SyncItem", 1)]
    folder = write_plan(tmp_path / "full", [asked("SyncItem", app)], windows)
    (folder / "seconds.jsonl").symlink_to("/dev/full")
    assert walk(folder) == 1
    assert "ormbench: window 0 was not measured to its end: [Errno 28] No space left on device" in log_of(folder)


def test_a_plan_that_is_missing_is_refused(tmp_path: Path) -> None:
    """With one line, too."""
    assert walk(tmp_path) == 2
    assert "ormbench: " in log_of(tmp_path)
    assert "Traceback" not in log_of(tmp_path)


def test_a_plan_of_another_format_is_refused(tmp_path: Path) -> None:
    """By whoever reads it, before anything is asked."""
    file = write_plan(tmp_path / "old", [], []) / "plan.json"
    plan = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(plan | {"format": 99}), encoding="utf-8")
    with pytest.raises(UsageError, match="the plan of a stage has format 99"):
        Stage.read(file)
