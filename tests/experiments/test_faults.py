"""A private server is killed, stopped and started for an experiment, and its wire is cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.servers.mariadb import find_programs
from tests.cli.command import Ormbench

LOSSES = Path(__file__).parent / "planted" / "losses.py"
DRIVERS = {"postgresql": "asyncpg", "mariadb": "pymysql"}
"""One of each mode."""


@pytest.mark.parametrize("kind", DRIVERS)
def test_a_server_comes_back_with_its_rows(ormbench: Ormbench, kind: str) -> None:
    """Every loss is told as a disconnect, every restart finds the rows, and what is left broken harms no other."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    where = ("--backend", kind, "--driver", DRIVERS[kind])
    ended = ormbench.here("check", "--experiments", "--scenario", LOSSES, *where, "--json")
    record = json.loads(ended.out)
    found = [result for each in record["experiments"] for result in each["results"]]
    assert [result.get("error") for result in found] == [None] * 3
    assert [result["as_expected"] for result in found] == [True] * 3, [result["outcomes"] for result in found]
    assert ended.code == 0
    assert ormbench.server_folders() == []
