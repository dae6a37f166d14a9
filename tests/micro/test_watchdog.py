"""A process of ours that does not get on is ended, with everything that it started."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from bench.core.errors import OrmbenchError
from bench.micro import weighing
from bench.micro.process import launch
from bench.micro.unit import Unit
from bench.micro.watchdog import Watchdog
from tests.cli.command import survivors

FAMILY = [sys.executable, "-c", "import os, time; os.fork(); print('there', flush=True); time.sleep(600)"]
"""A process and its child; both say that they are there and wait."""


def start_family(folder: Path) -> tuple[subprocess.Popen[bytes], list[psutil.Process]]:
    """Return a process of ours, and its child too."""
    process, lifeline, events = launch(FAMILY, folder / "log", 1)
    lifeline.close()
    events.close()
    while (folder / "log").read_text().count("there") != 2:
        assert process.poll() is None
    parent = psutil.Process(process.pid)
    return process, [parent, *parent.children()]


def test_the_time_that_is_over_ends_all_of_them(tmp_path: Path) -> None:
    """A child that a worker forked holds its connections, and is ended with it."""
    process, family = start_family(tmp_path)
    watchdog = Watchdog(process)
    watchdog.allow(0.1)
    assert process.wait() == -9
    watchdog.end()
    assert watchdog.has_bitten
    assert survivors(family) == []


def test_the_end_of_watching_leaves_nothing(tmp_path: Path) -> None:
    """A run that is stopped ends its process in the middle, and nobody outlives it."""
    process, family = start_family(tmp_path)
    watchdog = Watchdog(process)
    watchdog.allow(600)
    watchdog.end()
    assert not watchdog.has_bitten
    assert survivors(family) == []


def test_weighing_that_hangs_ends_with_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before its first case no other limit holds; the message names the log."""
    monkeypatch.setattr(weighing, "module_command", lambda _module: FAMILY)
    monkeypatch.setattr(weighing, "TIME_LIMIT_FLOOR_S", 0.1)
    unit = Unit(0, "sqlite", 1, 0.0, (1, 1), 1.0, "small", [], [], {})
    with pytest.raises(OrmbenchError, match=r"weighing memory on sqlite did not get on for 1 s .*weighing-sqlite\.log"):
        weighing.weigh(unit, tmp_path, 0.9)
