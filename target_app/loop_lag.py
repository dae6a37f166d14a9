"""How late the event loop of this process wakes a task: what every request has to wait that comes while it is busy."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import takewhile
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Histogram

from target_app.metrics import BUCKETS_S, OF_THIS_PROCESS

NAP_S = 0.05
"""A task asks to be woken after so long, again and again.

20 wakes a second are few beside the requests of a loop that is busy, and show whoever holds it that long. Both modes
have the same loop, so no comparison of them changes.
"""
KEPT_S = 60.0
"""How far back the wakes can be asked for."""
_KEPT = round(KEPT_S / NAP_S)


class Wake(NamedTuple):
    """One time at which the task was woken."""

    time: float
    """Since the epoch, to the µs: who asks for what came later names it again."""
    lag_s: float
    """By how much it was too late; uvloop's timers count whole milliseconds."""


class LoopLag:
    """Lets a task sleep and be woken, and keeps how late that was, for the last minute.

    Reading takes nothing away: an answer that nobody waits for any more, as happens while the loop is held, loses none.
    """

    def __init__(
        self,
        seconds: Histogram,
        clock_s: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        epoch_s: Callable[[], float] = time.time,
    ) -> None:
        self._seconds = seconds
        self._clock_s = clock_s
        self._sleep = sleep
        self._epoch_s = epoch_s
        self._wakes: deque[Wake] = deque(maxlen=_KEPT)

    @asynccontextmanager
    async def measured(self) -> AsyncIterator[None]:
        """Measure for as long as the block lasts."""
        napping = asyncio.create_task(self._nap())
        try:
            yield
        finally:
            napping.cancel()
            await asyncio.wait([napping])

    def since(self, moment: float) -> list[Wake]:
        """Return the wakes after a moment since the epoch, as far as they are kept, the oldest first."""
        latest_first: Iterator[Wake] = reversed(self._wakes)
        return list(takewhile(lambda wake: wake.time > moment, latest_first))[::-1]

    async def _nap(self) -> None:
        while True:
            due_s = self._clock_s() + NAP_S
            await self._sleep(NAP_S)
            # A timer in whole milliseconds may be early by a part of one.
            lag_s = max(0.0, self._clock_s() - due_s)
            self._wakes.append(Wake(round(self._epoch_s(), 6), lag_s))
            self._seconds.observe(lag_s)


def lag_seconds(registry: CollectorRegistry) -> Histogram:
    """Return the histogram of all lags, registered."""
    return Histogram(
        "event_loop_lag_seconds",
        f"Seconds by which the event loop woke a task too late that asks for it every {NAP_S:g} s. {OF_THIS_PROCESS}",
        buckets=BUCKETS_S,
        registry=registry,
    )
