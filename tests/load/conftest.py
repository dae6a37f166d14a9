"""The command in an empty folder, a server of the user's own, and a SQLite with the app's data."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from bench.load.prepared import prepared_server
from bench.servers.postgresql import find_programs, start_postgresql
from tests.cli.command import Ormbench


@pytest.fixture
def ormbench(tmp_path: Path) -> Iterator[Ormbench]:
    """Return the command; its private servers have a scratch folder that their unprivileged account can enter."""
    scratch = Path(tempfile.mkdtemp(prefix="ormbench-tests-"))
    scratch.chmod(0o755)
    yield Ormbench(tmp_path, scratch)
    shutil.rmtree(scratch)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[URL]:
    """Return the URL of a PostgreSQL that a user may have."""
    if find_programs() is None:
        pytest.skip("no programs of postgresql on this machine")
    url, launched = start_postgresql()
    with closing(launched):
        yield url


@pytest.fixture(scope="module")
def sqlite() -> Iterator[URL]:
    """Return the URL of a SQLite that holds what the app without scenarios needs."""
    with prepared_server("sqlite", None, "small", 1, scenarios=False) as url:
        yield url
