"""Locust's web UI on the applications of a run: its start, what it is prefilled with, and its wait."""

from __future__ import annotations

import http.client
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import NoReturn

from bench.core.errors import OrmbenchError
from bench.load.applications import Applications
from bench.load.generator_process.process import HOST, Surroundings, last_word, spread, tethered
from bench.load.target.process import free_port

USERS, PER_S, RUN_TIME = 10, 10, "2m"
"""What the form of a new test is prefilled with."""
READY_LIMIT_S = 60.0
_ASK_LIMIT_S = 3.0
_INTERVAL_S = 0.2
_LOG = "web-ui.log"


@dataclass(frozen=True)
class WebUi:
    """The web UI on its way."""

    url: str
    process: subprocess.Popen[bytes]
    applications: Applications
    log: Path

    def wait(self) -> NoReturn:
        """Wait for as long as it and the applications run.

        Raises:
            OrmbenchError: One of them ended by itself.
        """
        while True:
            self.require()
            time.sleep(_INTERVAL_S)

    def require(self) -> None:
        """Make sure that all of it runs.

        Raises:
            OrmbenchError: The web UI or an application ended.
        """
        self.applications.require()
        if self.process.poll() is not None:
            message = f"the web UI ended: {last_word(self.log)}"
            raise OrmbenchError(message)


@contextmanager
def web_ui(
    applications: Applications, surroundings: Surroundings, folder: Path, *, port: int, workers: int
) -> Iterator[WebUi]:
    """Bring the web UI up, and end it whatever way the block ends; its log goes into the folder.

    Raises:
        UsageError: The port is taken.
        OrmbenchError: It did not start.
    """
    port = free_port(HOST, port)
    place = ["--web-host", HOST, "--web-port", str(port), "--class-picker"]
    form = ["--host", applications.every[0].base_url, "--users", str(USERS), "--spawn-rate", str(PER_S)]
    command = surroundings.command(*place, *form, "--run-time", RUN_TIME, *spread(workers))
    log = folder / _LOG
    with (
        log.open("wb") as output,
        tethered(command, surroundings.environment(), output, surroundings.folder) as process,
    ):
        ui = WebUi(f"http://{HOST}:{port}", process, applications, log)
        deadline_s = time.monotonic() + READY_LIMIT_S
        while not _answers(port):
            ui.require()
            if time.monotonic() > deadline_s:
                message = f"the web UI was not ready after {READY_LIMIT_S:g} s: {last_word(log)}"
                raise OrmbenchError(message)
            time.sleep(_INTERVAL_S)
        yield ui


def _answers(port: int) -> bool:
    with closing(http.client.HTTPConnection(HOST, port, timeout=_ASK_LIMIT_S)) as connection:
        try:
            connection.request("GET", "/")
            return connection.getresponse().status == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
