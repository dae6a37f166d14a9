"""The themes about faults come to an outcome, every surprise is explained, and nothing is left behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.core.discovery import discover_experiments
from bench.servers.mariadb import find_programs
from tests.cli.command import Ormbench
from tests.experiments.surprises import unexplained

DRIVERS = {"sqlite": "pysqlite", "postgresql": "asyncpg", "mariadb": "pymysql"}
"""One of each backend, both modes among them; the others are tried by runs."""
QUICK = ("constraint_errors", "inserting_pages", "refused_connections", "timeouts")
SLOW = (
    "cancelled_crowds", "cancelling", "conflicts", "first_types", "forgetting", "lost_connections", "outage",
    "recovering", "terminating",
)  # fmt: skip
"""Themes that wait for servers, locks and limits: on one backend."""


@pytest.mark.parametrize(
    ("kind", "themes"),
    [*((kind, QUICK) for kind in DRIVERS), pytest.param("postgresql", SLOW, marks=pytest.mark.slow)],
    ids=[*DRIVERS, "postgresql-slow"],
)
def test_faults_come_to_an_outcome(ormbench: Ormbench, kind: str, themes: tuple[str, ...]) -> None:
    """What is other than expected is explained; connections that stay are told, private servers are gone."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    names = [each.name for each in discover_experiments() if each.theme in themes]
    where = ("--backend", kind, "--driver", DRIVERS[kind])
    ended = ormbench.here("check", "--experiments", *names, *where, "--json")
    assert ended.code == 0, ended.err
    assert unexplained(json.loads(ended.out)) == []
    assert ormbench.server_folders() == []
    assert "# Drivers under faults" in ormbench.here("claims", "latest", "--faults").out


def forgotten(ormbench: Ormbench, *before: str) -> list[list[dict[str, Any]]]:
    """Return what came of a thousand forgotten sessions on each driver of SQLite behind other experiments."""
    words = ("check", "--experiments", *before, "thousand_forgotten", "--backend", "sqlite", "--json")
    experiments = json.loads(ormbench(*words).out)["experiments"]
    [results] = [each["results"] for each in experiments if each["name"] == "thousand_forgotten"]
    return [result["outcomes"] for result in results]


@pytest.mark.slow
def test_what_is_forgotten_is_counted_exactly(ormbench: Ormbench) -> None:
    """Every request is made, and the counts depend neither on the machine nor on what the process did before."""
    alone = forgotten(ormbench)
    assert len(alone) == 2
    assert forgotten(ormbench, "never_closed", "dispose") == alone
