"""The two timed loops and the harness's own overhead, with a scripted clock."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, cast

import pytest

from bench.core.database import AsyncDatabase, Database
from bench.measure import loops, overhead
from bench.measure.loops import Block, time_block, time_block_async
from bench.measure.overhead import measure_overhead
from bench.measure.workbench import Workbench


class Clock:
    """Time passes only where a test says so; CPU time at half the speed."""

    def __init__(self) -> None:
        self.now_ns = 1_000
        self.reads: list[str] = []

    def wall(self) -> int:
        """Read the time."""
        self.reads.append("wall")
        return self.now_ns

    def cpu(self) -> int:
        """Read the CPU time."""
        self.reads.append("cpu")
        return self.now_ns // 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in place of both that the loops read."""
    scripted = Clock()
    monkeypatch.setattr(loops, "perf_counter_ns", scripted.wall)
    monkeypatch.setattr(loops, "process_time_ns", scripted.cpu)
    return scripted


DB, ASYNC_DB = cast("Database", object()), cast("AsyncDatabase", object())


def test_the_blocking_loop_times_its_operations_and_nothing_else(clock: Clock) -> None:
    """One operation per key, in order, between one start and one stop of the clock."""
    seen: list[Any] = []

    def operation(db: Database, key: int) -> None:
        seen.append((db, key))
        clock.now_ns += key

    assert time_block(operation, DB, [10, 30, 2]) == Block(42, 21)
    assert seen == [(DB, 10), (DB, 30), (DB, 2)]
    assert clock.reads == ["cpu", "wall", "wall", "cpu"]


def test_the_awaited_loop_does_the_same_inside_of_the_coroutine(clock: Clock) -> None:
    """The way into the event loop is not timed: the clock starts when the coroutine runs, and is read as often."""
    seen: list[Any] = []

    async def operation(db: AsyncDatabase, key: int) -> None:
        await asyncio.sleep(0)
        seen.append((db, key))
        clock.now_ns += key

    async def enter(block: Coroutine[Any, Any, Block]) -> Block:
        clock.now_ns += 1_000_000
        result = await block
        clock.now_ns += 1_000_000
        return result

    waiting = time_block_async(operation, ASYNC_DB, [10, 30, 2])
    clock.now_ns += 1_000_000
    assert asyncio.run(enter(waiting)) == Block(42, 21)
    assert seen == [(ASYNC_DB, 10), (ASYNC_DB, 30), (ASYNC_DB, 2)]
    assert clock.reads == ["cpu", "wall", "wall", "cpu"]


def test_operations_of_a_block_follow_one_another() -> None:
    """The awaited loop starts no operation before the last one has ended."""
    running: list[int] = []
    most: list[int] = []

    async def operation(_db: AsyncDatabase, key: int) -> None:
        running.append(key)
        await asyncio.sleep(0)
        most.append(len(running))
        running.remove(key)

    asyncio.run(time_block_async(operation, ASYNC_DB, range(5)))
    assert most == [1] * 5


def test_an_operation_that_raises_ends_the_block() -> None:
    """The exception reaches the caller unchanged in both modes."""

    def operation(_db: Database, _key: int) -> None:
        raise LookupError

    async def operation_async(_db: AsyncDatabase, _key: int) -> None:
        raise LookupError

    with pytest.raises(LookupError):
        time_block(operation, DB, [1])
    with pytest.raises(LookupError):
        asyncio.run(time_block_async(operation_async, ASYNC_DB, [1]))


def test_the_overhead_is_measured_with_the_loops_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """All numbers come from real runs of an empty operation, per operation."""
    monkeypatch.setattr(overhead, "OPERATIONS", 50)
    monkeypatch.setattr(overhead, "REPEATS", 2)
    with Workbench([]) as bench:
        found = measure_overhead(bench)
    assert set(found.as_data()) == {"sync", "async", "hand_sync", "hand_async", "crowd_sync", "crowd_async"}
    assert all(nanoseconds > 0 for nanoseconds in found.as_data().values())
