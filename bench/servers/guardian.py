"""The process that owns one private server: it starts it, and ends it when the run's end of a pipe closes.

Started as `python -m bench.servers.guardian FOLDER` in a session of its own, so that Ctrl-C at the terminal reaches
the run first. It reads a `Plan` as the first line of standard input, answers with one line of JSON (`{"port": ...}`
or `{"error": ...}`), and then sleeps until standard input closes (the run is over, in whatever way), a signal
arrives, or the server ends. The word `keep` on standard input cuts the bond: the server then outlives the run. The
words `stop`, `kill` and `start` end the server for an experiment and start it again; each is answered with one line.
"""

from __future__ import annotations

import ctypes
import json
import os
import pwd
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import psutil

from bench.servers import scratch
from bench.servers.plan import PORT, Plan, Step

KEEP, STOP, KILL, START = b"keep", b"stop", b"kill", b"start"

_PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that the kernel sends to this process when its parent dies."""

_PORT_ATTEMPTS = 5
_LOG_INTERVAL_S = 0.01
_LOG_LINES = 3
_ERROR_WORDS = ("ERROR", "FATAL")
"""What PostgreSQL and MariaDB mark their reasons with; what an installer says behind them is general advice."""


class Ended(Exception):  # noqa: N818 - no error: the wish to end, raised wherever the guardian is at work
    """The run is over or a signal came."""


class Failed(Exception):  # noqa: N818 - reported to the run in its own words
    """The server did not come up."""


class Watch:
    """Wait for a change without polling: the lifeline, a signal, the end of a child."""

    def __init__(self) -> None:
        self._inbox, outbox = socket.socketpair()
        self._inbox.settimeout(0)
        outbox.settimeout(0)
        self._outbox = outbox
        self._ended = False
        self._unread = b""
        self.orders: list[bytes] = []
        """What the run asked for and nobody has done yet."""
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._inbox, selectors.EVENT_READ)
        self._selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
        signal.set_wakeup_fd(outbox.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, self._end)

    def _end(self, *_: object) -> None:
        self._ended = True

    def wait(self, timeout_s: float | None = None) -> None:
        """Return after something happened or the time is over.

        Raises:
            Ended: The lifeline closed or a signal asked for the end.
        """
        for key, _ in self._selector.select(timeout_s):
            if key.fileobj is self._inbox:
                with suppress(BlockingIOError):
                    self._inbox.recv(4096)
            else:
                self._read_lifeline(key.fd)
        if self._ended:
            raise Ended

    def _read_lifeline(self, descriptor: int) -> None:
        found = os.read(descriptor, 64)
        if not found:
            raise Ended
        *words, self._unread = (self._unread + found).split(b"\n")
        if KEEP in words:
            self._selector.unregister(descriptor)
            # Who reads what the run wrote waits for the end of it: `ormbench servers up 2>&1 | tee log`.
            with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
                os.dup2(nowhere.fileno(), sys.stderr.fileno())
        self.orders += [word for word in words if word != KEEP]


class Guardian:
    """One server and its folder, from the lock to the removal."""

    def __init__(self, plan: Plan, watch: Watch) -> None:
        self._plan = plan
        self._watch = watch
        self._folder = Path(plan.folder)
        self._log = self._folder / "log"
        self._child: subprocess.Popen[bytes] | None = None
        self._port: int | None = None
        self._is_away = False
        """Whether the server was ended on the run's own order."""
        self._libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def live(self, report: Callable[[dict[str, object]], None]) -> None:
        """Start the server, report its port, guard it to its end, and remove its folder."""
        with scratch.lock_of(self._folder):
            try:
                self._port = self._start()
                report({"port": self._port})
                while self._child is None or self._is_away or self._child.poll() is None:
                    self._watch.wait()
                    while self._watch.orders:
                        self._obey(self._watch.orders.pop(0))
                        report({"port": self._port})
            except Failed as error:
                report({"error": str(error)})
            except Ended:
                pass
            finally:
                self._stop(self._plan.stop_signal)
                scratch.remove(self._folder)

    def _start(self) -> int | None:
        self._folder.mkdir()
        self._folder.chmod(0o711)  # the account passes through to data/, but cannot swap our log or card
        data = self._folder / "data"
        data.mkdir(mode=0o700)
        if self._plan.account is not None:
            owner = pwd.getpwnam(self._plan.account)
            os.chown(data, owner.pw_uid, owner.pw_gid)
        for step in self._plan.steps:
            self._run(step)
        return self._serve() if self._plan.command else None

    def _obey(self, order: bytes) -> None:
        if order == START and self._is_away:
            if not self._comes_up(self._spawn(self._command(self._port), subprocess.DEVNULL)):
                self._fail(f"another process took port {self._port}")
        elif order == STOP:
            self._stop(self._plan.operator_signal)
        elif order == KILL and self._child is not None and self._child.poll() is None:
            # Processes of a server can be in groups of their own (PostgreSQL's are).
            server = psutil.Process(self._child.pid)
            for process in (server, *server.children(recursive=True)):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            self._child.wait()
        self._is_away = order != START

    def _run(self, step: Step) -> None:
        child = self._spawn(step.argv, _pipe_of(step.text, self._plan.account))
        deadline = time.monotonic() + self._plan.start_limit_s
        while child.poll() is None:
            self._watch.wait(deadline - time.monotonic())
            if time.monotonic() > deadline:
                self._fail(f"{Path(step.argv[0]).name} took more than {self._plan.start_limit_s:g} s")
        if child.returncode != 0:
            self._fail(f"{Path(step.argv[0]).name} ended with code {child.returncode}")

    def _serve(self) -> int:
        for _ in range(_PORT_ATTEMPTS):
            port = _free_port()
            child = self._spawn(self._command(port), subprocess.DEVNULL)
            if self._comes_up(child):
                return port
        return self._fail(f"no free port was found in {_PORT_ATTEMPTS} attempts")

    def _command(self, port: int | None) -> list[str]:
        return [part.replace(PORT, str(port)) for part in self._plan.command]

    def _comes_up(self, child: subprocess.Popen[bytes]) -> bool:
        """Wait until the log says that connections are accepted; False where the port was taken meanwhile."""
        deadline = time.monotonic() + self._plan.start_limit_s
        while time.monotonic() < deadline:
            ended = child.poll() is not None  # asked before the log is read: nothing is written after it
            log = self._log.read_text(errors="replace")
            if ended and self._plan.port_taken in log:
                return False
            if ended:
                self._fail(f"the server ended with code {child.returncode}")
            if self._plan.ready in log:
                return True
            self._watch.wait(_LOG_INTERVAL_S)
        return self._fail(f"the server was not ready after {self._plan.start_limit_s:g} s")

    def _spawn(self, argv: list[str], stdin: int) -> subprocess.Popen[bytes]:
        # It quotes statements that failed, and root's scratch folder is open to all.
        with os.fdopen(os.open(self._log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as log:
            child = subprocess.Popen(
                argv,
                stdin=stdin,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                process_group=0,
                preexec_fn=self._bind_to_guardian(),  # noqa: PLW1509 - this process has one thread
                **_identity(self._plan.account),
            )
        self._child = child
        if stdin != subprocess.DEVNULL:
            os.close(stdin)
        return child

    def _bind_to_guardian(self) -> Callable[[], None]:
        """Return what a child does between fork and exec, after it changed the account (which clears the wish)."""
        guardian = os.getpid()
        libc, number = self._libc, self._plan.orphan_signal

        def bind() -> None:
            if libc is not None:
                libc.prctl(_PR_SET_PDEATHSIG, number)
                if os.getppid() != guardian:
                    os._exit(1)  # it died before the wish was placed

        return bind

    def _stop(self, number: int) -> None:
        if self._child is None or self._child.poll() is not None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, number)
        try:
            self._child.wait(self._plan.stop_limit_s)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()

    def _fail(self, reason: str) -> NoReturn:
        lines = self._log.read_text(errors="replace").split("\n") if self._log.exists() else []
        told = [line.strip() for line in lines if line.strip()]
        reasons = [line for line in told if any(word in line for word in _ERROR_WORDS)]
        raise Failed(" | ".join([reason, *(reasons or told)[-_LOG_LINES:]]))


def _identity(account: str | None) -> dict[str, Any]:
    if account is None:
        return {}
    return {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}


def _pipe_of(text: str, account: str | None) -> int:
    """Return the read end of a pipe that holds the text; the account may also open it by name (/dev/stdin)."""
    reader, writer = os.pipe()
    if account is not None:
        owner = pwd.getpwnam(account)
        os.fchown(reader, owner.pw_uid, owner.pw_gid)
    os.write(writer, text.encode())
    os.close(writer)
    return reader


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _report(answer: dict[str, object]) -> None:
    with suppress(BrokenPipeError):
        print(json.dumps(answer), flush=True)  # noqa: T201 - the protocol of this process


def main() -> None:
    """Guard the server that the first line of standard input describes."""
    text = b""
    while not text.endswith(b"\n"):  # byte-wise, so that nothing of the lifeline is buffered away
        byte = os.read(sys.stdin.fileno(), 1)
        if not byte:
            return
        text += byte
    try:
        Guardian(Plan.from_json(text.decode()), Watch()).live(_report)
    except (OSError, subprocess.SubprocessError) as error:
        # A full disk, an account that we may not change to: the run tells its user.
        _report({"error": " ".join(str(error).split())})


if __name__ == "__main__":
    main()
