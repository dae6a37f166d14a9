"""The loops with several operations in flight: they overlap exactly so far, in threads and in tasks alike."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock
from typing import cast

import pytest

from bench.core.database import AsyncDatabase, Database
from bench.measure.loops import Block, time_in_flight, time_in_flight_async, work_off, work_off_async
from bench.measure.stretch import Rush, Stretch

DB, ASYNC_DB = cast("Database", object()), cast("AsyncDatabase", object())
IN_FLIGHT = 4
KEYS = list(range(3 * IN_FLIGHT))
LIMIT_S = 60.0
"""Nothing here waits for a time; a defect would wait for ever."""


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    """Return an executor with a thread for each that is in flight."""
    with ThreadPoolExecutor(IN_FLIGHT) as executor:
        yield executor


class Flight:
    """Notes who is in flight together."""

    def __init__(self) -> None:
        self.running: set[int] = set()
        self.most = 0
        self.ended: list[int] = []

    def take_off(self, key: int) -> None:
        """Note the beginning of an operation."""
        self.running.add(key)
        self.most = max(self.most, len(self.running))

    def land(self, key: int) -> None:
        """Note its end."""
        self.running.remove(key)
        self.ended.append(key)


def test_so_many_threads_are_under_way_and_no_more(threads: ThreadPoolExecutor) -> None:
    """Every operation waits for the full number: fewer would wait for ever, and more are counted."""
    flight, everyone, lock = Flight(), Barrier(IN_FLIGHT, timeout=LIMIT_S), Lock()

    def operation(db: Database, key: int) -> None:
        assert db is DB
        with lock:
            flight.take_off(key)
        everyone.wait()
        with lock:
            flight.land(key)

    work_off(operation, DB, Rush(KEYS, IN_FLIGHT), threads)
    assert flight.most == IN_FLIGHT
    assert sorted(flight.ended) == KEYS


def test_so_many_tasks_are_under_way_and_no_more() -> None:
    """The same in one event loop."""
    flight = Flight()

    async def work() -> None:
        everyone = asyncio.Barrier(IN_FLIGHT)

        async def operation(db: AsyncDatabase, key: int) -> None:
            assert db is ASYNC_DB
            flight.take_off(key)
            async with asyncio.timeout(LIMIT_S):
                await everyone.wait()
            flight.land(key)

        await work_off_async(operation, ASYNC_DB, Rush(KEYS, IN_FLIGHT))

    asyncio.run(work())
    assert flight.most == IN_FLIGHT
    assert sorted(flight.ended) == KEYS


def test_a_timed_crowd_is_at_work_before_the_clock_and_behind_it(threads: ThreadPoolExecutor) -> None:
    """In both modes the block has an answer for each key, and knows how many operations there were beside."""
    performed: list[int] = []

    def operation(_db: Database, key: int) -> None:
        performed.append(key)

    async def operation_async(_db: AsyncDatabase, key: int) -> None:
        performed.append(key)
        await asyncio.sleep(0)

    def check(block: Block) -> None:
        assert set(performed) == set(KEYS)
        assert block.beside == len(performed) - len(KEYS) >= IN_FLIGHT
        assert len(KEYS) <= len(block.latencies_ns) < len(KEYS) + IN_FLIGHT
        assert block.elapsed_ns > 0
        assert block.beside_ns > 0
        performed.clear()

    check(time_in_flight(operation, DB, Stretch(KEYS, IN_FLIGHT, lambda: True), threads))
    check(asyncio.run(time_in_flight_async(operation_async, ASYNC_DB, Stretch(KEYS, IN_FLIGHT, lambda: True))))


def test_an_exception_in_a_thread_comes_out_when_all_have_ended(threads: ThreadPoolExecutor) -> None:
    """The others end theirs and take the keys that are left; only then the caller hears of it."""
    flight, raised, lock = Flight(), Event(), Lock()

    def operation(_db: Database, key: int) -> None:
        if key == 1:
            raised.set()
            raise LookupError
        assert raised.wait(LIMIT_S)
        with lock:
            flight.ended.append(key)

    with pytest.raises(LookupError):
        work_off(operation, DB, Rush(KEYS, IN_FLIGHT), threads)
    assert sorted(flight.ended) == [key for key in KEYS if key != 1]


def test_an_exception_in_a_task_comes_out_when_all_have_ended() -> None:
    """The same in one event loop."""
    flight = Flight()

    async def work() -> None:
        raised = asyncio.Event()

        async def operation(_db: AsyncDatabase, key: int) -> None:
            if key == 1:
                raised.set()
                raise LookupError
            async with asyncio.timeout(LIMIT_S):
                await raised.wait()
            for _ in range(20):  # the caller could have heard of it long ago
                await asyncio.sleep(0)
            flight.ended.append(key)

        await work_off_async(operation, ASYNC_DB, Rush(KEYS, IN_FLIGHT))

    with pytest.raises(LookupError):
        asyncio.run(work())
    assert sorted(flight.ended) == [key for key in KEYS if key != 1]
