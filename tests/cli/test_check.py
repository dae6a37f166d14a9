"""`ormbench check` catches what is not equal, for the right reason, and lets pass what is."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import URL

from tests.cli.command import Ormbench, planted, shown

DIFFERENCES = {
    "drifted": [
        "same code: drifted/[page]@sqlite+aiosqlite",
        "the twins of 'page' are different programs:",
        "sync:  books = session.scalars(select(Book).where(Book.id == key).order_by(Book.id))",
        "async: books = await session.scalars(select(Book).where(Book.id == key).order_by(Book.title))",
    ],
    "other_sql": [
        "same SQL: other_sql/[page]@sqlite+aiosqlite",
        "'page' on aiosqlite sends other SQL than on pysqlite (1 statements on aiosqlite, 1 on pysqlite); statement 1:",
        "aiosqlite: SELECT book.id, book.title FROM book WHERE book.id = ? AND book.id > ?",
        "pysqlite: SELECT book.id, book.title FROM book WHERE book.id = ?",
    ],
    "other_rows": [
        "same answer: other_rows/[downwards]@sqlite+pysqlite",
        "'downwards' on pysqlite returns other rows:",
        "row 1: got (88, 'book 88')",
        "expected (1, 'book 1')",
    ],
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_planted_difference_is_caught(ormbench: Ormbench, name: str) -> None:
    """Stage, variant, driver and the first difference are shown, both sides of it, and the exit code is 1."""
    ended = ormbench.here("check", "--scenario", planted(name), "--backend", "sqlite")
    lines = [line.strip() for line in ended.out.splitlines()]
    start = lines.index(DIFFERENCES[name][0])
    assert lines[start : start + 4] == DIFFERENCES[name]
    assert (ended.code, ended.err) == (1, "")


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_planted_difference_has_one_stage(ormbench: Ormbench, name: str) -> None:
    """As JSON: the stage is the planted one, but a drifted twin may send other SQL too, and sound cases are counted."""
    ended = ormbench.here("check", "--scenario", planted(name), "--backend", "sqlite", "--json")
    found = json.loads(ended.out)
    stages = [failure["stage"] for failure in found["failures"]]
    expected = {
        "drifted": ["same code", "same code", "same SQL"],
        "other_sql": ["same SQL"],
        "other_rows": ["same answer"] * 2,
    }
    assert stages == expected[name]
    assert ended.code == 1


def test_the_drivers_of_postgresql_are_compared_too(ormbench: Ormbench, server_url: Callable[[str], URL]) -> None:
    """Placeholders and casts differ by driver and are no difference; what the twins send is."""
    url = shown(server_url("postgresql"))
    ended = ormbench.here("check", "--scenario", planted("other_sql"), "--url", url, "--json")
    failures = json.loads(ended.out)["failures"]
    cases = ["other_sql/[page]@postgresql+psycopg_async", "other_sql/[page]@postgresql+asyncpg"]
    assert [(failure["case"], failure["stage"]) for failure in failures] == [(case, "same SQL") for case in cases]
    assert "statement 1:\nasyncpg: SELECT book.id, book.title FROM book WHERE book.id = ? AND" in failures[1]["message"]
    assert ended.code == 1


def test_a_sound_scenario_passes(ormbench: Ormbench) -> None:
    """Nothing is measured or kept, and the exit code is 0."""
    ended = ormbench.here("check", "--scenario", planted("sound"), "--backend", "sqlite")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.splitlines()[-1] == "4 cases in 1 groups: all do the same work."
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


def test_counts_are_exact(ormbench: Ormbench) -> None:
    """The JSON holds statements and rows of every case, and nothing else is on standard output."""
    ended = ormbench.here("check", "sound/*[get]@*", "--scenario", planted("sound"), "--backend", "sqlite", "--json")
    assert json.loads(ended.out) == {
        "groups": 1,
        "counts": [
            {"case": f"sound/[{variant}]@sqlite+{driver}", "statements": 1, "rows": 1}
            for variant in ("get", "columns")
            for driver in ("pysqlite", "aiosqlite")
        ],
        "failures": [],
        "left_out": [],
    }
