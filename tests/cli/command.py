"""The command as a real process: call it, watch its family of processes, see what it leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import psutil
from sqlalchemy import URL

from bench.cli.main import main
from bench.servers.scratch import VARIABLE

PLANTED = Path(__file__).parent / "planted"
LIMIT_S = 150.0
"""No call of these tests takes a fifth of it on a quiet machine."""


@dataclass(frozen=True)
class Ended:
    """What a call left: its exit code and its two outputs."""

    code: int
    out: str
    err: str

    def refusal(self, code: int = 2) -> str:
        """Return the one line on standard error, and make sure that there is one line and no more."""
        assert self.code == code, self.err or self.out
        assert "Traceback" not in self.err + self.out
        [line] = self.err.splitlines()
        assert line.startswith("ormbench: ")
        assert "defect in ormbench" not in line
        return line


def planted(name: str) -> Path:
    """Return the path of a scenario file that was written for these tests."""
    return PLANTED / f"{name}.py"


class Ormbench:
    """Calls the command in a working folder, where `results` and `reports` appear."""

    def __init__(self, folder: Path, scratch: Path) -> None:
        self.folder = folder
        self.scratch = scratch
        self._environment = {**os.environ, VARIABLE: str(scratch)}

    def __call__(self, *words: object, **environment: str) -> Ended:
        """Call the command and wait for its end."""
        process = self.start(*words, **environment)
        return self.ending(process)

    def here(self, *words: object) -> Ended:
        """Call the command in this process, where its life as a process is not what is tested: that costs a second."""
        numbers = (signal.SIGINT, signal.SIGTERM)
        handlers = {number: signal.getsignal(number) for number in numbers}
        out, err = StringIO(), StringIO()
        try:
            with (
                patch.object(sys, "argv", ["ormbench", *map(str, words)]),
                patch.dict(os.environ, {**self._environment, "COLUMNS": "80"}),
                chdir(self.folder),
                redirect_stdout(out),
                redirect_stderr(err),
            ):
                main()
        except SystemExit as ended:
            return Ended(int(ended.code or 0), out.getvalue(), err.getvalue())
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
        message = "the command did not exit"
        raise AssertionError(message)

    def start(self, *words: object, stdout: int = subprocess.PIPE, **environment: str) -> subprocess.Popen[str]:
        """Call the command and return its process."""
        return subprocess.Popen(
            # Like the console script it does not import from the working folder.
            [sys.executable, "-P", "-m", "bench.cli", *map(str, words)],
            cwd=self.folder,
            env={**self._environment, **environment},
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
        )

    @staticmethod
    def ending(process: subprocess.Popen[str]) -> Ended:
        """Wait for the end of a call."""
        try:
            out, err = process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return Ended(process.returncode, out, err)

    @property
    def results(self) -> Path:
        """Return the folder of the runs."""
        return self.folder / "results"

    def runs(self) -> list[Path]:
        """Return everything in the results folder."""
        return sorted(self.results.iterdir()) if self.results.exists() else []

    def server_folders(self) -> list[str]:
        """Return what private servers have left in the scratch folder."""
        return sorted(path.name for path in self.scratch.glob("ormbench-*/servers/*"))


def shown(url: URL) -> str:
    """Return a URL as a user types it."""
    return url.render_as_string(hide_password=False)


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    """Return all processes that a call has started and that live now."""
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def listening(processes: Sequence[psutil.Process]) -> set[str]:
    """Return the addresses at which one of the processes listens for anybody who connects."""
    found: set[str] = set()
    for process in processes:
        with suppress(psutil.Error):
            sockets = process.net_connections("inet")
            found |= {each.laddr.ip for each in sockets if each.status == psutil.CONN_LISTEN}
    return found


def kill(processes: Sequence[psutil.Process]) -> None:
    """Kill -9."""
    assert processes
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGKILL)


def survivors(processes: Sequence[psutil.Process], limit_s: float = 20.0) -> list[psutil.Process]:
    """Return those that still live when the time is over; a zombie does not."""
    deadline = time.monotonic() + limit_s
    while living := [process for process in processes if _lives(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return living


def _lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
