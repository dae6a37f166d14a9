"""The connections of the rungs: the plainest engines, engines as a service opens them, and pools of bare drivers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import psycopg
from psycopg.rows import dict_row
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, Engine, QueuePool, create_engine, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

from bench.core.conditions import Conditions
from bench.core.connections import Connection, connect_to, namespace_of
from bench.core.database import reading_options
from bench.core.engines import open_async_database, open_database
from bench.ladder.added_costs import watch

KIND = "postgresql"
BLOCKING_DRIVER, AWAITED_DRIVER = "psycopg", "asyncpg"


class Settings(BaseSettings):
    """What the target app is told too, as far as the rungs need it, by the same variables."""

    model_config = SettingsConfigDict(env_prefix="ORMBENCH_", frozen=True, hide_input_in_errors=True)

    url: str = Field(repr=False)
    """The server without a driver; it must be PostgreSQL."""
    namespace: str = namespace_of("app")
    pool_size: int = Field(default=10, ge=1)
    """Connections of each pool, and sync requests that run at a time."""
    pool_timeout_s: float = Field(default=5.0, gt=0)

    @property
    def server(self) -> URL:
        """Return the address of the server, as the drivers themselves read it."""
        return make_url(self.url).set(drivername=KIND)

    @property
    def engine_options(self) -> dict[str, Any]:
        """Return what both of the plain engines are told."""
        return {"pool_size": self.pool_size, "max_overflow": 0, "pool_timeout": self.pool_timeout_s}

    @property
    def conditions(self) -> Conditions:
        """Return the same for an engine as the target app opens it."""
        return Conditions(pool_size=self.pool_size, pool_timeout_s=self.pool_timeout_s)

    def way(self, driver: str) -> Connection:
        """Return how a driver gets to the users."""
        return connect_to(self.server, KIND, driver, self.namespace)


@dataclass(frozen=True)
class Blocking:
    """Ways to the users that block the thread; each has connections of its own."""

    engine: Engine
    sessions: sessionmaker[Session]
    reading: sessionmaker[Session]
    """Sessions of the same engine, in autocommit mode."""
    watched: sessionmaker[Session]
    """Sessions of an engine as the target app opens it."""
    pool: QueuePool
    """Connections of psycopg: SQLAlchemy's pool does not look into what it keeps."""


@dataclass(frozen=True)
class Awaited:
    """Ways to the users that yield to the event loop; each has connections of its own."""

    engine: AsyncEngine
    sessions: async_sessionmaker[AsyncSession]
    reading: async_sessionmaker[AsyncSession]
    """Sessions of the same engine, in autocommit mode."""
    watched: async_sessionmaker[AsyncSession]
    pool: Any
    """asyncpg's own."""


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Blocking, Awaited]]:
    """Open the ways of both modes, and close every connection behind them."""
    async with AsyncExitStack() as stack:
        yield _blocking(settings, stack), await _awaited(settings, stack)


def _blocking(settings: Settings, stack: AsyncExitStack) -> Blocking:
    way = settings.way(BLOCKING_DRIVER)
    engine = create_engine(way.url, connect_args=dict(way.arguments), **settings.engine_options)
    stack.callback(engine.dispose)
    watched = open_database(way, settings.conditions)
    stack.callback(watched.close)
    watch(watched.engine)
    server = settings.server.render_as_string(hide_password=False)

    def connect() -> Any:  # noqa: ANN401 - the driver's own class
        return psycopg.connect(server, autocommit=True, row_factory=dict_row, **way.arguments)

    # Autocommit leaves nothing to roll back when a connection returns.
    pool = QueuePool(
        connect,
        pool_size=settings.pool_size,
        max_overflow=0,
        timeout=settings.pool_timeout_s,
        reset_on_return=None,
    )
    stack.callback(pool.dispose)
    # What was read stays readable after a commit, as in the target app.
    sessions = sessionmaker(engine, expire_on_commit=False)
    return Blocking(engine, sessions, sessionmaker(engine, **reading_options(engine)), watched.session, pool)


async def _awaited(settings: Settings, stack: AsyncExitStack) -> Awaited:
    way = settings.way(AWAITED_DRIVER)
    engine = create_async_engine(way.url, connect_args=dict(way.arguments), **settings.engine_options)
    stack.push_async_callback(engine.dispose)
    watched = open_async_database(way, settings.conditions)
    stack.push_async_callback(watched.close)
    watch(watched.engine.sync_engine)
    server = settings.server.render_as_string(hide_password=False)
    size = settings.pool_size
    pool = await asyncpg.create_pool(server, min_size=size, max_size=size, reset=_keep_as_it_is, **way.arguments)
    stack.push_async_callback(pool.close)
    sessions = async_sessionmaker(engine, expire_on_commit=False)
    return Awaited(engine, sessions, async_sessionmaker(engine, **reading_options(engine)), watched.session, pool)


async def _keep_as_it_is(_connection: asyncpg.Connection) -> None:
    """Send nothing at a release, as psycopg's side does not; asyncpg's own reset sends a query every time."""
