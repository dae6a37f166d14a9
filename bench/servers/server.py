"""A database server that a run measures: where it is, what it is, how it is set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import URL


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
