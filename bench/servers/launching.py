"""Have a guardian start a private server, and hold its lifeline."""

from __future__ import annotations

import json
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

from bench.core.errors import OrmbenchError
from bench.core.interpreter import module_command
from bench.servers.guardian import KEEP, KILL, START, STOP
from bench.servers.plan import Plan

_SLACK_S = 10.0
"""What a guardian may need on top of its server's own limits."""


class Launched:
    """A private server that runs; `close` ends it and waits until its folder is gone.

    Raises:
        OrmbenchError: The server did not start; the message ends with what its log said last.
    """

    def __init__(self, plan: Plan) -> None:
        self.folder = Path(plan.folder)
        self._plan = plan
        self._guardian = subprocess.Popen(
            module_command("bench.servers.guardian", plan.folder),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C at the terminal must reach the run only, which then closes its servers in good order.
            start_new_session=True,
        )
        try:
            self.port = self._start()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the lifeline and wait for the guardian to clean up."""
        for stream in (self._guardian.stdin, self._guardian.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # an order that it did not live to read
                    stream.close()
        try:
            self._guardian.wait(self._plan.stop_limit_s + _SLACK_S)
        except subprocess.TimeoutExpired:
            self._guardian.kill()
            self._guardian.wait()

    def keep(self) -> int:
        """Cut the bond, so that the server outlives this process; return the guardian's process id."""
        if self._guardian.stdin is not None:
            self._guardian.stdin.write(f"{KEEP.decode()}\n")
            self._guardian.stdin.close()
        if self._guardian.stdout is not None:
            self._guardian.stdout.close()
        # It is not ours any more: the object must not complain when it is collected while the guardian lives.
        self._guardian.returncode = 0
        return self._guardian.pid

    def stop(self) -> None:
        """End the server as an operator does who does not wait for its clients; its folder and port stay."""
        self._ask(STOP.decode(), "did not stop")

    def kill(self) -> None:
        """End the server with SIGKILL to all of its processes; its folder and port stay."""
        self._ask(KILL.decode(), "could not be killed")

    def start_again(self) -> None:
        """Start the server on its port and data after `stop` or `kill`; do nothing where it runs."""
        self._ask(START.decode(), "did not start again")

    def _start(self) -> int | None:
        return self._ask(self._plan.to_json(), "did not start")

    def _ask(self, line: str, failure: str) -> int | None:
        """Send a line to the guardian and return the port that it answers with.

        Raises:
            OrmbenchError: It answers with an error, or does not live to answer.
        """
        if self._guardian.stdin is not None:
            with suppress(BrokenPipeError):  # then there is no answer either
                self._guardian.stdin.write(f"{line}\n")
                self._guardian.stdin.flush()
        answer_line = self._guardian.stdout.readline() if self._guardian.stdout is not None else ""
        answer: dict[str, Any] = (
            json.loads(answer_line) if answer_line else {"error": "its guardian ended without a word"}
        )
        if "error" in answer:
            kind = self.folder.name.partition("-")[0]
            message = f"the private {kind} server {failure}: {answer['error']}"
            raise OrmbenchError(message)
        port = answer["port"]
        return int(port) if port is not None else None
