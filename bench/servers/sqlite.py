"""SQLite as a backend: a folder of database files, set up by the pragmas of every connection."""

from __future__ import annotations

import sqlite3

from bench.core.connections import SQLITE_PRAGMAS


def version() -> str:
    """Return the version of the library that Python is linked with."""
    return sqlite3.sqlite_version


def settings() -> dict[str, str]:
    """Return the settings of every connection, for the run."""
    pairs = (pragma.removeprefix("PRAGMA ").partition(" = ") for pragma in SQLITE_PRAGMAS)
    return {name: value for name, _, value in pairs}
