"""Themes that cut the wire in the middle of a transaction or a commit, and PgBouncer where its program is found."""

from __future__ import annotations

import json

import pytest

from bench.core.contract import Place
from bench.core.drivers import driver_named
from bench.servers.mariadb import find_programs
from scenarios.experiments import poolers
from tests.cli.command import Ormbench

DRIVERS = {"postgresql": ("psycopg", "asyncpg"), "mariadb": ("pymysql", "asyncmy")}


@pytest.mark.parametrize("kind", DRIVERS)
def test_a_commit_in_doubt_is_made_every_time(ormbench: Ormbench, kind: str) -> None:
    """The answer to a commit is lost and its row is there: no outcome of these themes is left to chance."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    drivers = [word for driver in DRIVERS[kind] for word in ("--driver", driver)]
    ended = ormbench.here("check", "--experiments", "retries", "units_of_work", "--backend", kind, *drivers, "--json")
    assert ended.code == 0, ended.err
    found = {
        (each["name"], result["driver"]): result
        for each in json.loads(ended.out)["experiments"]
        for result in each["results"]
        if "outcomes" in result
    }
    assert [key for key, result in found.items() if not result["as_expected"]] == []
    assert {driver for name, driver in found if name == "retry_after_lost_answer"} == set(DRIVERS[kind])


def test_pgbouncer_is_asked_only_where_its_program_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the program the experiments are left out, with what would add it as the reason."""
    place = Place("postgresql", driver_named("asyncpg"))
    monkeypatch.setenv("PATH", "")
    assert {each.hindrance(place) for each in poolers.EXPERIMENTS} == {
        "the program pgbouncer is not on the PATH: install the package pgbouncer"
    }
