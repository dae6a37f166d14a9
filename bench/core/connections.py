"""How to reach one dataset on one backend through each driver: plain data that travels to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import URL, make_url

from bench.core.drivers import DRIVERS, Driver

SQLITE_PRAGMAS: tuple[str, ...] = (
    # What applications with more than one connection are told to use (https://www.sqlite.org/wal.html).
    "PRAGMA journal_mode = WAL",
    # Durable as the other backends are: in WAL mode a commit reaches the disk with FULL only.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
)
"""Run on every new connection to SQLite, in both modes; all but the first are forgotten when a connection closes."""


@dataclass(frozen=True)
class Connection:
    """Everything an engine needs to connect; holds a password in clear, so it is never written to a file."""

    driver_name: str
    url: str = field(repr=False)
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Keyword arguments for the DBAPI's connect()."""
    on_connect: tuple[str, ...] = ()
    """Statements for every new connection, e.g. the pragmas of SQLite."""

    @property
    def driver(self) -> Driver:
        """Return the driver of this connection."""
        return DRIVERS[self.driver_name]

    def through(self, host: str, port: int) -> Connection:
        """Return the same connection by way of a proxy."""
        url = make_url(self.url).set(host=host, port=port)
        return replace(self, url=url.render_as_string(hide_password=False))

    def as_data(self) -> dict[str, Any]:
        """Return plain data with the password in it: for a pipe or the environment of a child, not for a file."""
        return {
            "driver_name": self.driver_name,
            "url": self.url,
            "arguments": dict(self.arguments),
            "on_connect": list(self.on_connect),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Connection:
        """Return the connection that `as_data` described."""
        return cls(data["driver_name"], data["url"], data["arguments"], tuple(data["on_connect"]))


def namespace_of(dataset: str) -> str:
    """Return the name of the namespace that holds a dataset; what is called otherwise is none of ours."""
    return f"ormbench_{dataset}"


def connect_to(server: URL, kind: str, driver_name: str, namespace: str) -> Connection:
    """Return the way through a driver to a namespace, and to nothing beside it.

    Args:
        server: Where the server is, without a driver; for SQLite its database is the folder of the files.
        kind: The kind of backend; MySQL and MariaDB are dialects of their own to SQLAlchemy.
        driver_name: The driver to connect with.
        namespace: A schema of PostgreSQL, a database of MariaDB or MySQL, a file of SQLite without its suffix.
    """
    url, arguments = server.set(drivername=f"{kind}+{DRIVERS[driver_name].dbapi}"), dict[str, Any]()
    on_connect = SQLITE_PRAGMAS if kind == "sqlite" else ()
    if kind == "sqlite":
        url = url.set(database=f"{server.database}/{namespace}.sqlite")
    elif kind != "postgresql":
        url = url.set(database=namespace)
        if driver_name == "pymysql" and not any(option.startswith("ssl") for option in server.query):
            # Alone of its family it tries TLS unasked, and makes a context for that, with all certificates of the
            # system, for each connection.
            arguments = {"ssl_disabled": True}
    elif driver_name == "asyncpg":
        arguments = {"server_settings": {"search_path": namespace}}
    else:
        arguments = {"options": f"-c search_path={namespace}"}
    return Connection(driver_name, url.render_as_string(hide_password=False), arguments, on_connect)


@dataclass(frozen=True)
class Routes:
    """Every way to one dataset on one backend, through each driver."""

    steward: Connection
    """The direct way through the first driver of the family, for what is done beside the measured operations."""
    direct: tuple[Connection, ...]
    delayed: Mapping[float, tuple[Connection, ...]] = field(default_factory=dict)
    """Ways through a proxy that adds a delay, by milliseconds in each direction."""

    def under(self, delay_ms: float | None) -> tuple[Connection, ...]:
        """Return the connections under a network delay, or the direct ones for None."""
        return self.direct if delay_ms is None else self.delayed[delay_ms]

    def as_data(self) -> dict[str, Any]:
        """Return plain data with passwords in it, see `Connection.as_data`."""
        return {
            "steward": self.steward.as_data(),
            "direct": [each.as_data() for each in self.direct],
            "delayed": [[delay_ms, [each.as_data() for each in through]] for delay_ms, through in self.delayed.items()],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Routes:
        """Return the routes that `as_data` described."""
        delayed = {delay_ms: tuple(map(Connection.from_data, through)) for delay_ms, through in data["delayed"]}
        direct = tuple(map(Connection.from_data, data["direct"]))
        return cls(Connection.from_data(data["steward"]), direct, delayed)
