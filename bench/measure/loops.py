"""The timed loops: each the same text twice, once without and once with `await`.

The clock starts and stops inside the coroutine. Entering the event loop for every operation would charge
17 microseconds (`run_until_complete`) or 139 (`asyncio.run`) to the async side alone
(V. Stinner's figures, https://github.com/psf/pyperf/issues/121).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns
from typing import Any

from bench.core.database import AsyncDatabase, Database

Operation = Callable[[Database, Any], object]
AsyncOperation = Callable[[AsyncDatabase, Any], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Block:
    """One timed burst of a case."""

    elapsed_ns: int
    cpu_ns: int
    """CPU time of this process, all threads, user and system."""
    latencies_ns: tuple[int, ...] = ()
    """Service time of every single operation, where several were in flight: the wait for a connection is in it."""


def time_block(operation: Operation, db: Database, keys: Sequence[Any]) -> Block:
    """Time one operation per key, one after the other."""
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    for key in keys:
        operation(db, key)
    elapsed_ns = perf_counter_ns() - start_ns
    return Block(elapsed_ns, process_time_ns() - cpu_start_ns)


async def time_block_async(operation: AsyncOperation, db: AsyncDatabase, keys: Sequence[Any]) -> Block:
    """Time one operation per key, one after the other."""
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    for key in keys:
        await operation(db, key)
    elapsed_ns = perf_counter_ns() - start_ns
    return Block(elapsed_ns, process_time_ns() - cpu_start_ns)


def time_in_flight(operation: Operation, db: Database, keys: Sequence[Any], in_flight: int, threads: Executor) -> Block:
    """Time one operation per key, so many at a time, in threads that have been started before.

    All operations come to their end, whatever one of them raises; the first exception is raised then.
    """
    latencies_ns: list[int] = []

    def work(mine: Iterator[Any]) -> None:
        # Under the interpreter lock an iterator gives each key to one thread only, and a list takes every append.
        for key in mine:
            begin_ns = perf_counter_ns()
            operation(db, key)
            latencies_ns.append(perf_counter_ns() - begin_ns)

    shared = iter(keys)
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    workers = [threads.submit(work, shared) for _ in range(in_flight)]
    try:
        wait(workers)
    except BaseException:
        # Interrupted: who can begins no other operation. One that hangs keeps its thread.
        for _ in shared:
            pass
        raise
    elapsed_ns = perf_counter_ns() - start_ns
    cpu_ns = process_time_ns() - cpu_start_ns
    for worker in workers:
        worker.result()
    return Block(elapsed_ns, cpu_ns, tuple(latencies_ns))


async def time_in_flight_async(
    operation: AsyncOperation, db: AsyncDatabase, keys: Sequence[Any], in_flight: int
) -> Block:
    """Time one operation per key, so many at a time, in tasks of this event loop.

    All operations come to their end, whatever one of them raises; the first exception is raised then.
    """
    latencies_ns: list[int] = []

    async def work(mine: Iterator[Any]) -> None:
        for key in mine:
            begin_ns = perf_counter_ns()
            await operation(db, key)
            latencies_ns.append(perf_counter_ns() - begin_ns)

    shared = iter(keys)
    cpu_start_ns = process_time_ns()
    start_ns = perf_counter_ns()
    workers = [asyncio.create_task(work(shared)) for _ in range(in_flight)]
    await asyncio.wait(workers)
    elapsed_ns = perf_counter_ns() - start_ns
    cpu_ns = process_time_ns() - cpu_start_ns
    for worker in workers:
        worker.result()
    return Block(elapsed_ns, cpu_ns, tuple(latencies_ns))
