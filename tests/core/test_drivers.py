"""The table of drivers: lookups, what is installed, and the order that baselines follow from."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bench.core.connections import Connection
from bench.core.drivers import DRIVERS, FAMILIES, Driver, Mode, driver_named, drivers_of, kinship
from bench.core.errors import UsageError


@pytest.fixture
def uninstalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make a driver look as if its distribution were not there."""

    def remove(name: str) -> None:
        monkeypatch.setitem(DRIVERS, name, replace(DRIVERS[name], distribution=f"no-such-distribution-{name}"))

    return remove


@pytest.mark.parametrize("driver", DRIVERS.values(), ids=lambda driver: driver.name)
def test_every_driver_is_a_dialect_of_its_mode(driver: Driver) -> None:
    """What the table says about mode and URL is what SQLAlchemy knows by that name."""
    dialect = make_url(f"{driver.family}+{driver.dbapi}://").get_dialect()
    assert dialect.is_async == (driver.mode is Mode.ASYNC)


def test_a_library_has_one_driver_per_mode() -> None:
    """The controlled pair is unambiguous: no library appears twice in one mode."""
    places = [(driver.library, driver.mode) for driver in DRIVERS.values()]
    assert len(set(places)) == len(places)


def test_only_one_distribution_is_one_library() -> None:
    """What wraps another driver, or is a port of it, is of its family."""
    assert kinship("psycopg", "psycopg_async") == "same library"
    assert kinship("pysqlite", "aiosqlite") == kinship("pymysql", "aiomysql") == "same family"


@pytest.mark.parametrize("kind", FAMILIES)
def test_the_baseline_driver_comes_first_and_its_async_twin_next(kind: str) -> None:
    """The first driver of each kind of backend blocks, and the second is the same library awaited."""
    first, second, *_ = drivers_of(kind)
    assert (first.mode, second.mode) == (Mode.SYNC, Mode.ASYNC)
    assert first.library == second.library


def test_a_driver_that_is_not_installed_is_left_out(uninstalled: Callable[[str], None]) -> None:
    """The list of a backend holds only what can be measured."""
    uninstalled("asyncpg")
    assert "asyncpg" not in [driver.name for driver in drivers_of("postgresql")]
    assert len(drivers_of("postgresql")) == 3


def test_asking_for_it_names_the_command_that_installs_it(uninstalled: Callable[[str], None]) -> None:
    """A driver that belongs to an extra is installed by it; any other was installed with us; both targets exist."""
    uninstalled("mysqlclient")
    with pytest.raises(UsageError, match=r"driver mysqlclient is not installed; run: make extra NAME=mysqlclient$"):
        driver_named("mysqlclient")
    uninstalled("asyncpg")
    with pytest.raises(UsageError, match=r"run: make --always-make install$"):
        driver_named("asyncpg")
    makefile = (Path(__file__).parents[2] / "Makefile").read_text(encoding="utf-8")
    assert {"extra", "install"} <= set(re.findall(r"^([a-z-]+): ", makefile, re.MULTILINE))


def test_a_misspelt_driver_is_suggested() -> None:
    """The nearest name is offered."""
    with pytest.raises(UsageError, match="unknown driver 'asyncgp'; did you mean 'asyncpg'"):
        driver_named("asyncgp")


def test_the_version_of_sqlite_is_that_of_the_library() -> None:
    """The driver of the standard library has no distribution; what counts is the SQLite it was built with."""
    assert driver_named("pysqlite").installed_version == sqlite3.sqlite_version


def test_a_connection_never_shows_its_password() -> None:
    """Neither the URL nor the arguments are in what a log or a traceback prints."""
    connection = Connection("psycopg", "postgresql+psycopg://me:secret@host/db", {"password": "secret"})
    assert "secret" not in repr(connection)
    assert connection.driver is DRIVERS["psycopg"]


def test_a_connection_survives_the_way_to_another_process() -> None:
    """What a child is given describes the same connection, password included."""
    connection = Connection("pysqlite", "sqlite:///file.db", {"timeout": 3}, ("PRAGMA foreign_keys=ON",))
    assert Connection.from_data(connection.as_data()) == connection
