"""A pool that is too small turns clients away with 503, keeps nothing, and serves the next one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.target_app.serving import LIMIT_S, MODES, Served, Wanted, at_work, crowd, served, until
from tests.target_app.shops import Shop

KINDS = ["sqlite", "postgresql"]
POOL, CROWD = 2, 100
THREADS = 40
"""More than there are connections: so that sync requests wait for a connection, as async ones do, not for a thread."""


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, fresh: Callable[[str], Shop]) -> Shop:
    """Return a shop on each backend."""
    return fresh(request.param)


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[Served]:
    """Return the app with a pool of two connections, for which nobody waits longer than 0.3 s."""
    settings = shop.settings(pool_size=POOL, max_overflow=0, pool_timeout_s=0.3, thread_tokens=THREADS)
    with served(settings) as started:
        yield started


def health(server: Served) -> dict[str, Any]:
    """Return what the app says of its pools and threads."""
    [answer] = crowd(server, [Wanted("GET", "/health/database")], 1)
    assert answer.status_code == 200
    state: dict[str, Any] = answer.json()
    return state


@pytest.mark.parametrize("mode", MODES)
def test_who_gets_no_connection_is_turned_away(server: Served, mode: str) -> None:
    """A hundred at a time for two connections: some are served, the others told when to come back, nothing is kept."""
    answers = crowd(server, [Wanted("GET", f"/{mode}/wait?ms=50")] * CROWD, CROWD)
    assert {answer.status_code for answer in answers} == {200, 503}
    turned_away = [answer for answer in answers if answer.status_code == 503]
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in turned_away)
    assert all("connections were in use" in answer.json()["detail"] for answer in turned_away)
    state = health(server)
    assert (state["pools"][mode]["checked_out"], state["pools"][mode]["waiting"]) == (0, 0)
    assert state["pools"][mode]["checked_in"] <= POOL
    assert state["threads"] == {"total": THREADS, "borrowed": 0, "waiting": 0}
    [afterwards] = crowd(server, [Wanted("GET", f"/{mode}/users/1")], 1)
    assert afterwards.status_code == 200


@pytest.mark.parametrize("mode", MODES)
def test_the_state_of_a_pool_is_that_of_the_moment(server: Served, mode: str) -> None:
    """While a request waits at the database its connection is out, in its own mode only."""
    other = next(each for each in MODES if each != mode)
    with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S) as client:
        client.sendall(request_line(f"/{mode}/wait?ms=1000"))
        until(lambda: at_work(server.app, mode) == (1, 0))
        state = health(server)
        assert client.recv(12) == b"HTTP/1.1 200"
    assert state["pools"][mode]["checked_out"] == 1
    assert state["pools"][other]["checked_out"] == 0
    assert state["most_connections"] == 2 * POOL


@pytest.mark.parametrize("mode", MODES)
def test_a_client_that_goes_away_costs_no_connection(server: Served, mode: str) -> None:
    """Each breaks off while its query runs: every connection comes back, and the pool serves as before."""
    for _ in range(2 * POOL):
        with socket.create_connection(("127.0.0.1", server.port), timeout=LIMIT_S) as client:
            client.sendall(request_line(f"/{mode}/wait?ms=250"))
            until(lambda: at_work(server.app, mode)[0] >= 1)
        until(lambda: at_work(server.app, mode) == (0, 0))
    answers = crowd(server, [Wanted("GET", f"/{mode}/users/{number}") for number in range(1, 21)], POOL)
    assert {answer.status_code for answer in answers} == {200}


def request_line(path: str) -> bytes:
    """Return a request as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: app\r\n\r\n".encode()
