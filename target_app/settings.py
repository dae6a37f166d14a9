"""What the service can be told from outside, by environment variables that begin with ORMBENCH_."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from bench.core.conditions import Conditions
from bench.core.connections import Connection, connect_to, namespace_of
from bench.core.drivers import DRIVERS, FAMILIES, Mode, drivers_of, pair_of


class Settings(BaseSettings):
    """The settings of one process; a wrong one ends the start with a line that names it."""

    model_config = SettingsConfigDict(env_prefix="ORMBENCH_", frozen=True, hide_input_in_errors=True)

    url: str = Field(repr=False)
    """The server without a driver: postgresql://user:password@host/database; for SQLite the folder of its files."""
    sync_driver: str = ""
    """The driver behind /sync; empty for the baseline driver of the backend."""
    async_driver: str = ""
    """The driver behind /async; empty for the one that shares a library with the sync driver, where there is one."""
    namespace: str = namespace_of("app")
    """Where the data are: a schema of PostgreSQL, a database of MariaDB or MySQL, a file of SQLite."""
    size: str = "small"
    """The size of the data that scenarios draw their keys from."""
    scenarios: bool = True
    """Whether the variants of every scenario are mounted."""
    pool_size: int = Field(default=10, ge=1)
    """Connections that each pool keeps; there is one pool for each mode."""
    max_overflow: int = Field(default=0, ge=0)
    """Connections that a pool opens beyond that, and closes when they come back."""
    pool_timeout_s: float = Field(default=5.0, gt=0)
    """How long a request waits for a connection before it is answered with 503."""
    pre_ping: bool = False
    """Whether a connection is tried before it is given out."""
    thread_tokens: int | None = Field(default=None, ge=1)
    """Sync requests that run at a time; None for as many as the pool has connections.

    With more, requests hold a thread while they wait for a connection; with fewer, connections lie idle.
    """
    workers: int = Field(default=1, ge=1)
    """Processes that share the server's connections; only the arithmetic at the start reads it."""

    @field_validator("url")
    @classmethod
    def _is_a_server(cls, url: str) -> str:
        try:
            parsed = make_url(url)
        except (ArgumentError, ValueError):
            message = "must look like postgresql://user:password@host:5432/database"
            raise ValueError(message) from None
        if parsed.drivername not in FAMILIES:
            message = f"names {parsed.drivername!r}; give one of {', '.join(FAMILIES)}, without a driver"
            raise ValueError(message)
        if any("password" in option.lower() or option == "passwd" for option in parsed.query):
            message = "has a password behind the question mark, where it would be shown; write it as user:password@host"
            raise ValueError(message)
        return url

    @model_validator(mode="after")
    def _has_a_pair(self) -> Self:
        for name, mode in ((self.sync_driver, Mode.SYNC), (self.async_driver, Mode.ASYNC)):
            drivers = [driver.name for driver in drivers_of(self.kind) if driver.mode is mode]
            if name and name not in drivers:
                fitting = ", ".join(drivers)
                message = f"{mode}_driver {name!r} is no installed {mode} driver for {self.kind}; there are {fitting}"
                raise ValueError(message)
        return self

    @property
    def server(self) -> URL:
        """Return the address of the server."""
        return make_url(self.url)

    @property
    def kind(self) -> str:
        """Return the kind of backend."""
        return self.server.drivername

    @property
    def pair(self) -> tuple[str, str]:
        """Return the drivers of both modes: those asked for, or the controlled pair of one library."""
        chosen = [DRIVERS[name] for name in (self.sync_driver, self.async_driver) if name]
        sync, awaited = pair_of(self.kind, chosen)
        return sync.name, awaited.name

    @property
    def tokens(self) -> int:
        """Return how many sync requests run at a time."""
        return self.thread_tokens or self.pool_size + self.max_overflow

    @property
    def conditions(self) -> Conditions:
        """Return what both engines are opened under."""
        return Conditions(
            pool_size=self.pool_size,
            max_overflow=self.max_overflow,
            pool_timeout_s=self.pool_timeout_s,
            pre_ping=self.pre_ping,
        )

    def way(self, driver: str, namespace: str) -> Connection:
        """Return how a driver gets to a namespace of the server."""
        return connect_to(self.server, self.kind, driver, namespace)

    def shown(self) -> dict[str, Any]:
        """Return all settings for people to read, the password masked."""
        sync, awaited = self.pair
        return self.model_dump() | {
            "url": self.server.render_as_string(hide_password=True),
            "sync_driver": sync,
            "async_driver": awaited,
            "thread_tokens": self.tokens,
        }
