"""Kill a process that does not get on."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from contextlib import suppress


class Watchdog:
    """Kills a process of ours, and what it started, when the time that it was allowed is over."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._timer: threading.Timer | None = None
        self.limit_s = 0.0
        self.has_bitten = False

    def allow(self, seconds: float) -> None:
        """Give it so much time from now."""
        self._rest()
        self.limit_s = seconds
        self._timer = threading.Timer(seconds, self._bite)
        self._timer.start()

    def end(self) -> None:
        """Watch no more, and make sure that nothing of the process is left."""
        self._rest()
        kill_session(self._process)
        self._process.wait()

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _bite(self) -> None:
        self.has_bitten = True
        kill_session(self._process)


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that has a session of its own, and all that it started in there.

    A child that it forked would hold its connections, and with them the locks of its transaction.
    """
    with suppress(ProcessLookupError, PermissionError):  # all of them have gone (macOS says that they are not ours)
        os.killpg(process.pid, signal.SIGKILL)
