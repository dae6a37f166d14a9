"""The event loops that awaited bodies run in: one of each kind for the life of a process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from importlib.metadata import version
from typing import Any

from bench.core.conditions import Loop
from bench.measure.patience import TimeIsUpError

_CANCELLING_S = 1.0
"""For tasks that are cancelled; what does not heed it is left behind."""


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
            # aiosqlite asks for the current loop when a connection that was dropped is collected outside of any: where
            # nobody has said that there is none, asyncio (until Python 3.13) makes one, and nobody closes it.
            asyncio.set_event_loop(None)
            self._runners[loop] = asyncio.Runner(loop_factory=loop_factory(loop)[1])
        runner = self._runners[loop]
        try:
            return runner.run(coroutine)
        except TimeIsUpError:
            _end_leftovers(runner.get_loop())
            raise

    def close(self) -> None:
        """Close every loop."""
        while self._runners:
            self._runners.popitem()[1].close()


def _end_leftovers(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what was interrupted between two of its steps: it would go on as soon as the loop does."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if not left:
        return
    waiting = loop.create_task(asyncio.wait(left, timeout=_CANCELLING_S))
    while not waiting.done():
        with suppress(TimeIsUpError):  # it rings again where one of them does not heed
            loop.run_until_complete(waiting)
    for task in left:
        if task.done() and not task.cancelled():
            task.exception()  # asked for, so that nobody complains that it never was
