"""Have a proxy delay and count what passes between a run and one server, and hold its lifeline."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from typing import Any

from bench.core.errors import OrmbenchError, UsageError
from bench.core.interpreter import module_command
from bench.core.traffic import Traffic
from bench.servers.proxy import Order

LONGEST_DELAY_MS = 10_000

_STOP_LIMIT_S = 10.0


class DelayProxy(AbstractContextManager["DelayProxy"]):
    """A proxy process in front of `host` and `port`, with one port of 127.0.0.1 for each delay.

    A delay is that of each direction, in milliseconds: a round trip takes two of them longer. The proxy ends with
    `close`, or with this process.

    Raises:
        UsageError: A delay is no number from 0 to 10000, or is there twice.
        OrmbenchError: The proxy did not start; and from every request, once it has ended.
    """

    def __init__(self, host: str, port: int, delays_ms: Sequence[float]) -> None:
        check_delays(delays_ms)
        self._name = f"the delay proxy for {host}:{port}"
        self._process = subprocess.Popen(
            module_command("bench.servers.proxy", host, str(port), *map(str, delays_ms)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C at the terminal must reach the run only, which may still count what passed.
            start_new_session=True,
        )
        self.delays_ms = tuple(delays_ms)
        try:
            self._ports: list[int] = self._answer("did not start")["ports"]
        except BaseException:
            self.close()
            raise

    def port(self, delay_ms: float) -> int:
        """Return the port of 127.0.0.1 behind which each direction is delayed by so many milliseconds."""
        return self._ports[self.delays_ms.index(delay_ms)]

    def traffic(self, delay_ms: float) -> Traffic:
        """Return what has passed through the listener of that delay."""
        return Traffic(**self._ask(Order.COUNT)["traffic"][self.delays_ms.index(delay_ms)])

    def pause(self) -> None:
        """Forward nothing; what is sent, and connections that are opened, are held until `resume`."""
        self._ask(Order.PAUSE)

    def resume(self) -> None:
        """Forward again, beginning with what was held."""
        self._ask(Order.RESUME)

    def cut(self) -> None:
        """Reset all connections; new ones are accepted."""
        self._ask(Order.CUT)

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        self._ask(Order.REFUSE)

    def accept(self) -> None:
        """Accept new connections again, on the same ports."""
        self._ask(Order.ACCEPT)

    def close(self) -> None:
        """Let go of the lifeline and wait until the proxy has ended."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):  # an order that it did not live to read
                    stream.close()
        try:
            self._process.wait(_STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, order: Order) -> dict[str, Any]:
        with suppress(BrokenPipeError):  # then there is no answer either
            if self._process.stdin is not None and not self._process.stdin.closed:
                self._process.stdin.write(json.dumps({"order": order}) + "\n")
                self._process.stdin.flush()
        return self._answer(f"did not {order}")

    def _answer(self, failure: str) -> dict[str, Any]:
        stream = self._process.stdout
        line = stream.readline() if stream is not None and not stream.closed else ""
        answer: dict[str, Any] = json.loads(line) if line else {"error": "its process has ended"}
        if "error" in answer:
            message = f"{self._name} {failure}: {answer['error']}"
            raise OrmbenchError(message)
        return answer


def check_delays(delays_ms: Sequence[float]) -> None:
    """Refuse delays that make no sense.

    Raises:
        UsageError: One is out of range, or is there twice.
    """
    for position, delay_ms in enumerate(delays_ms):
        if not 0 <= delay_ms <= LONGEST_DELAY_MS:  # nan neither
            message = f"delay '{delay_ms:g}' ms makes no sense; give 0 to {LONGEST_DELAY_MS}"
            raise UsageError(message)
        if delay_ms in delays_ms[:position]:
            message = f"delay '{delay_ms:g}' ms is given twice; give each delay once"
            raise UsageError(message)
