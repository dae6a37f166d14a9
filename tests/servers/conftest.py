"""Private servers for the tests of this room, and an empty namespace on each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, text

from bench.servers.given import connected, describe
from bench.servers.namespace import Namespace
from bench.servers.namespaces import namespace
from bench.servers.server import Origin, Server
from tests.private_servers import private_servers
from tests.servers.guarded import drop_statement, engine_of


@pytest.fixture(scope="session")
def server_url() -> Iterator[Callable[[str], URL]]:
    """Return the function that gives the URL of a server of this room alone: some tests end all of its sessions."""
    with private_servers() as url_of:
        yield url_of


@pytest.fixture
def open_place(server_url: Callable[[str], URL], tmp_path: Path) -> Iterator[Callable[[str], Namespace]]:
    """Return the function that opens an empty namespace on a kind of backend; it is gone after the test."""
    with ExitStack() as stack:

        def opened(kind: str) -> Namespace:
            url = URL.create("sqlite", database=str(tmp_path)) if kind == "sqlite" else server_url(kind)
            # As if given: such a namespace is dropped when it closes.
            server = Server(label=kind, kind=kind, url=url, version="", settings={}, origin=Origin.GIVEN, drivers=())
            return stack.enter_context(namespace(server, "test_seeding"))

        yield opened


@pytest.fixture(params=["postgresql", "mariadb"])
def server(request: pytest.FixtureRequest, server_url: Callable[[str], URL]) -> Server:
    """Return a real server as if a user had given it."""
    return replace(describe(server_url(request.param), (), label=request.param), origin=Origin.GIVEN)


@pytest.fixture
def admin(server: Server) -> Iterator[Connection]:
    """Return a connection with all rights, which leaves nothing behind."""
    with closing(connected(server.url)) as connection:
        yield connection
        connection.execute(text(drop_statement(server)))


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, open_place: Callable[[str], Namespace]) -> Namespace:
    """Return an empty namespace on each backend."""
    return open_place(request.param)


@pytest.fixture
def engine(place: Namespace) -> Engine:
    """Return a blocking engine for the namespace."""
    return engine_of(place)


@pytest.fixture
def postgresqlengine_of(open_place: Callable[[str], Namespace]) -> Engine:
    """Return a blocking engine for an empty namespace on PostgreSQL."""
    return engine_of(open_place("postgresql"))
