"""The catalogue of experiments: each comes to an outcome, and every surprise is explained."""

from __future__ import annotations

import json

import pytest

from bench.core.discovery import discover, discover_experiments, discover_sayings
from bench.servers.mariadb import find_programs
from tests.cli.command import Ormbench
from tests.experiments.surprises import unexplained

DRIVERS = {"sqlite": ("pysqlite",), "postgresql": ("asyncpg",), "mariadb": ("asyncmy",)}
"""One of each backend, both modes among them; the published run has all."""

THEMES = (
    "checkout", "closing", "lazy_loading", "refreshing", "round_trips", "session_life", "statement_counts",
    "batches", "holding", "index_use", "large_results", "limited_loading", "locks", "pool_facts", "pool_overflow",
    "pool_turnover", "races", "replying", "savepoint_life", "sqlite_writers", "starving", "table_facts",
    "validating", "waiting",
)  # fmt: skip
"""Themes that take seconds; those that wait for faults have tests of their own."""
OF_MARIADB = ("locks", "races", "round_trips", "table_facts")
"""Themes whose outcomes are MariaDB's own, not those of SQLAlchemy on any server."""
ON = [
    ("sqlite", THEMES),
    ("postgresql", THEMES),
    ("mariadb", OF_MARIADB),
    pytest.param("mariadb", tuple(theme for theme in THEMES if theme not in OF_MARIADB), marks=pytest.mark.slow),
]
"""Which themes are performed on which backend."""


def test_every_claim_is_in_the_catalogue_of_sayings() -> None:
    """Who says it is known, under one id each."""
    ids = [saying.id for saying in discover_sayings()]
    assert ids == [f"C{number}" for number in range(1, 121)]
    unknown = {said.id for each in discover_experiments() for said in each.claims} - set(ids)
    assert unknown == set()


def test_every_saying_has_a_test_or_a_reason_why_it_has_none() -> None:
    """And stands under a heading of the catalogue."""
    tested = {each.id for owner in (*discover(), *discover_experiments()) for each in owner.claims}
    sayings = discover_sayings()
    assert [saying.id for saying in sayings if saying.id not in tested and not saying.untested] == []
    assert [saying.id for saying in sayings if not saying.chapter] == []


def test_every_claim_has_advice() -> None:
    """One sentence that holds whatever the verdict."""
    claims = [(owner.name, each) for owner in (*discover(), *discover_experiments()) for each in owner.claims]
    assert [name for name, each in claims if not each.advice.endswith(".")] == []


@pytest.mark.parametrize(("kind", "themes"), ON, ids=["sqlite", "postgresql", "mariadb", "mariadb-slow"])
def test_every_experiment_comes_to_an_outcome(ormbench: Ormbench, kind: str, themes: tuple[str, ...]) -> None:
    """On some drivers of each backend; what is other than expected there is explained in a sentence."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    drivers = [word for driver in DRIVERS[kind] for word in ("--driver", driver)]
    names = [each.name for each in discover_experiments() if each.theme in themes]
    ended = ormbench.here("check", "--experiments", *names, "--backend", kind, *drivers, "--json")
    assert ended.code == 0, ended.err
    assert unexplained(json.loads(ended.out)) == []


def test_an_explanation_excuses_no_other_driver() -> None:
    """A surprise where the explanation is not about is told, as is one without any."""
    results = [
        {"driver": "asyncpg", "outcomes": [1], "as_expected": False, "is_explained": True},
        {"driver": "psycopg", "outcomes": [2], "as_expected": False, "is_explained": False},
        {"driver": "psycopg2", "outcomes": [3], "as_expected": True, "is_explained": False},
        {"driver": "pymysql", "left_out": "it is about PostgreSQL"},
    ]
    record = {"experiments": [{"name": "sound", "explained": "so it is", "results": results}]}
    assert unexplained(record) == [("sound", "psycopg", [2])]
