"""How to reach one dataset on one backend through each driver: plain data that travels to another process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bench.core.drivers import DRIVERS, Driver


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
