"""Every condition reaches the engine, in both modes and through every driver; what a driver cannot do is refused."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, NullPool, text

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import DRIVERS, Mode
from bench.core.engines import open_async_database, open_database, pool_data
from bench.core.errors import UsageError
from bench.core.pools import AwaitedPool, BlockingPool
from bench.measure.workbench import Workbench

INSTALLED = [name for name, driver in DRIVERS.items() if driver.installed_version is not None]
POSTGRESQL = [name for name in INSTALLED if DRIVERS[name].family == "postgresql"]
SQLITE = ["pysqlite", "aiosqlite"]
TIMES = 8
"""psycopg prepares a statement when it is executed for the sixth time."""


def ask(db: Database, statement: str) -> Any:  # noqa: ANN401 - any value
    """Ask several times for a single value; what psycopg has prepared it forgets when it rolls back."""
    with db.engine.begin() as connection:
        first, *_ = [connection.execute(text(statement)).scalar() for _ in range(TIMES)]
        return first


async def ask_async(db: AsyncDatabase, statement: str) -> Any:  # noqa: ANN401 - any value
    """Ask several times for a single value, awaited."""
    async with db.engine.begin() as connection:
        first, *_ = [(await connection.execute(text(statement))).scalar() for _ in range(TIMES)]
        return first


ASK = Variant("ask", ask, ask_async)


def answer(bench: Workbench, driver: str, statement: str, conditions: Conditions) -> Any:  # noqa: ANN401 - any value
    """Return what a connection under these conditions answers."""
    with bench.under([(driver, conditions)]):
        return bench.perform(ASK, driver, statement, conditions)


def engine_of(driver: str, conditions: Conditions) -> Engine:
    """Return the (inner) engine of a driver; nothing is connected."""
    connection = Connection(driver, f"{DRIVERS[driver].family}+{DRIVERS[driver].dbapi}:///nowhere")
    if DRIVERS[driver].mode is Mode.SYNC:
        return open_database(connection, conditions).engine
    return open_async_database(connection, conditions).engine.sync_engine


@pytest.mark.parametrize("driver", INSTALLED)
def test_settings_of_the_pool_reach_every_driver(driver: str) -> None:
    """No default of a mode or a driver remains, and the report prints what is set."""
    conditions = Conditions(pool_size=7, max_overflow=2, pool_timeout_s=0.5, pre_ping=True, recycle_s=60, lifo=True)
    pool: Any = engine_of(driver, conditions).pool
    found = (pool.size(), pool._max_overflow, pool._timeout, pool._pre_ping, pool._recycle, pool._pool.use_lifo)
    assert found == (7, 2, 0.5, True, 60, True) == tuple(pool_data(conditions).values())
    assert type(pool) is (BlockingPool if DRIVERS[driver].mode is Mode.SYNC else AwaitedPool)


@pytest.mark.parametrize("driver", INSTALLED)
def test_without_a_pool_there_is_none(driver: str) -> None:
    """Every use opens a connection of its own."""
    assert type(engine_of(driver, Conditions(pooled=False)).pool) is NullPool


@pytest.mark.parametrize("driver", INSTALLED)
@pytest.mark.parametrize("size", [0, 3])
def test_the_cache_of_compiled_statements_has_its_size(driver: str, size: int) -> None:
    """0 means that every statement is compiled anew."""
    cache: Any = engine_of(driver, Conditions(compiled_cache=size))._compiled_cache
    assert (cache.capacity if cache is not None else 0) == size


@pytest.mark.parametrize("driver", POSTGRESQL)
@pytest.mark.parametrize("level", ["SERIALIZABLE", "REPEATABLE READ", None])
def test_the_isolation_level_is_the_servers_or_the_one_asked_for(
    postgresql_bench: Workbench, driver: str, level: str | None
) -> None:
    """The server itself says under which a transaction runs."""
    found = answer(postgresql_bench, driver, "SHOW transaction_isolation", Conditions(isolation_level=level))
    assert found == (level or "READ COMMITTED").lower()


@pytest.mark.parametrize("driver", POSTGRESQL)
@pytest.mark.parametrize("durable", [True, False])
def test_a_commit_waits_for_the_disk_unless_it_need_not(
    postgresql_bench: Workbench,
    driver: str,
    durable: bool,  # noqa: FBT001 - a table
) -> None:
    """The setting outlives a rollback, and the options that lead to the dataset stay beside it."""
    conditions = Conditions(durable=durable)
    assert answer(postgresql_bench, driver, "SHOW synchronous_commit", conditions) == ("on" if durable else "off")
    assert answer(postgresql_bench, driver, "SHOW search_path", conditions) == "ormbench_notes"


@pytest.mark.parametrize("driver", SQLITE)
def test_a_commit_waits_for_the_disk_unless_it_need_not_on_sqlite(bench: Workbench, driver: str) -> None:
    """The pragma comes behind those of the connection: 2 is FULL, 0 is OFF."""
    assert answer(bench, driver, "PRAGMA synchronous", Conditions()) == 2
    assert answer(bench, driver, "PRAGMA synchronous", Conditions(durable=False)) == 0
    assert answer(bench, driver, "PRAGMA foreign_keys", Conditions(durable=False)) == 1


@pytest.mark.parametrize("driver", [name for name in INSTALLED if DRIVERS[name].family == "mysql"])
def test_what_only_the_whole_server_can_do_is_refused(driver: str) -> None:
    """On MariaDB and MySQL no connection can ask not to wait for the disk."""
    with pytest.raises(UsageError, match=f"^durable=False is not possible with {driver}: it is a setting of the whole"):
        engine_of(driver, Conditions(durable=False))


@pytest.mark.parametrize("driver", ["psycopg", "psycopg_async", "asyncpg"])
@pytest.mark.parametrize(("size", "kept"), [(0, {0}), (1, {1, 2}), (None, {4})])
def test_a_connection_keeps_as_many_prepared_statements(
    postgresql_bench: Workbench, driver: str, size: int | None, kept: set[int]
) -> None:
    """The server counts them after four were sent often enough; psycopg lets one go when the next new one comes."""
    conditions = Conditions(statement_cache=size)
    with postgresql_bench.under([(driver, conditions)]):
        for statement in ("SELECT 1", "SELECT 2", "SELECT 3", "SELECT 4"):
            postgresql_bench.perform(ASK, driver, statement, conditions)
        count = "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ '^SELECT [1-4]$'"
        assert postgresql_bench.perform(ASK, driver, count, conditions) in kept


@pytest.mark.parametrize("driver", [name for name in INSTALLED if name not in {"psycopg", "psycopg_async", "asyncpg"}])
def test_a_cache_of_statements_that_are_not_prepared_is_refused(driver: str) -> None:
    """It would be measured as a difference that there is not; 0 is no exception."""
    with pytest.raises(UsageError, match=f"^statement_cache=0 means nothing to {driver}, which prepares no statements"):
        engine_of(driver, Conditions(statement_cache=0))


def thrown_away(logger: logging.Logger) -> list[logging.StreamHandler[Any]]:
    """Return the handlers that write to nowhere; pytest adds some of its own."""
    handlers = [handler for handler in logger.handlers if isinstance(handler, logging.StreamHandler)]
    return [handler for handler in handlers if getattr(handler.stream, "name", None) == os.devnull]


@pytest.fixture
def echo_logger() -> Iterator[logging.Logger]:
    """Return the logger of engines, which is as it was afterwards."""
    logger = logging.getLogger("sqlalchemy.engine.Engine")
    handlers, propagates, level = logger.handlers[:], logger.propagate, logger.level
    yield logger
    for handler in thrown_away(logger):
        if handler not in handlers:  # another test's lives on
            handler.stream.close()
    logger.handlers, logger.propagate = handlers, propagates
    logger.setLevel(level)


class Listening(logging.Handler):
    """Keeps what is logged."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a line."""
        self.lines.append(record.getMessage())


@pytest.mark.parametrize("driver", SQLITE)
def test_echo_is_formatted_and_goes_nowhere(
    bench: Workbench, driver: str, echo_logger: logging.Logger, capfd: pytest.CaptureFixture[str]
) -> None:
    """Every statement reaches a handler that writes; a terminal would measure itself, and a log file would grow."""
    listening = Listening()
    with bench.under([(driver, Conditions(echo=True))]):
        [handler] = thrown_away(echo_logger)
        assert handler.formatter is not None
        echo_logger.addHandler(listening)
        bench.perform(ASK, driver, "SELECT 42", Conditions(echo=True))
    assert listening.lines.count("SELECT 42") == TIMES
    bench.perform(ASK, driver, "SELECT 43")
    assert "SELECT 43" not in listening.lines
    assert tuple(capfd.readouterr()) == ("", "")
