"""A server that goes away is told as 503 with the time to come back, and when it is there again the app works on."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing

import httpx
import pytest

from bench.servers.delaying import DelayProxy
from bench.servers.namespaces import namespace
from bench.servers.postgresql import find_programs, start_postgresql
from bench.servers.seeding import seed
from bench.servers.server import Origin, Server
from tests.target_app.serving import (
    CROWD_LIMIT_S,
    MODES,
    Served,
    Wanted,
    at_work,
    called,
    client_of,
    crowd,
    served,
    until,
)
from tests.target_app.shops import APP, SEED, SIZE, Shop

PAIRS = [("psycopg", "psycopg_async"), ("psycopg2", "asyncpg")]
CLIENTS = 8
POOL = 5

A_BACKEND = """
SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() LIMIT 1
"""
TERMINATE = """
SELECT count(pg_terminate_backend(pid, 10000)) FROM pg_stat_activity
WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


@pytest.fixture(scope="module")
def own() -> Iterator[Shop]:
    """Return a shop on a server of these tests alone: what is done to it would end every other connection as well."""
    if find_programs() is None:
        pytest.skip("no programs of postgresql on this machine")
    url, launched = start_postgresql()
    # As private: the namespace is closed here, and what is in it goes with the server.
    server = Server(label="postgresql", kind="postgresql", url=url, version="", origin=Origin.PRIVATE)
    with closing(launched):
        with namespace(server, APP.name) as place:
            seed(place, APP, SIZE.name, SEED)
        yield Shop(place)


def check_answers(answers: list[httpx.Response]) -> None:
    """Make sure that all are good, or say when to come back and nothing of the server."""
    assert {answer.status_code for answer in answers} <= {200, 503}
    for answer in answers:
        if answer.status_code == 503:
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.json()["title"] == "unavailable"
            assert "127.0.0.1" not in answer.text


async def ask_throughout(server: Served, path: str, harm: Callable[[], None]) -> list[httpx.Response]:
    """Ask again and again with several clients, do harm meanwhile, and go on until all are served well again."""
    answers: list[httpx.Response] = []
    over = asyncio.Event()

    async def ask(client: httpx.AsyncClient) -> None:
        while not over.is_set():
            answers.append(await client.get(path))
            # A server that is away answers at once: without a pause thousands would ask while it recovers.
            await asyncio.sleep(0.01)

    async with (
        client_of(server.url, CLIENTS) as client,
        asyncio.timeout(CROWD_LIMIT_S),
        asyncio.TaskGroup() as group,
    ):
        for _ in range(CLIENTS):
            group.create_task(ask(client))
        await asyncio.to_thread(until, lambda: len(answers) > CLIENTS)
        await asyncio.to_thread(harm)
        await asyncio.to_thread(until, lambda: any(answer.status_code != 200 for answer in answers))
        await asyncio.to_thread(until, lambda: all(answer.status_code == 200 for answer in answers[-10 * CLIENTS :]))
        over.set()
    return answers


@pytest.mark.parametrize("drivers", PAIRS, ids="+".join)
@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_is_killed_comes_back(own: Shop, drivers: tuple[str, str], mode: str) -> None:
    """SIGKILL for one process of PostgreSQL: it throws everybody out and recovers, on the same port and data."""

    def kill_a_backend() -> None:
        os.kill(own.scalar(A_BACKEND), signal.SIGKILL)

    with served(own.settings(*drivers, pool_size=POOL)) as server:
        answers = asyncio.run(ask_throughout(server, f"/{mode}/users/1", kill_a_backend))
        assert {answer.status_code for answer in answers} == {200, 503}
        check_answers(answers)
        assert at_work(server.app, mode) == (0, 0)
        [user] = crowd(server, [Wanted("POST", f"/{mode}/users/bulk", {"json": users_of(drivers, mode)})], 1)
        assert user.status_code == 201


def users_of(drivers: tuple[str, str], mode: str) -> dict[str, object]:
    """Return a user of whom there is one for each test."""
    return {"users": [{"name": "Back", "email": f"{mode}@{'.'.join(drivers)}.example"}]}


