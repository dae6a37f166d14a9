"""The databases of scenarios: one of each dataset, a few with engines of their own, and turns for those who write."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, Generic, TypeVar

from anyio import CapacityLimiter, to_thread

from bench.core.conditions import Conditions
from bench.core.connections import namespace_of
from bench.core.contract import Scenario
from bench.core.database import AsyncDatabase, Database
from bench.core.engines import open_async_database, open_database
from target_app.databases import Databases, prepare
from target_app.problems import Unavailable
from target_app.settings import Settings

MOST_ENGINES = 8
"""Engines with conditions of their own that each mode keeps open; those in use come on top."""
NOT_OF_ENGINES = frozenset({"in_flight", "connections", "loop", "collector"})
"""Conditions of a process that measures: over HTTP the clients bring the crowd, and the service has its own loop."""

_TURN_TAKEN = "Requests that write for this dataset are worked off one by one, and many wait; try again later."

Handle = TypeVar("Handle")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The database that an operation wants."""

    dataset: str
    conditions: Conditions
    """Of its engine."""


def own_fields(scenario: Scenario) -> frozenset[str]:
    """Return the fields of an engine's conditions that a scenario sets: for any variant, under any parameters.

    What it sets to the default is its own as well: 5 connections are one of the sizes that `pooling` is about.
    """
    return frozenset(
        name
        for parameters in scenario.combinations()
        for variant in scenario.variants
        for name in scenario.surroundings(variant.name, parameters).differences()
    ).difference(NOT_OF_ENGINES)


def engine_conditions(service: Conditions, surroundings: Conditions, own: Collection[str]) -> Conditions:
    """Return the service's conditions with the fields that are a scenario's own as it sets them."""
    # A connection that is opened for one use is not pinged, whatever the service does.
    base = service if surroundings.pooled else replace(service, pre_ping=False)
    return replace(base, **{name: getattr(surroundings, name) for name in own})


class _Shelf(Generic[Handle]):
    """Databases of one mode that stay open from request to request: the last that were used, and all in use."""

    def __init__(self, open_one: Callable[[Wanted], Handle]) -> None:
        self._open_one = open_one
        self._kept: dict[Wanted, Handle] = {}
        self._users: dict[Wanted, int] = {}
        self._lock = Lock()

    def take(self, wanted: Wanted) -> Handle:
        """Return a database, opened where it is not; nothing is connected by that."""
        with self._lock:
            handle = self._kept.pop(wanted) if wanted in self._kept else self._open_one(wanted)
            # Put in anew: the first of a dictionary is then the one whose last use is longest ago.
            self._kept[wanted] = handle
            self._users[wanted] = self._users.get(wanted, 0) + 1
            return handle

    def put_back(self, wanted: Wanted) -> list[Handle]:
        """Give a database back, and return those that the caller is to close now: too many, and idle."""
        with self._lock:
            self._users[wanted] -= 1
            idle = [each for each in self._kept if not self._users[each]]
            return [self._kept.pop(each) for each in idle[: max(0, len(self._kept) - MOST_ENGINES)]]

    def clear(self) -> list[Handle]:
        """Return all of them, to be closed."""
        with self._lock:
            handles = list(self._kept.values())
            self._kept.clear()
            return handles


