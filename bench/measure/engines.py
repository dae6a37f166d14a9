"""Engines with the same pool and the same connection settings in both modes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, Engine, QueuePool, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from bench.core.connections import Connection
from bench.core.database import AsyncDatabase, Database

POOL: dict[str, Any] = {
    "pool_size": 5,
    "max_overflow": 0,
    "pool_timeout": 30,
    "pool_pre_ping": False,
    "pool_recycle": -1,
}
"""Named in full, so that no default of a driver or mode can differ; printed in the report."""


def open_database(connection: Connection) -> Database:
    """Return a handle whose engine blocks; nothing is connected yet."""
    arguments = dict(connection.arguments)
    engine = create_engine(connection.url, poolclass=QueuePool, connect_args=arguments, **POOL)
    _apply_on_connect(engine, connection)
    return Database(engine)


def open_async_database(connection: Connection) -> AsyncDatabase:
    """Return a handle whose engine is awaited; nothing is connected yet."""
    arguments = dict(connection.arguments)
    engine = create_async_engine(connection.url, poolclass=AsyncAdaptedQueuePool, connect_args=arguments, **POOL)
    _apply_on_connect(engine.sync_engine, connection)
    return AsyncDatabase(engine)


def _apply_on_connect(engine: Engine, connection: Connection) -> None:
    if not connection.on_connect:
        return

    def run_statements(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        cursor = dbapi_connection.cursor()
        for statement in connection.on_connect:
            cursor.execute(statement)
        cursor.close()

    event.listen(engine, "connect", run_statements)
