"""A database server that a run measures: where it is, what it is, how it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import ip_address
from socket import getaddrinfo
from typing import Any

import psutil
from sqlalchemy import URL

from bench.core.drivers import FAMILIES

_DEFAULT_PORTS = {"postgresql": 5432, "mysql": 3306}
"""By dialect family."""


class Origin(StrEnum):
    """Who started a server, which decides what may be left on it."""

    PRIVATE = "private"
    """Started for this run; ends with it."""
    KEPT = "kept"
    """Started by `ormbench servers up`; lives until `down`, and so does its data."""
    GIVEN = "given"
    """The user's own (`--url`); nothing of ours stays on it."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server.

    `url` names no driver and may hold a password, which its `repr` masks. For SQLite its database is the *folder*
    that holds one file per dataset. `settings` are the server's own answers, not our wishes.
    """

    label: str
    """Unique in a run: the kind, numbered where a run has several of a kind."""
    kind: str
    """One of sqlite, postgresql, mariadb, mysql."""
    url: URL
    version: str
    settings: Mapping[str, str] = field(default_factory=dict)
    origin: Origin
    drivers: tuple[str, ...] = ()
    """Names of the drivers that a given URL restricts the run to; empty for all of the kind."""

    def as_data(self) -> dict[str, Any]:
        """Return what it is as plain data for JSON, without its address."""
        return {
            "label": self.label,
            "kind": self.kind,
            "version": self.version,
            "origin": str(self.origin),
            "settings": dict(self.settings),
        }

    @property
    def most_connections(self) -> int | None:
        """Return how many connections the server allows at a time; None for a library."""
        allowed = self.settings.get("max_connections")
        return int(allowed) if allowed is not None else None

    @property
    def is_here(self) -> bool:
        """Say whether a server process runs on this machine, where it takes its time from the same cores as we do."""
        if self.kind == "sqlite":
            return False
        # libpq takes a host among the options too; one with a slash is the folder of a socket.
        hosts = [self.url.host, *self.url.normalized_query.get("host", ())]
        return self.origin is not Origin.GIVEN or all(_is_this_machine(host) for host in hosts if host)

    @property
    def address(self) -> tuple[str, int] | None:
        """Return host and port, where a proxy can stand between them and a driver.

        None for a library, for a socket file, and where the URL asks for encryption: a certificate names the host.
        """
        encrypted = any(option.lower().startswith(("ssl", "tls")) for option in self.url.query)
        if self.kind == "sqlite" or self.url.host is None or encrypted:
            return None
        return self.url.host, self.url.port or _DEFAULT_PORTS[FAMILIES[self.kind]]


def _is_this_machine(host: str) -> bool:
    if host.startswith("/"):
        return True
    try:
        found = {str(each[4][0]) for each in getaddrinfo(host, None)}
    except OSError:
        return False
    own = {address.address.partition("%")[0] for every in psutil.net_if_addrs().values() for address in every}
    return any(address in own or ip_address(address).is_loopback for address in found)
