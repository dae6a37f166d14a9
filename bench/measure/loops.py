"""The timed loops: each the same text twice, once without and once with `await`.

The clock starts and stops inside the coroutine. Entering the event loop for every operation would charge
17 microseconds (`run_until_complete`) or 139 (`asyncio.run`) to the async side alone
(V. Stinner's figures, https://github.com/psf/pyperf/issues/121).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from time import perf_counter_ns, process_time_ns
from typing import Any

from bench.core.database import AsyncDatabase, Database
from bench.measure.stretch import Rush, Stretch

Operation = Callable[[Database, Any], object]
AsyncOperation = Callable[[AsyncDatabase, Any], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Block:
    """What one timed block of a case took."""

    elapsed_ns: int
    cpu_ns: int
    """CPU time of this process, all threads, user and system."""
    latencies_ns: tuple[int, ...] = ()
    """Service time of every operation that was under way, where several were in flight: its wait for a connection is in
    it."""
    beside: int = 0
    """Operations that were performed before the clock started and behind its stop, where several were in flight."""
    beside_ns: int = 0
    """Time of those."""


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


def time_in_flight(operation: Operation, db: Database, stretch: Stretch, threads: Executor) -> Block:
    """Time the stretch of a crowd's work."""
    start_ns = perf_counter_ns()
    work_off(operation, db, stretch, threads)
    return _timed(stretch, perf_counter_ns() - start_ns)


async def time_in_flight_async(operation: AsyncOperation, db: AsyncDatabase, stretch: Stretch) -> Block:
    """Time the stretch of a crowd's work."""
    start_ns = perf_counter_ns()
    await work_off_async(operation, db, stretch)
    return _timed(stretch, perf_counter_ns() - start_ns)


def work_off(operation: Operation, db: Database, rush: Rush, threads: Executor) -> None:
    """Perform one operation per key, so many at a time, in threads that have been started before.

    All operations come to their end, whatever one of them raises; the first exception is raised then.
    """

    def work() -> None:
        for key in rush.keys:
            begin_ns = perf_counter_ns()
            operation(db, key)
            rush.answered(begin_ns)

    workers = [threads.submit(work) for _ in range(rush.in_flight)]
    try:
        wait(workers)
    except BaseException:
        # Interrupted: who can begins no other operation. One that hangs keeps its thread.
        rush.keys.are_left = False
        raise
    for worker in workers:
        worker.result()


async def work_off_async(operation: AsyncOperation, db: AsyncDatabase, rush: Rush) -> None:
    """Perform one operation per key, so many at a time, in tasks of this event loop.

    All operations come to their end, whatever one of them raises; the first exception is raised then.
    """

    async def work() -> None:
        for key in rush.keys:
            begin_ns = perf_counter_ns()
            await operation(db, key)
            rush.answered(begin_ns)

    workers = [asyncio.create_task(work()) for _ in range(rush.in_flight)]
    await asyncio.wait(workers)
    for worker in workers:
        worker.result()


def _timed(stretch: Stretch, whole_ns: int) -> Block:
    return Block(
        stretch.elapsed_ns,
        stretch.cpu_ns,
        tuple(stretch.latencies_ns),
        beside=stretch.performed - stretch.operations,
        beside_ns=whole_ns - stretch.elapsed_ns,
    )
