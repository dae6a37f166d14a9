"""SQLite as a backend: a folder of database files, and the pragmas of every connection."""

from __future__ import annotations

import sqlite3

PRAGMAS: tuple[str, ...] = (
    # What applications with more than one connection are told to use (https://www.sqlite.org/wal.html).
    "PRAGMA journal_mode = WAL",
    # Durable as the other backends are: in WAL mode a commit reaches the disk with FULL only.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA busy_timeout = 5000",
)
"""Run on every new connection, in both modes; all but the first are forgotten when a connection closes."""


def version() -> str:
    """Return the version of the library that Python is linked with."""
    return sqlite3.sqlite_version


def settings() -> dict[str, str]:
    """Return the settings of every connection, for the run."""
    pairs = (pragma.removeprefix("PRAGMA ").partition(" = ") for pragma in PRAGMAS)
    return {name: value for name, _, value in pairs}
