"""Engines under given conditions, with every setting named in full and alike in both modes."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.database import AsyncDatabase, Database
from bench.core.errors import UsageError
from bench.core.pools import AwaitedPool, BlockingPool

_LIBPQ = ("psycopg", "psycopg_async", "psycopg2")
_PREPARING = ("psycopg", "psycopg_async", "asyncpg")
"""Drivers that prepare statements on the server by themselves."""
_PREPARE_THRESHOLD = 5
"""psycopg's own: a statement is prepared when it is executed for the sixth time on a connection."""


def open_database(connection: Connection, conditions: Conditions) -> Database:
    """Return a handle whose engine blocks; nothing is connected yet.

    Raises:
        UsageError: The driver cannot do what the conditions ask for.
    """
    engine = create_engine(connection.url, **_options(connection, conditions, BlockingPool))
    _on_connect(engine, connection, conditions)
    return Database(engine)


def open_async_database(connection: Connection, conditions: Conditions) -> AsyncDatabase:
    """Return a handle whose engine is awaited; nothing is connected yet.

    Raises:
        UsageError: The driver cannot do what the conditions ask for.
    """
    engine = create_async_engine(connection.url, **_options(connection, conditions, AwaitedPool))
    _on_connect(engine.sync_engine, connection, conditions)
    return AsyncDatabase(engine)


def pool_data(conditions: Conditions) -> dict[str, Any]:
    """Return the settings of the pool under SQLAlchemy's names: for engines and for the report."""
    return {
        "pool_size": conditions.pool_size,
        "max_overflow": conditions.max_overflow,
        "pool_timeout": conditions.pool_timeout_s,
        "pool_pre_ping": conditions.pre_ping,
        "pool_recycle": conditions.recycle_s,
        "pool_use_lifo": conditions.lifo,
    }


def _options(connection: Connection, conditions: Conditions, pool: type) -> dict[str, Any]:
    if conditions.echo:
        _throw_log_lines_away()
    return {
        "connect_args": _arguments(connection, conditions),
        "query_cache_size": conditions.compiled_cache,
        "echo": conditions.echo,
        **({"isolation_level": conditions.isolation_level} if conditions.isolation_level else {}),
        **(pool_data(conditions) | {"poolclass": pool} if conditions.pooled else {"poolclass": NullPool}),
    }


def _arguments(connection: Connection, conditions: Conditions) -> dict[str, Any]:
    """Return the arguments for the DBAPI's connect(), with what only a connection can ask for."""
    arguments = dict(connection.arguments)
    if not conditions.durable:
        arguments = _undurable(connection, arguments)
    if conditions.statement_cache is not None:
        arguments |= _statement_cache(connection.driver_name, conditions.statement_cache)
    return arguments


def _undurable(connection: Connection, arguments: Mapping[str, Any]) -> dict[str, Any]:
    # As an option of the connection: a SET inside of a transaction is undone where that is rolled back.
    family = connection.driver.family
    if connection.driver_name == "asyncpg":
        settings = {**arguments.get("server_settings", {}), "synchronous_commit": "off"}
        return {**arguments, "server_settings": settings}
    if connection.driver_name in _LIBPQ:
        return {**arguments, "options": f"{arguments.get('options', '')} -c synchronous_commit=off".strip()}
    if family == "sqlite":
        return dict(arguments)
    message = f"durable=False is not possible with {connection.driver_name}: it is a setting of the whole server there"
    raise UsageError(message)


def _statement_cache(driver: str, size: int) -> dict[str, Any]:
    if driver not in _PREPARING:
        message = f"statement_cache={size} means nothing to {driver}, which prepares no statements"
        raise UsageError(message)
    if driver == "asyncpg":
        # The first is SQLAlchemy's cache of prepared statements, the second the driver's own.
        return {"prepared_statement_cache_size": size, "statement_cache_size": size}
    return {"prepare_threshold": _PREPARE_THRESHOLD if size else None}


def _on_connect(engine: Engine, connection: Connection, conditions: Conditions) -> None:
    statements = [*connection.on_connect]
    if not conditions.durable and connection.driver.family == "sqlite":
        statements.append("PRAGMA synchronous = OFF")
    kept = conditions.statement_cache if connection.driver_name in {"psycopg", "psycopg_async"} else None
    if not statements and not kept:
        return

    def prepare(dbapi_connection: Any, _record: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        if statements:
            cursor = dbapi_connection.cursor()
            for statement in statements:
                cursor.execute(statement)
            cursor.close()
        if kept:
            getattr(dbapi_connection, "driver_connection", dbapi_connection).prepared_max = kept

    event.listen(engine, "connect", prepare)


def _throw_log_lines_away() -> None:
    """Give the logger of engines a handler that formats each line, as on a terminal, and writes it nowhere."""
    # Of the engines alone: `echo` gives this logger a handler for standard output where it has none of its own.
    logger = logging.getLogger("sqlalchemy.engine.Engine")
    if not logger.handlers:
        handler = logging.StreamHandler(open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - lives as long as the process
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
