"""How a run was made."""

from __future__ import annotations

from pathlib import Path

import pytest
import stored

from bench.report.findings.analysis import analyse
from bench.report.making import making, raw_files, rendering
from bench.report.reading.results import load


def test_a_driver_is_what_is_installed_for_it_with_its_own_version(tmp_path: Path) -> None:
    """A version stands beside what it is of: aiomysql's is not PyMySQL's, and SQLite's is not the module's."""
    plan = stored.Plan(backends=("sqlite", "postgresql", "mariadb"), parameters={}, variants=("selectin",), passes=1)
    made = making(analyse(load(stored.write(tmp_path / "run", plan))))
    said = {name: text for _, facts, _ in made.backends for name, text in facts}
    assert {name: said[name] for name in ("pysqlite", "aiosqlite", "psycopg_async", "psycopg2", "aiomysql")} == {
        "pysqlite": "sync, sqlite3 of Python, SQLite 3.45.1",
        "aiosqlite": "async, aiosqlite 0.22.1",
        "psycopg_async": "async, psycopg 3.3.9",
        "psycopg2": "sync, psycopg2-binary 2.9.13",
        "aiomysql": "async, aiomysql 0.3.2",
    }


@pytest.mark.parametrize(
    ("run", "report", "way"),
    [
        ("results/published/my run", "reports/published/my run", "../../../results/published/my%20run/"),
        ("results/published/quick", "reports/published/other", ""),
        ("results/published/quick", "reports/quick", ""),
        ("results/quick", "reports/quick", ""),
    ],
)
def test_only_a_published_page_knows_the_way_to_its_raw_files(run: str, report: str, way: str) -> None:
    """Any other way is that of one machine."""
    assert raw_files(Path(run), Path(report)) == way


@pytest.mark.parametrize(
    ("run", "report", "said"),
    [
        ("results/published/quick", "reports/published/quick", "ormbench report results/published/quick"),
        ("results/20261122-quick", "reports/20261122-quick", "ormbench report 20261122-quick"),
    ],
)
def test_the_command_that_renders_a_run_finds_it(run: str, report: str, said: str) -> None:
    """A published run has its folder's name and no other: its id finds nothing in a fresh checkout."""
    assert rendering(Path(run), Path(report)) == said
