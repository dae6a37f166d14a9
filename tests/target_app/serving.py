"""The target app in this process: called without a network between, or behind a real server on a free port."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Thread
from typing import Any, TypeVar, cast

import httpx
import uvicorn
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from starlette.types import ASGIApp

from bench.core.database import AsyncDatabase, Database
from target_app.databases import Databases
from target_app.main import create_app
from target_app.pool_watch import state_of
from target_app.settings import Settings

MODES = ("sync", "async")

LIMIT_S = 30.0
"""For one answer; none of these tests waits for a tenth of it."""
CROWD_LIMIT_S = 90.0
"""For all answers of a crowd together."""

Found = TypeVar("Found")


@dataclass(frozen=True)
class Wanted:
    """A request to be sent."""

    method: str
    path: str
    options: dict[str, Any] = field(default_factory=dict)
    """Arguments of httpx: `json`, `params`, `headers`, `content`."""


@dataclass(frozen=True)
class Called:
    """A started application that is called in an event loop of its own, without a network between."""

    app: FastAPI
    portal: BlockingPortal
    _client: httpx.AsyncClient = field(repr=False)

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - any of httpx
        """Send one request and return its answer."""
        return self.portal.call(partial(self._client.request, method, path, **options))

    def send(self, wanted: Wanted) -> httpx.Response:
        """Send a request and return its answer."""
        return self(wanted.method, wanted.path, **wanted.options)


@dataclass(frozen=True)
class Served:
    """An application behind a real server."""

    app: FastAPI
    url: str
    port: int


def databases_of(app: FastAPI) -> Databases:
    """Return the open databases of a started application."""
    return cast("Databases", app.state.databases)


def handle_of(app: FastAPI, mode: str) -> Database | AsyncDatabase:
    """Return the database handle of a mode of a started application."""
    databases = databases_of(app)
    return databases.sync if mode == "sync" else databases.awaited


def at_work(app: FastAPI, mode: str) -> tuple[int, int]:
    """Return how many connections of a mode are checked out at this moment, and how many requests wait for one."""
    state = state_of(handle_of(app, mode).engine.pool)
    return state["checked_out"], state["waiting"]


def _unchanged(app: ASGIApp) -> ASGIApp:
    return app


@contextmanager
def called(settings: Settings, around: Callable[[ASGIApp], ASGIApp] = _unchanged) -> Iterator[Called]:
    """Start an application for calls without a network; `around` puts something between its callers and it."""
    app = create_app(settings)
    transport = httpx.ASGITransport(around(app), raise_app_exceptions=False)
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(app.router.lifespan_context(app)),
        portal.wrap_async_context_manager(httpx.AsyncClient(transport=transport, base_url="http://app")) as client,
    ):
        yield Called(app, portal, client)


@contextmanager
def served(settings: Settings) -> Iterator[Served]:
    """Start an application behind uvicorn, in a thread of this process, on a free port of 127.0.0.1."""
    app = create_app(settings)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, name="uvicorn")
    thread.start()
    try:
        until(lambda: server.started or not thread.is_alive())
        assert server.started, "the server did not start"
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield Served(app, f"http://127.0.0.1:{port}", port)
    finally:
        server.should_exit = True
        thread.join(LIMIT_S)
        assert not thread.is_alive(), "the server did not end"


def crowd(served_app: Served, requests: Sequence[Wanted], at_a_time: int) -> list[httpx.Response]:
    """Send requests, so many at a time, and return the answers in the order of the requests.

    Raises:
        TimeoutError: Not all of them ended in time.
    """
    return asyncio.run(_crowd(served_app.url, requests, at_a_time))


async def _crowd(url: str, requests: Sequence[Wanted], at_a_time: int) -> list[httpx.Response]:
    answers: dict[int, httpx.Response] = {}
    # Shared by the workers: each takes the next request that nobody has taken.
    todo = iter(enumerate(requests))

    async def work(client: httpx.AsyncClient) -> None:
        for number, wanted in todo:
            answers[number] = await client.request(wanted.method, wanted.path, **wanted.options)

    async with client_of(url, at_a_time) as client, asyncio.timeout(CROWD_LIMIT_S), asyncio.TaskGroup() as group:
        for _ in range(at_a_time):
            group.create_task(work(client))
    return [answers[number] for number in range(len(requests))]


def client_of(url: str, connections: int) -> httpx.AsyncClient:
    """Return a client that keeps so many connections to a server, and knows nothing of proxies in the environment."""
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    return httpx.AsyncClient(base_url=url, limits=limits, timeout=LIMIT_S, trust_env=False)


def until(happens: Callable[[], Found], limit_s: float = LIMIT_S) -> Found:
    """Wait until something is true, and return it.

    Raises:
        AssertionError: It was not in time.
    """
    deadline = time.monotonic() + limit_s
    while not (found := happens()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)
    return found
