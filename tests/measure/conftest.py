"""Small databases of the tests' own: a file that both SQLite drivers read, and a schema on a private PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text

from bench.core.connections import Connection
from bench.core.drivers import drivers_of
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.servers.namespaces import namespace
from bench.servers.server import Origin, Server


@pytest.fixture
def connections(tmp_path: Path) -> list[Connection]:
    """Return a connection per SQLite driver to ten notes of three words each."""
    file = tmp_path / "notes.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE note (id INTEGER PRIMARY KEY, words VARCHAR NOT NULL)"))
        rows = [{"id": number, "words": f"note number {number}"} for number in range(1, 11)]
        connection.execute(text("INSERT INTO note VALUES (:id, :words)"), rows)
    engine.dispose()
    pragmas = ("PRAGMA foreign_keys=ON", "PRAGMA cache_size=-4321")
    return [
        Connection(driver, f"sqlite+{driver}:///{file}", {"timeout": 5}, pragmas)
        for driver in ("pysqlite", "aiosqlite")
    ]


@pytest.fixture
def bench(connections: list[Connection]) -> Iterator[Workbench]:
    """Return an open workbench with both drivers."""
    with Workbench(connections) as opened:
        yield opened


@pytest.fixture
def steward(connections: list[Connection]) -> Iterator[Steward]:
    """Return a steward of the same database."""
    with Steward(connections[0]) as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql(server_url: Callable[[str], URL]) -> Iterator[dict[str, Connection]]:
    """Return a connection per driver to an empty schema of a private PostgreSQL."""
    url = server_url("postgresql")
    server = Server(label="postgresql", kind="postgresql", url=url, version="", origin=Origin.GIVEN)
    with namespace(server, "notes") as place:
        yield {driver.name: place.route(driver.name) for driver in drivers_of("postgresql")}


@pytest.fixture
def postgresql_bench(postgresql: dict[str, Connection]) -> Iterator[Workbench]:
    """Return an open workbench with every driver of PostgreSQL."""
    with Workbench(postgresql.values()) as opened:
        yield opened
