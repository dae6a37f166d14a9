"""Every error is a problem (RFC 9457), told by what happened; a defect tells nothing of its insides."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.engines import open_async_database, open_database
from target_app.databases import Databases
from target_app.errors import Overtaken, is_lost, problem_of
from target_app.problems import MEDIA_TYPE, Conflict, Unavailable, Unknown
from tests.target_app.serving import MODES, Called, Wanted, at_work, called
from tests.target_app.shops import Shop

JSON = {"Content-Type": "application/json"}
MEMBERS = {"type", "title", "status", "detail"}


def checked(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Make sure that an answer is a problem with this status, and return it."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == MEDIA_TYPE
    problem: dict[str, Any] = answer.json()
    assert set(problem) >= MEMBERS
    assert problem["status"] == status
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("path", ["/nowhere", "/sync", "/sync/nowhere", "/async/users/1/nowhere", "/async/accounts"])
def test_a_path_that_is_not_there_is_a_problem(app: Called, path: str) -> None:
    """404, and where to find what there is."""
    assert "/docs" in checked(app("GET", path), 404)["detail"]


@pytest.mark.parametrize("mode", MODES)
def test_a_method_that_is_not_there_is_a_problem(app: Called, mode: str) -> None:
    """405, and the header that the standard asks for."""
    answer = app("DELETE", f"/{mode}/users")
    checked(answer, 405)
    assert answer.headers["Allow"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("wanted", "place"),
    [
        (Wanted("GET", "/users/0"), "path.user_id"),
        (Wanted("GET", "/users/2147483648"), "path.user_id"),
        (Wanted("GET", "/users/one"), "path.user_id"),
        (Wanted("GET", "/users?limit=101"), "query.limit"),
        (Wanted("GET", "/users/1/orders?strategy=eager"), "query.strategy"),
        (Wanted("GET", "/users/one-by-one"), "query.ids"),
        (Wanted("GET", "/wait?ms=10001"), "query.ms"),
        (Wanted("POST", "/users", {"json": {"name": "A", "email": "no address"}}), "body.email"),
        (Wanted("POST", "/users", {"json": {"name": "A\0", "email": "a@example.com"}}), "body.name"),
        (Wanted("POST", "/users", {"json": {"name": "A", "email": "a@example.com", "id": 7}}), "body.id"),
        (Wanted("POST", "/users", {"content": b"{", "headers": JSON}), "body.1"),
        (Wanted("POST", "/users"), "body"),
        (Wanted("POST", "/users/bulk", {"json": {"users": []}}), "body.users"),
    ],
)
def test_what_does_not_fit_its_description_is_named(app: Called, mode: str, wanted: Wanted, place: str) -> None:
    """422, with the place of each thing that was wrong and a sentence about it."""
    answer = app.send(replace(wanted, path=f"/{mode}{wanted.path}"))
    errors = checked(answer, 422)["errors"]
    assert place in [error["place"] for error in errors]
    assert all(error["message"] for error in errors)


@pytest.mark.parametrize("mode", MODES)
def test_a_wrong_body_is_not_sent_back(app: Called, mode: str) -> None:
    """What a client sent by mistake, a password perhaps, does not come back or reach a log."""
    answer = app("POST", f"/{mode}/users", json={"name": "A", "email": "s3cret", "password": "hunter2"})
    checked(answer, 422)
    assert "s3cret" not in answer.text
    assert "hunter2" not in answer.text


@pytest.fixture
def defect(app: Called, tmp_path: Path) -> Iterator[Called]:
    """Return the app with a defect in it: both handles lead to a database without tables."""
    file = tmp_path / "empty.sqlite"
    sync = open_database(Connection("pysqlite", f"sqlite+pysqlite:///{file}"), Conditions())
    awaited = open_async_database(Connection("aiosqlite", f"sqlite+aiosqlite:///{file}"), Conditions())
    whole, empty = app.app.state.databases, Databases(sync, awaited)
    app.app.state.databases = empty
    yield app
    app.app.state.databases = whole
    app.portal.call(empty.close)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("method", "path"), [("GET", "/users/1"), ("DELETE", "/users/1"), ("GET", "/users")])
def test_a_defect_tells_nothing_of_its_insides(defect: Called, mode: str, method: str, path: str) -> None:
    """500 without a word of SQL, of tables, of files or of libraries."""
    answer = defect(method, f"/{mode}{path}")
    assert checked(answer, 500)["title"] == "defect"
    for word in ("SELECT", "DELETE", "users", "sqlite", "sqlalchemy", "Traceback", "no such table"):
        assert word not in answer.text


@pytest.mark.parametrize("mode", MODES)
def test_an_error_gives_its_connection_back(app: Called, mode: str) -> None:
    """Whatever went wrong in an endpoint, nothing is checked out afterwards."""
    for _ in range(20):
        checked(app("GET", f"/{mode}/users/2147483647"), 404)
        checked(app("DELETE", f"/{mode}/users/1"), 409)
    assert at_work(app.app, mode) == (0, 0)


class FromPostgres(Exception):  # noqa: N818 - stands for what a driver raises
    """An error of a PostgreSQL driver: psycopg and asyncpg keep the code in `sqlstate`."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__("words that may change")
        self.sqlstate = sqlstate


