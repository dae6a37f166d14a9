"""The depot in a SQLite file of its own, open in both modes, and a private PostgreSQL for what only a server shows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from bench.servers.postgresql import find_programs, start_postgresql
from bench.servers.server import Origin, Server
from tests.scenarios.depot_bench import DepotBench, open_depot


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepotBench]:
    """Return the seeded depot."""
    with open_depot(tmp_path_factory.mktemp("depot") / "depot.db") as opened:
        yield opened


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Server]:
    """Return a private PostgreSQL, started on first use."""
    if find_programs() is None:
        pytest.skip("no programs of PostgreSQL on this machine")
    url, launched = start_postgresql()
    with closing(launched):
        # As if given: what these tests make on it is dropped when they close it.
        yield Server(label="postgresql", kind="postgresql", url=url, version="", origin=Origin.GIVEN)
