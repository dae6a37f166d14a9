"""The one table of drivers: mode, URL form, library and installed version."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from bench.core.errors import UsageError
from bench.core.names import nearest

INSTALL_AGAIN = "make --always-make install"
"""Brings back in a checkout what every installation has and this one lost. ormbench is on no index, and an environment
that uv made has no pip."""


class Mode(StrEnum):
    """How a driver waits for the server: it blocks the thread, or it yields to the event loop."""

    SYNC = "sync"
    ASYNC = "async"


@dataclass(frozen=True, slots=True)
class Driver:
    """A DBAPI in one mode.

    `library` names the code base that a sync and an async driver share: only drivers of one library make the
    controlled pair for "sync or async?". `extra` is the extra of this package that installs the driver, if it is
    not a plain dependency.
    """

    name: str
    mode: Mode
    family: str
    """Dialect family: sqlite, postgresql or mysql (which MariaDB speaks too)."""
    dbapi: str
    """What follows the plus sign in a SQLAlchemy URL."""
    distribution: str | None
    """Name on the package index; None for a module of the standard library."""
    library: str
    extra: str | None = None
    reads_in_autocommit: bool = False
    """Whether sessions that only read can do without a transaction for free: the driver need not tell the server of the
    mode, it only does not send BEGIN, nor ROLLBACK at the end (see `database.reading_options`)."""

    @property
    def installed_version(self) -> str | None:
        """Return the version of the distribution, or None where it is not installed."""
        if self.distribution is None:
            return _sqlite_version()
        try:
            return version(self.distribution)
        except PackageNotFoundError:
            return None

    @property
    def remedy(self) -> str:
        """Return the command that installs this driver in a checkout."""
        return f"make extra NAME={self.extra}" if self.extra else INSTALL_AGAIN


@cache
def _sqlite_version() -> str:
    import sqlite3  # noqa: PLC0415 - only asked for when SQLite is measured; keeps `--help` light

    return sqlite3.sqlite_version


DRIVERS: dict[str, Driver] = {
    driver.name: driver
    for driver in (
        Driver("pysqlite", Mode.SYNC, "sqlite", "pysqlite", None, "sqlite3"),
        Driver("aiosqlite", Mode.ASYNC, "sqlite", "aiosqlite", "aiosqlite", "sqlite3"),
        Driver("psycopg", Mode.SYNC, "postgresql", "psycopg", "psycopg", "psycopg", reads_in_autocommit=True),
        Driver(
            "psycopg_async", Mode.ASYNC, "postgresql", "psycopg_async", "psycopg", "psycopg", reads_in_autocommit=True
        ),
        Driver("psycopg2", Mode.SYNC, "postgresql", "psycopg2", "psycopg2-binary", "psycopg2"),
        Driver("asyncpg", Mode.ASYNC, "postgresql", "asyncpg", "asyncpg", "asyncpg", reads_in_autocommit=True),
        Driver("pymysql", Mode.SYNC, "mysql", "pymysql", "PyMySQL", "pymysql"),
        Driver("aiomysql", Mode.ASYNC, "mysql", "aiomysql", "aiomysql", "pymysql"),
        Driver("asyncmy", Mode.ASYNC, "mysql", "asyncmy", "asyncmy", "asyncmy"),
        Driver("mysqlclient", Mode.SYNC, "mysql", "mysqldb", "mysqlclient", "mysqlclient", extra="mysqlclient"),
    )
}
"""Drivers by name; within a family the baseline driver comes first and is followed by its async twin."""

FAMILIES: dict[str, str] = {
    "sqlite": "sqlite",
    "postgresql": "postgresql",
    "mariadb": "mysql",
    "mysql": "mysql",
}
"""The dialect family of each kind of backend."""


def kinship(name: str, other: str) -> str:
    """Return what two drivers of one `library` have in common, for people.

    psycopg is one library with both modes. aiosqlite wraps sqlite3, which it runs in a thread, and aiomysql is a port
    of PyMySQL: between such, more differs than the mode.
    """
    shared = {DRIVERS[each].distribution for each in (name, other)}
    return "same library" if len(shared) == 1 else "same family"


def driver_named(name: str) -> Driver:
    """Return the driver of that name.

    Raises:
        UsageError: No driver has this name, or it is not installed.
    """
    if name not in DRIVERS:
        message = f"unknown driver {name!r}; {nearest(name, DRIVERS)}"
        raise UsageError(message)
    driver = DRIVERS[name]
    if driver.installed_version is None:
        message = f"driver {name} is not installed; run: {driver.remedy}"
        raise UsageError(message)
    return driver


def drivers_of(kind: str) -> list[Driver]:
    """Return the installed drivers for a kind of backend, baseline driver first."""
    return [
        driver
        for driver in DRIVERS.values()
        if driver.family == FAMILIES[kind] and driver.installed_version is not None
    ]


def pair_of(kind: str, chosen: Collection[Driver] = ()) -> tuple[Driver, Driver]:
    """Return a driver of each mode for a kind of backend, the sync one first.

    These are the chosen ones; for a mode without one the baseline driver, and for async its twin of the same library
    where there is one: the controlled pair.
    """
    fitting = [*chosen, *drivers_of(kind)]
    sync = next(driver for driver in fitting if driver.mode is Mode.SYNC)
    awaited = [driver for driver in fitting if driver.mode is Mode.ASYNC]
    twins = [driver for driver in awaited if driver in chosen or driver.library == sync.library]
    return sync, [*twins, *awaited][0]
