"""The two handles that scenario bodies receive: one blocking, one awaited, alike in everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Pool, QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

from bench.core.drivers import DRIVERS

# Both modes keep objects readable after a commit: in async code an expired attribute cannot be reloaded
# on access, so the only setting under which the twins do the same work is this one.
SESSION_OPTIONS: dict[str, Any] = {"expire_on_commit": False}


_READING_IN_AUTOCOMMIT = frozenset(each.dbapi for each in DRIVERS.values() if each.reads_in_autocommit)
"""Names by which SQLAlchemy knows them."""


def reading_options(engine: Engine | AsyncEngine) -> dict[str, Any]:
    """Return the options of sessions that only read: no transaction where a driver can do without for free.

    BEGIN and ROLLBACK are then saved, two round trips. Other drivers keep the transaction: those of MariaDB and MySQL
    would send a SET before and after; psycopg2 sends one when it leaves the mode, and where that fails, SQLAlchemy
    lets the driver's own error through; those of SQLite begin no transaction for a SELECT anyway.
    """
    if engine.driver not in _READING_IN_AUTOCOMMIT:
        return SESSION_OPTIONS
    # Of the session, not of an engine of its own: that would make every statement go through the events of engines.
    return SESSION_OPTIONS | {"execution_options": {"isolation_level": "AUTOCOMMIT"}}


def _out_of(pool: Pool) -> int:
    """Return how many connections are out; none where there is no pool to take them from."""
    return pool.checkedout() if isinstance(pool, QueuePool) else 0


@dataclass(frozen=True)
class Database:
    """A database reached through a driver that blocks the thread."""

    engine: Engine
    session: sessionmaker[Session] = field(init=False)
    """Call it to open a session; use it as a context manager."""
    reading: sessionmaker[Session] = field(init=False)
    """The same for what only reads: no transaction around the statements where a driver can do without for free."""
    _lent: list[tuple[Connection, Any]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", sessionmaker(self.engine, **SESSION_OPTIONS))
        object.__setattr__(self, "reading", sessionmaker(self.engine, **reading_options(self.engine)))

    def bare(self) -> Any:  # noqa: ANN401 - the driver's own class
        """Return the driver's own connection, in autocommit mode: one of the pool, held until `take_back`."""
        if not self._lent:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._lent.append((connection, connection.connection.driver_connection))
        return self._lent[0][1]

    @property
    def unreturned(self) -> int:
        """Return how many connections are out of the pool beside those that are lent: nobody closed them."""
        return _out_of(self.engine.pool) - len(self._lent)

    def take_back(self) -> None:
        """Return what was lent to the pool, so that whoever comes next finds it there."""
        while self._lent:
            self._lent.pop()[0].close()

    def close(self) -> None:
        """Close every connection."""
        self.take_back()
        self.engine.dispose()


@dataclass(frozen=True)
class AsyncDatabase:
    """A database reached through a driver that yields to the event loop."""

    engine: AsyncEngine
    session: async_sessionmaker[AsyncSession] = field(init=False)
    """Call it to open a session; use it as an asynchronous context manager."""
    reading: async_sessionmaker[AsyncSession] = field(init=False)
    """The same for what only reads: no transaction around the statements where a driver can do without for free."""
    _lent: list[tuple[AsyncConnection, Any]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", async_sessionmaker(self.engine, **SESSION_OPTIONS))
        object.__setattr__(self, "reading", async_sessionmaker(self.engine, **reading_options(self.engine)))

    async def bare(self) -> Any:  # noqa: ANN401 - the driver's own class
        """Return the driver's own connection, in autocommit mode: one of the pool, held until `take_back`."""
        if not self._lent:
            connection = await (await self.engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
            self._lent.append((connection, (await connection.get_raw_connection()).driver_connection))
        return self._lent[0][1]

    @property
    def unreturned(self) -> int:
        """Return how many connections are out of the pool beside those that are lent: nobody closed them."""
        return _out_of(self.engine.pool) - len(self._lent)

    async def take_back(self) -> None:
        """Return what was lent to the pool, so that whoever comes next finds it there."""
        while self._lent:
            await self._lent.pop()[0].close()

    async def close(self) -> None:
        """Close every connection."""
        await self.take_back()
        await self.engine.dispose()
