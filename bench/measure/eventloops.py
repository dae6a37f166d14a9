"""The event loops that awaited bodies run in: one of each kind for the life of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from importlib.metadata import version
from typing import Any

from bench.core.conditions import Loop


def loop_factory(loop: Loop = Loop.BEST) -> tuple[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return the name and the factory of an event loop; the best is uvloop where it installs, as in production."""
    if loop is Loop.BEST:
        try:
            import uvloop  # noqa: PLC0415 - absent on some platforms
        except ImportError:
            pass
        else:
            return f"uvloop {version('uvloop')}", uvloop.new_event_loop
    return "asyncio", asyncio.new_event_loop


class EventLoops:
    """One loop of each kind, made when it is first needed."""

    def __init__(self) -> None:
        self._runners: dict[Loop, asyncio.Runner] = {}

    def run(self, coroutine: Coroutine[Any, Any, Any], loop: Loop = Loop.BEST) -> Any:  # noqa: ANN401 - whatever the coroutine returns
        """Run a coroutine in the loop of that kind."""
        if loop not in self._runners:
            self._runners[loop] = asyncio.Runner(loop_factory=loop_factory(loop)[1])
        return self._runners[loop].run(coroutine)

    def close(self) -> None:
        """Close every loop."""
        while self._runners:
            self._runners.popitem()[1].close()
