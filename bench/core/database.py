"""The two handles that scenario bodies receive: one blocking, one awaited, alike in everything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
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

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", sessionmaker(self.engine, **SESSION_OPTIONS))


@dataclass(frozen=True)
class AsyncDatabase:
    """A database reached through a driver that yields to the event loop."""

    engine: AsyncEngine
    session: async_sessionmaker[AsyncSession] = field(init=False)
    """Call it to open a session; use it as an asynchronous context manager."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "session", async_sessionmaker(self.engine, **SESSION_OPTIONS))
