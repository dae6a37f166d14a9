"""The themes about faults come to an outcome, every surprise is explained, and nothing is left behind."""

from __future__ import annotations

import json
import os

import pytest

from bench.core.discovery import discover_experiments
from bench.servers.mariadb import find_programs
from tests.cli.command import Ormbench

DRIVERS = {"sqlite": "pysqlite", "postgresql": "asyncpg", "mariadb": "pymysql"}
"""One of each backend, both modes among them; the others are tried by runs."""
QUICK = ("constraint_errors", "inserting_pages", "refused_connections", "timeouts")
SLOW = ("cancelling", "conflicts", "first_types", "forgetting", "lost_connections", "recovering", "terminating")
"""Themes that wait for servers, locks and limits: on one backend, where ORMBENCH_TEST_SLOW asks for it."""


@pytest.mark.parametrize("kind", DRIVERS)
def test_faults_come_to_an_outcome(ormbench: Ormbench, kind: str) -> None:
    """What is other than expected is explained; connections that stay are told, private servers are gone."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    slow = kind == "postgresql" and os.environ.get("ORMBENCH_TEST_SLOW")
    themes = (*QUICK, *SLOW) if slow else QUICK
    names = [each.name for each in discover_experiments() if each.theme in themes]
    where = ("--backend", kind, "--driver", DRIVERS[kind])
    ended = ormbench.here("check", "--experiments", *names, *where, "--json")
    assert ended.code == 0, ended.err
    experiments = json.loads(ended.out)["experiments"]
    surprising = {
        each["name"]: result["outcomes"]
        for each in experiments
        for result in each["results"]
        if result.get("as_expected") is False and not each["explained"]
    }
    assert surprising == {}
    assert ormbench.server_folders() == []
    assert "# Drivers under faults" in ormbench.here("claims", "latest", "--faults").out
