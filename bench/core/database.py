"""The two handles that scenario bodies receive: one blocking, one awaited, alike in everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.orm import Session, sessionmaker

# Both modes keep objects readable after a commit: in async code an expired attribute cannot be reloaded
# on access, so the only setting under which the twins do the same work is this one.
SESSION_OPTIONS: dict[str, Any] = {"expire_on_commit": False}


@dataclass(frozen=True)
class Database:
    """A database reached through a driver that blocks the thread."""

    engine: Engine
    session: sessionmaker[Session] = field(init=False)
    """Call it to open a session; use it as a context manager."""
    _lent: list[tuple[Connection, Any]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", sessionmaker(self.engine, **SESSION_OPTIONS))

    def bare(self) -> Any:  # noqa: ANN401 - the driver's own class
        """Return the driver's own connection, in autocommit mode: one of the pool, held until `take_back`."""
        if not self._lent:
            connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            self._lent.append((connection, connection.connection.driver_connection))
        return self._lent[0][1]

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
    _lent: list[tuple[AsyncConnection, Any]] = field(default_factory=list, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", async_sessionmaker(self.engine, **SESSION_OPTIONS))

    async def bare(self) -> Any:  # noqa: ANN401 - the driver's own class
        """Return the driver's own connection, in autocommit mode: one of the pool, held until `take_back`."""
        if not self._lent:
            connection = await (await self.engine.connect()).execution_options(isolation_level="AUTOCOMMIT")
            self._lent.append((connection, (await connection.get_raw_connection()).driver_connection))
        return self._lent[0][1]

    async def take_back(self) -> None:
        """Return what was lent to the pool, so that whoever comes next finds it there."""
        while self._lent:
            await self._lent.pop()[0].close()

    async def close(self) -> None:
        """Close every connection."""
        await self.take_back()
        await self.engine.dispose()
