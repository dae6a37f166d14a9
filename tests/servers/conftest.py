"""Private servers for the tests of this room, and an empty namespace on each."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine, NullPool, create_engine

from bench.core.drivers import drivers_of
from bench.servers.launching import Launched
from bench.servers.mariadb import find_programs as find_mariadb
from bench.servers.mariadb import start_mariadb
from bench.servers.namespace import Namespace
from bench.servers.namespaces import namespace
from bench.servers.postgresql import find_programs as find_postgresql
from bench.servers.postgresql import start_postgresql
from bench.servers.server import Origin, Server

PRIVATE: dict[str, tuple[Callable[[], object], Callable[[], tuple[URL, Launched]]]] = {
    "postgresql": (find_postgresql, start_postgresql),
    "mariadb": (find_mariadb, start_mariadb),
}


@pytest.fixture(scope="session")
def server_url() -> Iterator[Callable[[str], URL]]:
    """Return the function that gives the URL of the private server of a kind, started on first use."""
    urls: dict[str, URL] = {}
    with ExitStack() as stack:

        def url_of(kind: str) -> URL:
            find, start = PRIVATE[kind]
            if kind not in urls:
                if find() is None:
                    pytest.skip(f"no programs of {kind} on this machine")
                urls[kind], launched = start()
                stack.enter_context(closing(launched))
            return urls[kind]

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


def _engine(place: Namespace) -> Engine:
    way = place.route(drivers_of(place.kind)[0].name)
    return create_engine(way.url, connect_args=dict(way.arguments), poolclass=NullPool)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def place(request: pytest.FixtureRequest, open_place: Callable[[str], Namespace]) -> Namespace:
    """Return an empty namespace on each backend."""
    return open_place(request.param)


@pytest.fixture
def engine(place: Namespace) -> Engine:
    """Return a blocking engine for the namespace."""
    return _engine(place)


@pytest.fixture
def postgresql_engine(open_place: Callable[[str], Namespace]) -> Engine:
    """Return a blocking engine for an empty namespace on PostgreSQL."""
    return _engine(open_place("postgresql"))