class ScenarioDatabases:
    """Every database that a mounted scenario may want; open between `open` and `close`."""

    def __init__(self, settings: Settings, datasets: Collection[str]) -> None:
        self.datasets = tuple(dict.fromkeys(datasets))
        """The names of the datasets, each once."""
        self._settings = settings
        self._service = settings.conditions
        self._plain: dict[str, Databases] = {}
        self._sync = _Shelf(self._open_sync)
        self._awaited = _Shelf(self._open_awaited)
        self._turns: dict[str, Lock] = {}
        self._awaited_turns: dict[str, asyncio.Lock] = {}
        # Of its own: making data ready must not wait for a thread behind sync requests that wait for their turn.
        self._arranging = CapacityLimiter(max(1, len(self.datasets)))

    def open(self) -> None:
        """Open the database of each dataset in both modes; nothing is connected before it is needed."""
        for dataset in self.datasets:
            self._plain[dataset] = Databases.opened(self._settings, namespace_of(dataset), self._service)
            self._turns[dataset] = Lock()
            self._awaited_turns[dataset] = asyncio.Lock()

    async def close(self) -> None:
        """Close every connection."""
        async with AsyncExitStack() as stack:
            for databases in self._plain.values():
                stack.push_async_callback(databases.close)
            for sync in self._sync.clear():
                stack.callback(sync.close)
            for awaited in self._awaited.clear():
                stack.push_async_callback(awaited.close)

    @contextmanager
    def lent(self, wanted: Wanted) -> Iterator[Database]:
        """Lend a blocking database for one operation."""
        if wanted.conditions == self._service:
            yield self._plain[wanted.dataset].sync
            return
        database = self._sync.take(wanted)
        try:
            yield database
        finally:
            for idle in self._sync.put_back(wanted):
                idle.close()

    @asynccontextmanager
    async def lent_async(self, wanted: Wanted) -> AsyncIterator[AsyncDatabase]:
        """Lend an awaited database for one operation."""
        if wanted.conditions == self._service:
            yield self._plain[wanted.dataset].awaited
            return
        database = self._awaited.take(wanted)
        try:
            yield database
        finally:
            for idle in self._awaited.put_back(wanted):
                await idle.close()

    @contextmanager
    def turn(self, scenario: Scenario, key: Any) -> Iterator[None]:  # noqa: ANN401 - the author's own type
        """Make the data of a scenario that writes ready for one operation, and keep others of this mode out meanwhile.

        All scenarios of a dataset share a turn: some empty the tables that others write to.

        Raises:
            Unavailable: It took longer than a request may wait for a connection.
        """
        if scenario.arrange is None:
            yield
            return
        turn = self._turns[scenario.dataset.name]
        if not turn.acquire(timeout=self._settings.pool_timeout_s):
            raise Unavailable(_TURN_TAKEN)
        try:
            self._arrange(scenario, key)
            yield
        finally:
            turn.release()

    @asynccontextmanager
    async def turn_async(self, scenario: Scenario, key: Any) -> AsyncIterator[None]:  # noqa: ANN401 - see turn
        """Do the same as `turn`; what makes the data ready blocks, so it is done in a thread.

        Raises:
            Unavailable: It took longer than a request may wait for a connection.
        """
        if scenario.arrange is None:
            yield
            return
        turn = self._awaited_turns[scenario.dataset.name]
        try:
            async with asyncio.timeout(self._settings.pool_timeout_s):
                await turn.acquire()
        except TimeoutError:
            raise Unavailable(_TURN_TAKEN) from None
        try:
            await to_thread.run_sync(self._arrange, scenario, key, limiter=self._arranging)
            yield
        finally:
            turn.release()

    def _arrange(self, scenario: Scenario, key: Any) -> None:  # noqa: ANN401 - see turn
        if scenario.arrange is not None:
            with self._plain[scenario.dataset.name].sync.engine.begin() as connection:
                scenario.arrange(connection, [key])

    def _open_sync(self, wanted: Wanted) -> Database:
        # One mode alone, unlike `Databases`: not every driver can do what another one of its family can.
        way = self._settings.way(self._settings.pair[0], namespace_of(wanted.dataset))
        database = open_database(way, wanted.conditions)
        prepare(database.engine)
        return database

    def _open_awaited(self, wanted: Wanted) -> AsyncDatabase:
        way = self._settings.way(self._settings.pair[1], namespace_of(wanted.dataset))
        database = open_async_database(way, wanted.conditions)
        prepare(database.engine.sync_engine)
        return database
