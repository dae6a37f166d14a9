"""The two timed loops: the same text, once without and once with `await`.

The clock starts and stops inside the coroutine. Entering the event loop for every operation would charge
17 microseconds (`run_until_complete`) or 139 (`asyncio.run`) to the async side alone
(V. Stinner's figures, https://github.com/psf/pyperf/issues/121).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns
from typing import Any

from bench.core.database import AsyncDatabase, Database


@dataclass(frozen=True, slots=True)
class Block:
    """One timed burst of a case."""

    elapsed_ns: int
    cpu_ns: int
    """CPU time of this process, all threads, user and system."""


def time_block(operation: Callable[[Database, Any], object], db: Database, keys: Sequence[Any]) -> Block:
    """Time one operation per key, one after the other."""
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    for key in keys:
        operation(db, key)
    elapsed_ns = perf_counter_ns() - start_ns
    return Block(elapsed_ns, process_time_ns() - cpu_start_ns)


async def time_block_async(
    operation: Callable[[AsyncDatabase, Any], Awaitable[object]], db: AsyncDatabase, keys: Sequence[Any]
) -> Block:
    """Time one operation per key, one after the other."""
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    for key in keys:
        await operation(db, key)
    elapsed_ns = perf_counter_ns() - start_ns
    return Block(elapsed_ns, process_time_ns() - cpu_start_ns)
