"""The open databases of one process: an engine for each mode, watched, and closed when the process ends."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import Engine, event

from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.engines import open_async_database, open_database
from target_app.closed_transports import open_telling_connection
from target_app.pool_watch import PoolWatch
from target_app.settings import Settings
from target_app.timing import time_statements


@dataclass(frozen=True)
class Databases:
    """One namespace in both modes."""

    sync: Database
    awaited: AsyncDatabase

    @classmethod
    def opened(cls, settings: Settings, namespace: str, conditions: Conditions) -> Self:
        """Return both handles; nothing is connected before it is needed."""
        sync, awaited = (settings.way(driver, namespace) for driver in settings.pair)
        databases = cls(open_database(sync, conditions), open_async_database(awaited, conditions))
        for engine in (databases.sync.engine, databases.awaited.engine.sync_engine):
            prepare(engine)
        return databases

    async def close(self) -> None:
        """Close every connection of both."""
        try:
            self.sync.close()
        finally:
            await self.awaited.close()


def prepare(engine: Engine) -> None:
    """Let an engine be watched; what SQLite and aiomysql lack beside the others, they are taught."""
    pool: Any = engine.pool
    pool.watch = PoolWatch()
    time_statements(engine)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _teach_to_wait)
    if engine.driver == "aiomysql":
        event.listen(engine, "do_connect", _teach_to_tell)


def _teach_to_wait(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    """Give SQLite a function that waits, as the servers have one; it lets go of the interpreter's lock."""
    dbapi_connection.create_function("sleep", 1, time.sleep)


def _teach_to_tell(_dialect: Any, _record: Any, _arguments: Any, named: dict[str, Any]) -> None:  # noqa: ANN401 - see above
    """Give aiomysql connections that say with an error of a database that they were closed."""
    named["async_creator_fn"] = open_telling_connection
