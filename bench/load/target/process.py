"""The target app as a process: its start, what it writes, and its end with ours."""

from __future__ import annotations

import errno
import http.client
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from threading import Thread
from typing import IO, NoReturn

from sqlalchemy import URL

from bench.core.errors import OrmbenchError, UsageError
from bench.core.interpreter import module_command
from bench.load.target.lifeline import GRACE_S, SLACK_S
from bench.load.target.options import APPLICATION, ROOT, TargetOptions, serving_command, target_environment
from bench.load.target.prepared import driver_pair

READY_LIMIT_S = 30.0
_ASK_LIMIT_S = 3.0
_LOST_WORKER = re.compile(r"INFO: +(Child process \[\d+\] died)")
"""How uvicorn says that it starts another worker in the place of one that died."""
_REFUSAL = "target_app: "
"""Begins the line with which the app refuses its settings; with several workers uvicorn would start it for ever."""


@contextmanager
def running(
    url: URL, kind: str, options: TargetOptions, on_line: Callable[[str], None] | None = None
) -> Iterator[Target]:
    """Serve the app on a server with its data (see `prepared_server`), and end it whatever way the block ends.

    `on_line` gets what the app writes once it is ready, line by line and in a thread of its own.

    Raises:
        UsageError: The port is taken, a driver does not fit, or the app refuses its settings.
        OrmbenchError: The app did not start.
    """
    pair, port = driver_pair(kind, options.drivers), free_port(options.host, options.port)
    environment = target_environment(url.set(drivername=kind), pair, options)
    if options.workers > 1:
        _refuse_beforehand(environment)
    target = Target(options, port, environment)
    try:
        target.on_line = on_line
        yield target
    finally:
        target.end()


class Target:
    """The app as a process, and what it writes; `running` starts and ends it.

    Raises:
        UsageError: It refuses its settings, or somebody was quicker to take the port.
        OrmbenchError: It ended, or was not ready in time.
    """

    def __init__(self, options: TargetOptions, port: int, environment: dict[str, str]) -> None:
        self.base_url = f"http://{options.host}:{port}"
        self.on_line: Callable[[str], None] | None = None
        self._last = "it left no output"
        self._refusal: str | None = None
        self._lost_worker: str | None = None
        self._process = subprocess.Popen(
            serving_command(APPLICATION, options, port),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            # Ctrl-C at the terminal must reach us only, and the workers are to be found if their parent is killed.
            start_new_session=True,
        )
        self.pid = self._process.pid
        """With several workers, of the process that watches over them."""
        self._reader = Thread(target=self._read, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        try:
            self._wait_until_ready(options.host, port)
        except BaseException:
            self.end()
            raise

    def wait(self) -> NoReturn:
        """Wait for as long as the app runs.

        Raises:
            OrmbenchError: It ended by itself.
        """
        self._process.wait()
        self._fail("ended")

    def require(self) -> None:
        """Make sure that the app runs, and that nothing of it was replaced meanwhile.

        Raises:
            OrmbenchError: It ended by itself, or one of its workers did: the windows since then are of another app.
        """
        if self._process.poll() is not None:
            self._fail("ended")
        if self._lost_worker is not None:
            message = f"the target app lost a worker: {self._lost_worker}"
            raise OrmbenchError(message)

    def end(self) -> None:
        """End the app in good order, and then whatever is left of it."""
        if self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE_S + SLACK_S)
        self._kill_group()
        self._process.wait()
        self._reader.join(SLACK_S)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None and not self._reader.is_alive():
                stream.close()

    def _wait_until_ready(self, host: str, port: int) -> None:
        deadline = time.monotonic() + READY_LIMIT_S
        while not _is_ready(host, port):
            if self._refusal is not None or self._process.poll() is not None:
                self._fail("did not start")
            if time.monotonic() > deadline:
                self._fail(f"was not ready after {READY_LIMIT_S:g} s")
            time.sleep(0.05)

    def _kill_group(self) -> None:
        # Workers outlive a parent that was killed; they are in its group, whose number nobody gets while they live.
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _fail(self, what: str) -> NoReturn:
        if self._process.poll() is not None:
            # Workers that are left keep the pipe open, and the last line would not come.
            self._kill_group()
            self._reader.join(SLACK_S)
        wrong_call = self._refusal is not None or "address already in use" in self._last
        message = f"the target app {what}: {self._refusal or self._last}"
        raise UsageError(message) if wrong_call else OrmbenchError(message)

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            if text := line.rstrip():
                self._last = self._last if text.startswith("INFO:") else text.strip()
                if (lost := _LOST_WORKER.match(text)) is not None:
                    self._lost_worker = lost[1]
                if text.startswith(_REFUSAL):
                    self._refusal = text.removeprefix(_REFUSAL)
                if self.on_line is not None:
                    # Who reads on is needed even where nobody takes the lines: the app would wait for room in the pipe.
                    with suppress(OSError):
                        self.on_line(text)


def _refuse_beforehand(environment: dict[str, str]) -> None:
    """Let one process look at the settings: many workers at once take long to say the same."""
    command = module_command(APPLICATION.partition(":")[0])
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    refusals = [line for line in done.stderr.splitlines() if line.startswith(_REFUSAL)]
    if refusals:
        _reject(f"the target app did not start: {refusals[-1].removeprefix(_REFUSAL)}")


def _is_ready(host: str, port: int) -> bool:
    with closing(http.client.HTTPConnection(host, port, timeout=_ASK_LIMIT_S)) as connection:
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False


def free_port(host: str, port: int) -> int:
    """Return the port, or a free one for 0: found out here, where it can be said in one line.

    Raises:
        UsageError: The port is taken, or the host is none of this machine.
    """
    try:
        with socket.create_server((host, port)) as probe:
            return int(probe.getsockname()[1])
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            _reject(f"port {port} of {host} is taken; end what listens there, or give another --port (0 for any)")
        _reject(f"cannot listen at {host}, port {port}: {error.strerror}")


def _reject(message: str) -> NoReturn:
    raise UsageError(message)
