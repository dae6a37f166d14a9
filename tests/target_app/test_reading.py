"""Endpoints that only read have no transaction around their statements where a driver can do without for free."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from anyio import to_thread
from fastapi import APIRouter
from fastapi.routing import APIRoute
from sqlalchemy import text

from target_app import async_routes, sync_routes
from target_app.statements.waiting import WAIT
from tests.target_app.serving import MODES, Called, at_work, called, databases_of, handle_of, until
from tests.target_app.shops import Shop

POSTGRESQL = [("psycopg", "psycopg_async"), ("psycopg2", "asyncpg")]
OTHERS = [("pymysql", "aiomysql"), ("pymysql", "asyncmy")]
READING = ("/users/7", "/users/one-by-one?ids=3&ids=1", "/users/1101/orders?strategy=selectin", "/orders/2")
AROUND = {"psycopg2": {"BEGIN", "ROLLBACK"}}
"""What a driver sends around them that has to tell the server of autocommit mode, and so keeps its transaction."""
STATEMENTS = 1 + 2 + 2 + 2
"""SELECTs that these come to."""


@pytest.fixture(scope="module", params=POSTGRESQL, ids="-".join)
def app(request: pytest.FixtureRequest, fresh: Callable[[str], Shop]) -> Iterator[Called]:
    """Return the app on PostgreSQL with one connection in each mode, so that every request gets the same one."""
    with called(fresh("postgresql").settings(*request.param, pool_size=1)) as started:
        yield started


def read(app: Called, mode: str) -> None:
    """Ask for everything that is in READING."""
    assert {app("GET", f"/{mode}{path}").status_code for path in READING} == {200}


def fail_to_write(app: Called, mode: str) -> None:
    """Create users one by one, the last of whom is there already, and find none of them."""
    names = ("first@reading.example", "second@reading.example", "user1@example.com")
    users = [{"name": "Half", "email": name} for name in names]
    assert app("POST", f"/{mode}/users/bulk?method=per_row", json={"users": users}).status_code == 409
    assert app("GET", f"/{mode}/users/by-domain/reading.example").json()["users"] == []


@pytest.mark.parametrize("routers", [sync_routes.ROUTERS, async_routes.ROUTERS], ids=MODES)
def test_what_writes_has_a_transaction_and_what_reads_has_none(routers: tuple[APIRouter, ...]) -> None:
    """GET opens a session that only reads, and every other method one that commits; none opens both."""
    routes = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    opened = {route.name: inspect.getsource(route.endpoint) for route in routes}
    reading = {name for name, source in opened.items() if "db.reading()" in source}
    writing = {name for name, source in opened.items() if "db.session" in source}
    assert reading == {route.name for route in routes if route.methods == {"GET"}}
    assert writing == set(opened) - reading


@pytest.mark.parametrize("mode", MODES)
def test_postgresql_is_sent_selects_alone(app: Called, fresh: Callable[[str], Shop], mode: str) -> None:
    """But for psycopg2 neither BEGIN nor ROLLBACK, which would be two more round trips for each request."""
    # The first connection of an engine learns about the server, in transactions of its own.
    read(app, mode)
    with fresh("postgresql").connection() as connection:
        connection.execute(text("SELECT public.pg_stat_statements_reset()"))
        read(app, mode)
        query = "SELECT query, calls FROM public.pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'"
        sent = connection.execute(text(query)).all()
    driver = handle_of(app.app, mode).engine.dialect.driver
    assert sum(row.calls for row in sent if row.query.startswith("SELECT ")) == STATEMENTS
    assert {row.query for row in sent if not row.query.startswith("SELECT ")} == AROUND.get(driver, set())


@pytest.mark.parametrize("drivers", OTHERS, ids="-".join)
@pytest.mark.parametrize("mode", MODES)
def test_mariadb_is_not_told_to_commit_by_itself(
    fresh: Callable[[str], Shop], drivers: tuple[str, str], mode: str
) -> None:
    """There it would take a SET before each request and one behind it: more than the transaction costs."""
    shop = fresh("mariadb")
    query = text("SELECT VARIABLE_VALUE FROM information_schema.GLOBAL_STATUS WHERE VARIABLE_NAME = 'COM_SET_OPTION'")
    with called(shop.settings(*drivers, pool_size=1)) as app, shop.connection() as connection:
        read(app, mode)
        before = connection.execute(query).scalar_one()
        read(app, mode)
        assert connection.execute(query).scalar_one() == before


@pytest.mark.parametrize("mode", MODES)
def test_what_writes_next_has_a_transaction(app: Called, mode: str) -> None:
    """On the connection that was used for reading, a request that fails at its last statement leaves nothing."""
    read(app, mode)
    fail_to_write(app, mode)


def test_psycopg_keeps_what_it_prepared(fresh: Callable[[str], Shop]) -> None:
    """It forgets its prepared statements at every ROLLBACK, and there is none."""
    with called(fresh("postgresql").settings("psycopg", "psycopg_async", pool_size=1)) as app:
        for number in range(1, 11):
            assert app("GET", f"/sync/users/{number}").status_code == 200
        with databases_of(app.app).sync.engine.connect() as connection:
            query = "SELECT statement FROM pg_prepared_statements WHERE statement LIKE '%FROM users%'"
            assert len(connection.execute(text(query)).all()) == 1


def test_a_cancelled_request_gives_its_connection_back(app: Called, fresh: Callable[[str], Shop]) -> None:
    """Cancelled while its query runs: the connection comes back, and what it is used for next has a transaction."""
    databases = databases_of(app.app)
    # Others may have one on this server, too.
    sleeping = "SELECT array_agg(pid) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%'"
    others = set(fresh("postgresql").scalar(sleeping) or ())

    def runs() -> bool:
        return bool(set(fresh("postgresql").scalar(sleeping) or ()) - others)

    async def wait() -> None:
        async with databases.awaited.reading() as session:
            await session.execute(WAIT, {"seconds": 20.0})

    async def begin_and_cancel() -> None:
        task = asyncio.create_task(wait())
        await to_thread.run_sync(until, runs)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert at_work(app.app, "async") == (0, 0)

    app.portal.call(begin_and_cancel)
    fail_to_write(app, "async")
