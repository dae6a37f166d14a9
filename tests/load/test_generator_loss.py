"""What becomes of a stage when things go wrong in its midst: a worker vanishes, the app stalls, somebody ends it."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench.core.load_plan import Arrivals
from bench.load.reading.stage_folder import read_stage
from bench.load.target.process import free_port
from tests.faults.clock import Clock
from tests.load.stages import LIMIT_S, asked, closed, log_of, opened, small_app, start, walk, write_plan

STALL_S = 1.0
ADDRESS = "127.0.0.1"


@contextmanager
def generator(folder: Path, workers: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Start a master and its workers as processes of their own; yield them in this order."""
    port = str(free_port(ADDRESS, 0))
    master = ("--master", "--master-bind-host", ADDRESS, "--master-bind-port", port, "--expect-workers", str(workers))
    worker = ("--worker", "--master-host", ADDRESS, "--master-port", port)
    processes = [start(folder, *master), *(start(folder, *worker) for _ in range(workers))]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def wait_for_window(folder: Path, number: int) -> None:
    """Wait until something of a window was recorded by each worker."""
    deadline = time.monotonic() + LIMIT_S
    while f'"window": {number}' not in (folder / "seconds.jsonl").read_text(encoding="utf-8"):
        assert time.monotonic() < deadline, log_of(folder)
        time.sleep(0.1)


def test_a_lost_worker_ends_the_stage(tmp_path: Path) -> None:
    """Killed in the second window: it is named, the others end with the master, and what was measured is kept."""
    with small_app() as app:
        # Locust misses a worker after four to five seconds: the second window is longer than that.
        windows = [closed("SyncItem", 3, discard_s=0.0), closed("SyncItem", 3, measure_s=20.0), closed("SyncItem", 3)]
        folder = write_plan(tmp_path / "lost", [asked("SyncItem", app)], windows, workers=3)
        (folder / "seconds.jsonl").touch()
        with generator(folder, 3) as (master, first, *others):
            wait_for_window(folder, 1)
            first.kill()
            assert master.wait(LIMIT_S) == 1
            assert [process.wait(LIMIT_S) for process in others] == [0] * len(others)
    reading = read_stage(folder)
    [whole, broken] = reading.windows
    assert (whole.lost_workers, len(broken.lost_workers), reading.missing) == ((), 1, (2,))
    assert whole.total.ok > 0
    assert f"ormbench: window 1 was not measured to its end: lost {broken.lost_workers[0]}" in log_of(folder)


def test_a_stage_that_is_ended_says_so(tmp_path: Path) -> None:
    """By SIGTERM, as by whoever started it: exit code 1, and the window that was whole is kept."""
    with small_app() as app:
        windows = [closed("SyncItem", 1, discard_s=0.0), opened("SyncItem", 20, measure_s=30.0)]
        folder = write_plan(tmp_path / "ended", [asked("SyncItem", app)], windows)
        (folder / "seconds.jsonl").touch()
        process = start(folder)
        try:
            wait_for_window(folder, 1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(LIMIT_S) == 1
        finally:
            process.kill()
            process.wait()
    reading = read_stage(folder)
    assert (reading.missing, reading.lost_workers) == ((1,), ())


def test_a_clock_that_is_set_back_leaves_the_windows_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An hour, in the second window: it is as long as it was to be, and what comes after it is measured too."""
    clock = Clock(tmp_path)
    for name, value in clock.variables.items():
        monkeypatch.setenv(name, value)
    with small_app() as app:
        windows = [closed("SyncItem", 1, discard_s=0.0), closed("SyncItem", 1, measure_s=2.0), opened("SyncItem", 20)]
        folder = write_plan(tmp_path / "set_back_stage", [asked("SyncItem", app)], windows)
        (folder / "seconds.jsonl").touch()
        process = start(folder)
        try:
            wait_for_window(folder, 1)
            clock.set_back("once")
            assert process.wait(LIMIT_S) == 0, log_of(folder)
        finally:
            process.kill()
            process.wait()
    assert any("locust" in reader for reader in clock.readers())
    reading = read_stage(folder)
    assert reading.missing == ()
    before, during, after = reading.windows
    assert before.began < during.began
    assert after.began < before.began
    assert min(before.total.ok, during.total.ok) > 0
    assert after.requests + after.dropped == after.scheduled
    # One user waits for an answer before the next request: all of them fit in the window, one after the other.
    assert 0 < during.total.response.highest_ns < LIMIT_S * 1e9


def test_a_stall_is_seen_by_the_open_window_alone(tmp_path: Path) -> None:
    """The app stands still once for a second, in both windows: a quarter of the measured arrivals has to wait for it.

    In the open window two connections are stuck and all others wait: their response times tell of it, their service
    times do not. In the closed window two users are stuck, and nobody asks meanwhile: nothing tells of it.
    """
    stall = {"STALL_AT_S": "2", "STALL_S": str(STALL_S)}
    times = {"discard_s": 1.0, "measure_s": 4.0}
    with small_app(**stall) as first, small_app(**stall) as second:
        subjects = [asked("SyncItem", first), replace(asked("SyncItem", second), id="closed")]
        windows = [opened("SyncItem", 300, arrivals=Arrivals.CONSTANT, **times), closed("closed", 2, **times)]
        folder = write_plan(tmp_path / "stall", subjects, windows, max_in_flight=400, connections=2)
        assert walk(folder) == 0, log_of(folder)
    [arrivals, users] = read_stage(folder).windows
    response, service = arrivals.total.response, arrivals.total.service
    hidden = users.total.response
    # On a busy machine two users may be answered too seldom for a p99.
    for percent, others in ((99, [service]), (95, [service, hidden])):
        stalled_ns = response.percentile_ns(percent)
        for other in others:
            normal_ns = other.percentile_ns(percent)
            assert stalled_ns is not None
            assert normal_ns is not None
            assert stalled_ns > 3 * normal_ns
    # Each of the histograms holds the stall itself; it is the percentile of two of them that does not show it.
    assert min(each.highest_ns for each in (response, service, hidden)) > 0.9e9 * STALL_S
    assert arrivals.requests == arrivals.scheduled
