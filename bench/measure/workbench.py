"""The open databases of one dataset in one process: one for every driver and the conditions that it runs under."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any, Self, cast

from sqlalchemy import text

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from bench.core.engines import open_async_database, open_database
from bench.measure.eventloops import EventLoops, loop_factory
from bench.measure.lag import with_lag
from bench.measure.loops import (
    Block,
    time_block,
    time_block_async,
    time_in_flight,
    time_in_flight_async,
    work_off,
    work_off_async,
)
from bench.measure.open_connections import OpenConnections
from bench.measure.stretch import Rush, Stretch
from bench.measure.threads import CrowdThreads

_Place = tuple[str, Conditions]
"""The name of a driver, and the conditions of its engine."""
PLAIN = Conditions()
_PROBE = text("SELECT 1")


class LeakError(Exception):
    """An operation did not give back a connection that it took from the pool."""


class Workbench(AbstractContextManager["Workbench"]):
    """Holds one connected database per driver under plain conditions; under others for as long as they are asked for.

    Every connection is opened before any clock starts.
    """

    def __init__(self, connections: Iterable[Connection]) -> None:
        self._routes = {connection.driver_name: connection for connection in connections}
        self._loops = EventLoops()
        self._open: dict[_Place, Database | AsyncDatabase] = {}
        self._connections: dict[_Place, OpenConnections] = {}
        self._threads: dict[int, CrowdThreads] = {}

    @property
    def loop_name(self) -> str:
        """Return the name of the event loop in which awaited bodies run."""
        return loop_factory()[0]

    def __enter__(self) -> Self:
        try:
            for driver in self._routes:
                self._connect((driver, PLAIN))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection, thread and event loop."""
        with ExitStack() as stack:
            stack.callback(self._loops.close)
            for place in list(self._open):
                stack.callback(self._disconnect, place)
            while self._threads:
                stack.callback(self._threads.popitem()[1].shutdown)

    @contextmanager
    def under(self, surroundings: Iterable[tuple[str, Conditions]]) -> Iterator[None]:
        """Have databases open for drivers under their conditions, with as many connections as will be in use."""
        with ExitStack() as stack:
            for driver, conditions in surroundings:
                place = (driver, conditions.of_engine)
                if place in self._open:
                    stack.callback(self._take_back, place)
                else:
                    stack.callback(self._disconnect, place)
                    self._connect(place)
            yield

    @contextmanager
    def emptied(self) -> Iterator[None]:
        """Have no connection while the block lasts, and new ones behind it.

        Threads are new ones too, and nobody waits for the old: one of them may hang in what was given up.
        """
        places = list(self._open)
        for place in places:
            self._disconnect(place)
        while self._threads:
            self._threads.popitem()[1].shutdown(wait=False)
        yield
        for place in places:
            self._connect(place)

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the coroutine returns
        """Run a coroutine in the loop of this workbench."""
        return self._loops.run(coroutine)

    def engine(self, driver: str, conditions: Conditions = PLAIN) -> Any:  # noqa: ANN401 - Engine, or the Engine inside an AsyncEngine
        """Return the (inner, blocking) engine of a driver: where SQLAlchemy's events are heard in both modes."""
        database = self._open[driver, conditions.of_engine]
        return database.engine.sync_engine if isinstance(database, AsyncDatabase) else database.engine

    @contextmanager
    def leaks_refused(self, driver: str, conditions: Conditions = PLAIN) -> Iterator[None]:
        """Make sure that the block gives its connections back; where it does not, the next ones get a new pool.

        Raises:
            LeakError: It did not.
        """
        place, left = (driver, conditions.of_engine), 0
        try:
            yield
        finally:
            left = self._open[place].unreturned
            if left > 0:
                self._disconnect(place)
                self._connect(place)
        if left > 0:
            message = (
                f"left {left} connection{'s' * (left > 1)} open; close every session and connection behind its use"
            )
            raise LeakError(message)

    def perform(self, variant: Variant, driver: str, key: object, conditions: Conditions = PLAIN) -> Any:  # noqa: ANN401 - the body's answer
        """Do the variant's work once and return its answer."""
        database = self._open[driver, conditions.of_engine]
        if isinstance(database, Database):
            return variant.body(database, key)
        return self._loops.run(variant.body_async(database, key), conditions.loop)

    def time(self, variant: Variant, driver: str, keys: Sequence[Any], conditions: Conditions = PLAIN) -> Block:
        """Time one block of the variant on a driver, with as many operations in flight as the conditions say."""
        database, in_flight = self._open[driver, conditions.of_engine], conditions.in_flight
        if not isinstance(database, Database):
            block: Block = self._loops.run(self._awaited_block(variant, driver, keys, conditions), conditions.loop)
            return block
        if in_flight == 1:
            return time_block(variant.body, database, keys)
        stretch = self.stretch(driver, keys, conditions)
        return time_in_flight(variant.body, database, stretch, self._thread_pool(in_flight))

    def watch(
        self, variant: Variant, driver: str, keys: Sequence[Any], conditions: Conditions = PLAIN
    ) -> tuple[Block, Sequence[int]]:
        """Run one block and return how late the event loop woke a task during it; a blocking driver has no loop."""
        if isinstance(self._open[driver, conditions.of_engine], Database):
            return self.time(variant, driver, keys, conditions), ()
        work = self._awaited_block(variant, driver, keys, conditions)
        block, lags_ns = self._loops.run(with_lag(work), conditions.loop)
        return block, list(lags_ns)

    def stretch(self, driver: str, keys: Sequence[Any], conditions: Conditions) -> Stretch:
        """Return work whose clock starts when all connections are open that a crowd keeps open."""
        opened = self._connections[driver, conditions.of_engine]
        most = conditions.most_connections if conditions.pooled else 0
        return Stretch(keys, conditions.in_flight, lambda: opened.number >= most)

    def rush(self, variant: Variant, driver: str, keys: Sequence[Any], conditions: Conditions) -> None:
        """Perform one operation per key, with as many in flight as the conditions say; nothing is timed."""
        database, rush = self._open[driver, conditions.of_engine], Rush(keys, conditions.in_flight)
        if isinstance(database, Database):
            work_off(variant.body, database, rush, self._thread_pool(rush.in_flight))
        else:
            self._loops.run(work_off_async(variant.body_async, database, rush), conditions.loop)

    def _connect(self, place: _Place) -> None:
        driver, conditions = place
        route = self._routes[driver]
        if route.driver.mode is Mode.SYNC:
            database = self._open[place] = open_database(route, conditions)
            self._connections[place] = OpenConnections(database.engine)
            _fill_pool(database, conditions.first_connections)
        else:
            awaited = self._open[place] = open_async_database(route, conditions)
            self._connections[place] = OpenConnections(awaited.engine.sync_engine)
            self._loops.run(_fill_pool_async(awaited, conditions.first_connections), conditions.loop)

    def _take_back(self, place: _Place) -> None:
        database = self._open.get(place)  # none where its server was gone when it was to be opened anew
        if isinstance(database, Database):
            database.take_back()
        elif database is not None:
            self._loops.run(database.take_back(), place[1].loop)

    def _disconnect(self, place: _Place) -> None:
        database = self._open.pop(place, None)
        if isinstance(database, Database):
            database.close()
        elif database is not None:
            self._loops.run(database.close(), place[1].loop)

    def _awaited_block(
        self, variant: Variant, driver: str, keys: Sequence[Any], conditions: Conditions
    ) -> Coroutine[Any, Any, Block]:
        database = cast("AsyncDatabase", self._open[driver, conditions.of_engine])
        if conditions.in_flight == 1:
            return time_block_async(variant.body_async, database, keys)
        return time_in_flight_async(variant.body_async, database, self.stretch(driver, keys, conditions))

    def _thread_pool(self, size: int) -> CrowdThreads:
        if size not in self._threads:
            self._threads[size] = CrowdThreads(size)
        return self._threads[size]


def _fill_pool(database: Database, connections: int) -> None:
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(database.engine.connect()).execute(_PROBE)


async def _fill_pool_async(database: AsyncDatabase, connections: int) -> None:
    opened = await asyncio.gather(*(database.engine.connect() for _ in range(connections)))
    for connection in opened:
        await connection.execute(_PROBE)
        await connection.close()
