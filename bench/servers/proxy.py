"""The process that stands between a run and a server, and delays, counts, holds or cuts what passes.

Started as `python -m bench.servers.proxy HOST PORT DELAY...` (delays of each direction in milliseconds), in a session
of its own, so that Ctrl-C at the terminal reaches the run only. It listens on one port of 127.0.0.1 for each delay and
answers with the ports (`{"ports": [...]}`, in the order of the delays). Then it obeys one `Order` per line of standard
input (`{"order": "count"}`) and answers each with one line of JSON: `{}`, `{"traffic": [...]}` or `{"error": ...}`. It
ends at once when standard input closes: the run is over, in whatever way.

Bytes are delayed, the opening of a connection is not: it costs one round trip less than on a real network.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from enum import StrEnum

from bench.servers.alarm import exact_loop, new_alarm
from bench.servers.delay_line import DelayLine
from bench.servers.relay import ClientEnd, Link

HOST = "127.0.0.1"

_NS_PER_MS = 1_000_000
_BACKLOG = 1024
"""Connections that may arrive at once: the largest pools of a load test, many times over."""


class Order(StrEnum):
    """What a run may ask for; all but COUNT concern every listener."""

    COUNT = "count"
    """Answer with the cumulative counts of each listener."""
    PAUSE = "pause"
    """Forward nothing; hold bytes, and connections that are opened."""
    RESUME = "resume"
    """Forward again, beginning with what was held."""
    CUT = "cut"
    """Reset all connections; go on listening."""
    REFUSE = "refuse"
    """Stop listening; leave connections alone."""
    ACCEPT = "accept"
    """Listen again, on the same port."""


class Listener:
    """One port, and the delay of what passes through it."""

    def __init__(self, host: str, port: int, delay_ms: float) -> None:
        delay_ns = round(delay_ms * _NS_PER_MS)
        self.link = Link(host, port, DelayLine(delay_ns, time.monotonic_ns, new_alarm))
        self.port = 0
        self._server: asyncio.Server | None = None

    async def accept(self) -> None:
        """Listen: on a free port the first time, on the same one afterwards."""
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: ClientEnd(self.link), HOST, self.port, backlog=_BACKLOG)
            self.port = self._server.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            self._server = None


async def obey(order: Order, listeners: Sequence[Listener]) -> dict[str, object]:
    """Carry out an order and return the answer."""
    if order is Order.COUNT:
        return {"traffic": [asdict(listener.link.counts) for listener in listeners]}
    for listener in listeners:
        match order:
            case Order.PAUSE:
                listener.link.line.pause()
            case Order.RESUME:
                listener.link.line.resume()
            case Order.CUT:
                listener.link.cut()
            case Order.REFUSE:
                listener.refuse()
            case Order.ACCEPT:
                await listener.accept()
    return {}


async def serve(host: str, port: int, delays_ms: Sequence[float]) -> None:
    """Listen and obey until standard input closes."""
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    listeners = [Listener(host, port, delay_ms) for delay_ms in delays_ms]
    for listener in listeners:
        await listener.accept()
    _report({"ports": [listener.port for listener in listeners]})
    while line := await orders.readline():
        try:
            _report(await obey(Order(json.loads(line)["order"]), listeners))
        except OSError as error:
            _report({"error": str(error)})


def _report(answer: dict[str, object]) -> None:
    with suppress(BrokenPipeError):  # the run is gone; standard input says so next
        print(json.dumps(answer), flush=True)  # noqa: T201 - the protocol of this process


def main() -> None:
    """Serve what the command line describes."""
    host, port, *delays_ms = sys.argv[1:]
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        runner.run(serve(host, int(port), [float(delay_ms) for delay_ms in delays_ms]))
        # In good order the loop would first wait for a name that is being looked up.
        os._exit(0)


if __name__ == "__main__":
    main()
