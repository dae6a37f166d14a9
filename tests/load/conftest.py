"""A server of the user's own whose connections are counted, and a SQLite with the app's data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import URL

from bench.load.target.prepared import prepared_server
from tests.private_servers import private_servers


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """Return the URL of a PostgreSQL to which nobody else connects."""
    with private_servers() as url_of:
        yield url_of("postgresql")


@pytest.fixture(scope="module")
def sqlite() -> Iterator[URL]:
    """Return the URL of a SQLite that holds what the app without scenarios needs."""
    with prepared_server("sqlite", None, "small", 1, scenarios=False) as url:
        yield url
