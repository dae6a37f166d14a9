"""How late an event loop wakes its tasks while it is busy: what every other request on it has to wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from time import perf_counter_ns
from typing import TypeVar

from bench.core.summaries import with_missed

Answer = TypeVar("Answer")

NAP_S = 0.001
"""A task asks to be woken after so long, again and again; uvloop's timers count whole milliseconds."""
_NAP_NS = round(NAP_S * 1e9)


async def with_lag(work: Awaitable[Answer]) -> tuple[Answer, list[int]]:
    """Return what the work returns, and by how many nanoseconds each wake-up that was due in it came too late."""
    lags_ns: list[int] = []
    napping = asyncio.create_task(_nap(lags_ns))
    await asyncio.sleep(0)
    try:
        return await work, lags_ns
    finally:
        # Due wake-ups are heard first: work that never yields is what this is about.
        await asyncio.sleep(NAP_S)
        napping.cancel()


async def _nap(lags_ns: list[int]) -> None:
    while True:
        start_ns = perf_counter_ns()
        await asyncio.sleep(NAP_S)
        lags_ns.extend(with_missed(max(0, perf_counter_ns() - start_ns - _NAP_NS), _NAP_NS))
