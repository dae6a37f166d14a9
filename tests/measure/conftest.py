"""A small database of the tests' own, in a file that both SQLite drivers read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bench.core.connections import Connection
from bench.measure.workbench import Workbench


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
