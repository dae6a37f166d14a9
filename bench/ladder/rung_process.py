"""The minimal application as a process, served as the target app is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from sqlalchemy import URL

from bench.core.errors import OrmbenchError
from bench.ladder.answers import answer_of
from bench.load.target.options import TargetOptions, serving_command, serving_environment
from bench.load.target.process import free_port

APPLICATION = "bench.ladder.rungs:application"
# The same server with the same settings as the target app: the ratio must not compare these too.
_SERVED = TargetOptions()
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0
_INTERVAL_S = 0.05


@dataclass(frozen=True)
class Served:
    """The process, and where it listens."""

    base_url: str
    pid: int


@contextmanager
def serving_rungs(server: URL, pool_size: int, log: Path) -> Iterator[Served]:
    """Serve the rungs for as long as the block lasts; the process ends with this one, whatever ends it.

    Raises:
        OrmbenchError: It did not start; the message ends with its last line in the log.
    """
    port = free_port(_SERVED.host, _SERVED.port)
    base_url = f"http://{_SERVED.host}:{port}"
    process = _start(server, pool_size, port, log)
    try:
        _wait_until_ready(process, base_url, log)
        yield Served(base_url, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def _start(server: URL, pool_size: int, port: int, log: Path) -> subprocess.Popen[bytes]:
    settings = {"url": server.render_as_string(hide_password=False), "pool_size": pool_size}
    with log.open("wb") as output:
        return subprocess.Popen(
            serving_command(APPLICATION, _SERVED, port),
            env=serving_environment(settings),
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            # Ctrl-C at the terminal must reach us only, who then end it in good order.
            start_new_session=True,
        )


def _wait_until_ready(process: subprocess.Popen[bytes], base_url: str, log: Path) -> None:
    deadline = monotonic() + START_LIMIT_S
    while monotonic() < deadline:
        if process.poll() is not None:
            reason = f"ended with code {process.returncode}"
            break
        with suppress(OSError):
            answer_of(base_url, "/async/null/users/1")
            return
        sleep(_INTERVAL_S)
    else:
        reason = f"was not ready after {START_LIMIT_S:g} s"
    told = log.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["it left no output"]
    message = f"the process of the minimal handlers {reason}: {told[-1]}"
    raise OrmbenchError(message)