@pytest.mark.parametrize("drivers", PAIRS, ids="+".join)
@pytest.mark.parametrize("mode", MODES)
def test_a_server_that_cannot_be_reached_comes_back(own: Shop, drivers: tuple[str, str], mode: str) -> None:
    """Connections break and none can be opened: every request says so at once, and the first one afterwards works."""
    address = own.place.server.address
    assert address is not None
    with DelayProxy(*address, [0]) as proxy:
        url = own.place.server.url.set(port=proxy.port(0)).render_as_string(hide_password=False)
        with called(own.settings(*drivers, url=url, pool_size=POOL)) as app:
            assert app("GET", f"/{mode}/users/1").status_code == 200
            assert app("GET", "/health/ready").status_code == 200
            proxy.refuse()
            proxy.cut()
            away = [app("GET", f"/{mode}/users/1") for _ in range(2 * POOL)]
            away += [app("POST", f"/{mode}/accounts/transfer", json={"source": 1, "target": 2, "cents": 1})]
            away += [app("GET", "/health/ready")]
            assert {answer.status_code for answer in away} == {503}
            check_answers(away)
            assert app("GET", "/health/live").status_code == 200
            proxy.accept()
            assert app("GET", f"/{mode}/users/1").status_code == 200
            # The other mode has not noticed yet that its connection is gone.
            until(lambda: app("GET", "/health/ready").status_code == 200)
            assert at_work(app.app, mode) == (0, 0)


@pytest.mark.parametrize("drivers", PAIRS, ids="+".join)
@pytest.mark.parametrize("mode", MODES)
def test_connections_that_the_server_ended_cost_one_request(own: Shop, drivers: tuple[str, str], mode: str) -> None:
    """All idle connections are ended at once: whoever meets the first of them is refused, and nobody after that."""
    with served(own.settings(*drivers, pool_size=POOL)) as server:
        crowd(server, [Wanted("GET", f"/{mode}/wait?ms=300")] * POOL, POOL)
        assert own.scalar(TERMINATE) >= POOL
        answers = crowd(server, [Wanted("GET", f"/{mode}/users/{number}") for number in range(1, 3 * POOL)], 1)
        check_answers(answers)
        assert [answer.status_code for answer in answers].count(503) <= 1
        assert answers[-1].status_code == 200
        assert at_work(server.app, mode) == (0, 0)


@pytest.mark.parametrize("pre_ping", [False, True])
@pytest.mark.parametrize("driver", ["aiomysql", "asyncmy"])
def test_idle_connections_that_are_reset_cost_one_request(
    fresh: Callable[[str], Shop], driver: str, *, pre_ping: bool
) -> None:
    """MariaDB behind a network that resets: one request is refused, none where each use begins with a ping."""
    shop = fresh("mariadb")
    address = shop.place.server.address
    assert address is not None
    with DelayProxy(*address, [0]) as proxy:
        url = shop.place.server.url.set(port=proxy.port(0)).render_as_string(hide_password=False)
        with served(shop.settings("pymysql", driver, url=url, pool_size=POOL, pre_ping=pre_ping)) as server:
            crowd(server, [Wanted("GET", "/async/wait?ms=300")] * POOL, POOL)
            proxy.cut()
            answers = crowd(server, [Wanted("GET", f"/async/users/{number}") for number in range(1, 3 * POOL)], 1)
            check_answers(answers)
            assert [answer.status_code for answer in answers].count(503) <= (0 if pre_ping else 1)
            assert at_work(server.app, "async") == (0, 0)


@pytest.mark.parametrize("drivers", PAIRS, ids="+".join)
@pytest.mark.parametrize("mode", MODES)
def test_a_ping_before_each_use_spares_that_request(own: Shop, drivers: tuple[str, str], mode: str) -> None:
    """With `pre_ping` the pool finds out by itself, and every request is served."""
    with served(own.settings(*drivers, pool_size=POOL, pre_ping=True)) as server:
        crowd(server, [Wanted("GET", f"/{mode}/wait?ms=300")] * POOL, POOL)
        assert own.scalar(TERMINATE) >= POOL
        answers = crowd(server, [Wanted("GET", f"/{mode}/users/{number}") for number in range(1, 3 * POOL)], 1)
        assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize("mode", MODES)
def test_a_request_under_way_is_told_when_its_connection_is_cut(own: Shop, mode: str) -> None:
    """The statement is at the server and the answer never comes: 503, not 500, and the connection is not kept."""

    async def wait_and_cut(server: Served) -> httpx.Response:
        async with client_of(server.url, 1) as client:
            asked = asyncio.create_task(client.get(f"/{mode}/wait?ms=10000"))
            await asyncio.to_thread(until, lambda: at_work(server.app, mode) == (1, 0))
            # Until the statement is at the server: only then is a backend at work on it.
            active = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()"
            await asyncio.to_thread(until, lambda: own.scalar(active) == 1)
            await asyncio.to_thread(own.scalar, TERMINATE)
            return await asked

    with served(own.settings(pool_size=1)) as server:
        answer = asyncio.run(wait_and_cut(server))
        assert answer.status_code == 503
        check_answers([answer])
        [afterwards] = crowd(server, [Wanted("GET", f"/{mode}/users/1")], 1)
        assert afterwards.status_code == 200
        assert at_work(server.app, mode) == (0, 0)
