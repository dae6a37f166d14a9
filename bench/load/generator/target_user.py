"""The users of the target app: how they send a request, and when they mean to send the next one."""

from __future__ import annotations

import os
import random
from time import perf_counter
from typing import Any

from locust import FastHttpUser
from locust.env import Environment

from bench.core.load_pairs import STAGE
from bench.load.generator.pair_recording import DUE

_THINK_S = 0.0 if STAGE in os.environ else 1.0
"""The mean time between two requests that a user means to send. In a stage it never rests: then the number of users
says how many requests are under way."""


class ThinUser(FastHttpUser):
    """A user whose client does no more than the target app asks for."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        # The target app sets no cookie, and to look for some is a tenth of what a request costs the generator.
        self.client.client.cookiejar = None


class TargetUser(ThinUser):
    """A user of one side of the target app.

    In the web UI it thinks: it means to send a request every second on average, at random moments, whatever the
    answers take. An answer that takes longer makes the next request late, and its response time longer than its
    service time.
    """

    abstract = True
    side = ""
    """Prefix of every path: the mode."""
    # A client that gives up would be gone by then: the app itself answers 503 after 5 s without a connection.
    network_timeout = 10.0
    connection_timeout = 5.0

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self._due_s = perf_counter()

    def wait_time(self) -> float:
        """Return how long it is until the next request is due, in seconds; 0 where that is past."""
        if not _THINK_S:
            return 0.0
        self._due_s += random.expovariate(1 / _THINK_S)
        return max(0.0, self._due_s - perf_counter())

    def context(self) -> dict[str, Any]:
        """Return the intended start of the request, for the listeners of the web UI."""
        return {DUE: self._due_s} if _THINK_S else {}

    def ask(self, method: str, template: str, path: str, body: object = None) -> None:
        """Send a request; any status from 400 on is an error.

        Args:
            method: GET, POST...
            template: The path with its parameters named, under which the request is counted.
            path: The path with its parameters filled in.
            body: What is sent as JSON.
        """
        self.client.request(method, f"/{self.side}{path}", name=f"/{self.side}{template}", json=body)
