"""Have a guardian start a private server, and hold its lifeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.core.errors import OrmbenchError
from bench.servers.guardian import KEEP
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
            [sys.executable, "-m", "bench.servers.guardian", plan.folder],
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
                stream.close()
        try:
            self._guardian.wait(self._plan.stop_limit_s + _SLACK_S)
        except subprocess.TimeoutExpired:
            self._guardian.kill()
            self._guardian.wait()

    def keep(self) -> int:
        """Cut the bond, so that the server outlives this process; return the guardian's process id."""
        if self._guardian.stdin is not None:
            self._guardian.stdin.write(KEEP.decode())
            self._guardian.stdin.close()
        if self._guardian.stdout is not None:
            self._guardian.stdout.close()
        # It is not ours any more: the object must not complain when it is collected while the guardian lives.
        self._guardian.returncode = 0
        return self._guardian.pid

    def _start(self) -> int | None:
        if self._guardian.stdin is not None:
            self._guardian.stdin.write(self._plan.to_json() + "\n")
            self._guardian.stdin.flush()
        line = self._guardian.stdout.readline() if self._guardian.stdout is not None else ""
        answer: dict[str, Any] = json.loads(line) if line else {"error": "its guardian ended without a word"}
        if "error" in answer:
            kind = self.folder.name.partition("-")[0]
            message = f"the private {kind} server did not start: {answer['error']}"
            raise OrmbenchError(message)
        port = answer["port"]
        return int(port) if port is not None else None
