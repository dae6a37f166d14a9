"""What `Caught` tells of an exception, and that it keeps nothing alive."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pymysql
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import MissingGreenlet, OperationalError, StatementError

from bench.core.caught import NOTHING, Caught, is_lost_connection


class Held:
    """Something that a traceback would keep alive."""


def test_nothing_is_told_as_nothing() -> None:
    """A block that ends well."""
    with Caught() as caught:
        pass
    assert (caught.name, caught.facts) == (NOTHING, {"exception": NOTHING})


def test_the_driver_and_its_code_are_told() -> None:
    """Of a violated constraint: SQLAlchemy's class, the driver's, SQLite's name for it, and that nothing is lost."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        connection.execute(text("CREATE TABLE t (a INTEGER NOT NULL)"))
        with Caught() as caught:
            connection.execute(text("INSERT INTO t VALUES (NULL)"))
    engine.dispose()
    assert caught.facts == {
        "exception": "IntegrityError",
        "driver_exception": "sqlite3.IntegrityError",
        "code": "SQLITE_CONSTRAINT_NOTNULL",
        "is_disconnect": False,
    }


def test_the_number_of_the_server_comes_before_its_sqlstate() -> None:
    """Drivers of MariaDB have both; 1213 is a deadlock, 40001 much else besides."""
    driven = pymysql.err.OperationalError(1213, "Deadlock found")
    driven.sqlstate = "40001"
    error = OperationalError("UPDATE t", {}, driven)
    with Caught() as caught:
        raise error
    assert caught.facts["code"] == 1213


@pytest.mark.parametrize(
    ("error", "is_lost"),
    [
        (OperationalError("SELECT 1", {}, ValueError("gone"), connection_invalidated=True), True),
        (OperationalError("SELECT 1", {}, ValueError("deadlock")), False),
        (ConnectionResetError(), True),
        (RuntimeError("unable to perform operation on <TCPTransport closed=True>; the handler is closed"), True),
        (RuntimeError("worn out"), False),
        (FileNotFoundError(), False),
    ],
)
def test_a_lost_connection_is_known(error: Exception, *, is_lost: bool) -> None:
    """By what SQLAlchemy says of the driver's error, by the system's own, and by uvloop's words."""
    assert is_lost_connection(error) is is_lost


def test_what_a_statement_error_wraps_is_told() -> None:
    """The name is what an `except` catches; the full name says what is beneath."""
    with Caught() as caught:
        raise StatementError("failed", "SELECT 1", {}, MissingGreenlet("no greenlet"))  # noqa: EM101 - SQLAlchemy's own form
    assert (caught.name, caught.full_name) == ("StatementError", "StatementError (MissingGreenlet)")


def test_no_frame_is_kept_alive() -> None:
    """What the block held goes when the block is left, as a session must in a test of leaks."""

    def fail() -> weakref.ref[Held]:
        held = Held()
        seen = weakref.ref(held)
        with caught:
            raise ValueError(str(held))
        return seen

    caught = Caught()
    seen = fail()
    gc.collect()
    assert caught.name == "ValueError"
    assert seen() is None


def test_cancellation_passes() -> None:
    """A time limit must be able to end an experiment."""
    with pytest.raises(asyncio.CancelledError), Caught():
        raise asyncio.CancelledError
