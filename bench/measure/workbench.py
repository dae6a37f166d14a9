"""The open databases of one dataset in one process, and the one event loop that the async ones live in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AbstractContextManager
from importlib.metadata import version
from typing import Any, Self

from sqlalchemy import text

from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from bench.measure.engines import open_async_database, open_database
from bench.measure.loops import Block, time_block, time_block_async


def loop_factory() -> tuple[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return the name and the factory of the event loop: uvloop where it installs, as in production."""
    try:
        import uvloop  # noqa: PLC0415 - absent on some platforms
    except ImportError:
        return "asyncio", asyncio.new_event_loop
    return f"uvloop {version('uvloop')}", uvloop.new_event_loop


class Workbench(AbstractContextManager["Workbench"]):
    """Holds one connected database per driver for as long as it is open.

    Every connection is opened on entry, before any clock starts.
    """

    def __init__(self, connections: Iterable[Connection]) -> None:
        self.loop_name, factory = loop_factory()
        self._runner = asyncio.Runner(loop_factory=factory)
        self._blocking: dict[str, Database] = {}
        self._awaited: dict[str, AsyncDatabase] = {}
        for connection in connections:
            if connection.driver.mode is Mode.SYNC:
                self._blocking[connection.driver_name] = open_database(connection)
            else:
                self._awaited[connection.driver_name] = open_async_database(connection)

    def __enter__(self) -> Self:
        try:
            for database in self._blocking.values():
                with database.engine.connect() as connection:
                    connection.execute(text("SELECT 1"))
            for awaited in self._awaited.values():
                self.run(_connect(awaited))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection and the event loop."""
        for database in self._blocking.values():
            database.engine.dispose()
        for awaited in self._awaited.values():
            self.run(awaited.engine.dispose())
        self._runner.close()

    def run(self, coroutine: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever the coroutine returns
        """Run a coroutine in the loop of this workbench."""
        return self._runner.run(coroutine)

    def engine(self, driver: str) -> Any:  # noqa: ANN401 - Engine, or the Engine inside an AsyncEngine
        """Return the (inner, blocking) engine of a driver: where SQLAlchemy's events are heard in both modes."""
        if driver in self._blocking:
            return self._blocking[driver].engine
        return self._awaited[driver].engine.sync_engine

    def perform(self, variant: Variant, driver: str, key: object) -> Any:  # noqa: ANN401 - the body's answer
        """Do the variant's work once and return its answer."""
        if driver in self._blocking:
            return variant.body(self._blocking[driver], key)
        return self.run(variant.body_async(self._awaited[driver], key))

    def time(self, variant: Variant, driver: str, keys: Sequence[Any]) -> Block:
        """Time one block of the variant on a driver."""
        if driver in self._blocking:
            return time_block(variant.body, self._blocking[driver], keys)
        block: Block = self.run(time_block_async(variant.body_async, self._awaited[driver], keys))
        return block


async def _connect(database: AsyncDatabase) -> None:
    async with database.engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