class FromMysql(Exception):  # noqa: N818 - see above
    """An error of a MySQL driver: the number comes first, and a SQLSTATE that says less is there as well."""

    def __init__(self, number: int, sqlstate: str = "HY000") -> None:
        super().__init__(number, "words that may change")
        self.sqlstate = sqlstate


class FromSqlite(Exception):  # noqa: N818 - see above
    """An error of the sqlite3 module."""

    def __init__(self, code: int) -> None:
        super().__init__("words that may change")
        self.sqlite_errorcode = code


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (FromPostgres("23505"), Conflict),
        (FromPostgres("23503"), Conflict),
        (FromPostgres("40P01"), Unavailable),
        (FromPostgres("53300"), Unavailable),
        (FromPostgres("57P01"), Unavailable),
        (FromPostgres("42601"), None),
        (FromSqlite(2067), Conflict),
        (FromSqlite(5), Unavailable),
        (FromSqlite(1), None),
        (FromSqlite(14 | 2 << 8), Unavailable),
        (FromMysql(1062, "23000"), Conflict),
        (FromMysql(1451, "23000"), Conflict),
        (FromMysql(1048, "23000"), None),
        (FromMysql(1020), Unavailable),
        (FromMysql(1205), Unavailable),
        (FromMysql(1213, "40001"), Unavailable),
        (FromMysql(1040, "08004"), Unavailable),
        (FromMysql(1226, "42000"), Unavailable),
        (FromMysql(1064, "42000"), None),
        (Exception(1062, "a driver that gives no SQLSTATE"), Conflict),
        (Exception("no code at all"), None),
    ],
)
def test_an_error_of_a_database_is_told_by_its_code(original: Exception, kind: type | None) -> None:
    """The words of a message, and the class that a driver chose, decide nothing."""
    problem = problem_of(DBAPIError("SELECT 1", {}, original))
    assert (type(problem) if problem else None) is kind


def test_what_is_not_of_the_database_is_told_too() -> None:
    """A pool that is exhausted, a server out of reach, a transaction that lost: all may go well later."""
    assert isinstance(problem_of(StaleDataError()), Conflict)
    together = ExceptionGroup("tasks of one request", [Overtaken(), PoolTimeoutError()])
    for error in (PoolTimeoutError(), ConnectionRefusedError(), TimeoutError(), Overtaken(), together):
        assert isinstance(problem_of(error), Unavailable)
    assert problem_of(ExceptionGroup("one of them is a defect", [Overtaken(), ValueError("ours")])) is None
    assert problem_of(ValueError("ours")) is None
    unknown = Unknown("There is no user 7.")
    assert problem_of(unknown) is unknown


@pytest.mark.parametrize(
    ("original", "kind"),
    [
        (Exception("no route to host"), Unavailable),
        (FromPostgres("28P01"), Unavailable),
        (FromMysql(1045, "28000"), Unavailable),
        (FromPostgres("23505"), Conflict),
        (FromPostgres("40001"), Unavailable),
    ],
)
def test_what_fails_without_a_statement_is_the_connection_or_the_commit(original: Exception, kind: type) -> None:
    """Nobody is let in, with a wrong password for one; what a COMMIT finds out stays what it is."""
    assert type(problem_of(OperationalError(None, None, original))) is kind


def test_only_what_lost_is_tried_again() -> None:
    """A duplicate stays one however often it is tried."""
    assert is_lost(Overtaken())
    assert is_lost(DBAPIError("UPDATE", {}, FromPostgres("40001")))
    assert is_lost(DBAPIError("UPDATE", {}, FromMysql(1020)))
    assert is_lost(DBAPIError("UPDATE", {}, FromMysql(1205)))
    assert not is_lost(DBAPIError("INSERT", {}, FromPostgres("23505")))
    assert not is_lost(DBAPIError("INSERT", {}, FromMysql(1062, "23000")))
    assert not is_lost(ConnectionRefusedError())


@pytest.mark.parametrize(
    ("kind", "drivers"),
    [
        ("postgresql", ("psycopg", "psycopg_async")),
        ("postgresql", ("psycopg2", "asyncpg")),
        ("mariadb", ("pymysql", "aiomysql")),
        ("mariadb", ("pymysql", "asyncmy")),
    ],
)
def test_who_is_not_let_in_is_told_to_come_back(
    fresh: Callable[[str], Shop], caplog: pytest.LogCaptureFixture, kind: str, drivers: tuple[str, str]
) -> None:
    """The password was changed meanwhile, say: 503 without a word of it, and the server's own words in the log."""
    shop = fresh(kind)
    wrong = shop.place.server.url.set(password="s3cret").render_as_string(hide_password=False)  # noqa: S106 - it opens nothing
    with called(shop.settings(*drivers, url=wrong)) as app:
        for mode in MODES:
            caplog.clear()
            answer = app("GET", f"/{mode}/users/1")
            assert checked(answer, 503)["title"] == "unavailable"
            assert "s3cret" not in answer.text
            [logged] = [record for record in caplog.records if record.levelno == logging.WARNING]
            assert f"GET '/{mode}/users/1': 503, " in logged.getMessage()
            assert str(shop.place.server.url.username) in logged.getMessage()
            assert "s3cret" not in caplog.text


def test_who_is_turned_away_is_told_when_to_come_back() -> None:
    """503 carries Retry-After, and no other problem does."""
    assert int(Unavailable("later").response().headers["Retry-After"]) >= 1
    assert "Retry-After" not in Conflict("taken").response().headers
