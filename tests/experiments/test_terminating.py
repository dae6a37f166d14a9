"""The workers of the experiment with SIGTERM end with whoever started them."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from bench.core.connections import connect_to
from bench.core.interpreter import module_command

LIMIT_S = 60.0


@pytest.mark.parametrize("way", ["killed", "disposed"])
def test_a_worker_ends_with_its_starter(tmp_path: Path, way: str) -> None:
    """Its starter is killed, so its standard input closes: it ends, and does not hold its connections for ever."""
    with closing(sqlite3.connect(tmp_path / "orphan.sqlite")) as connection:
        connection.execute("CREATE TABLE customers (id INTEGER)")
    route = connect_to(URL.create("sqlite", database=str(tmp_path)), "sqlite", "pysqlite", "orphan")
    process = subprocess.Popen(
        module_command("scenarios.experiments.terminating"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"way": way, "route": route.as_data()}) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "ready\n"
        process.stdin.close()
        assert process.wait(LIMIT_S) == 1
