"""The page about drivers under faults says what experiments found, and no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench.core.errors import UsageError
from bench.report import faults
from bench.report.analysis import Analysis
from bench.report.experiments import Experiments, ExperimentUsed, Found, Result
from bench.report.records import Run
from bench.report.results import load

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "drivers-under-faults.md"
PUBLISHED = sorted(path.parent for path in (ROOT / "results" / "published").glob("*/experiments.json"))
OPERATIONAL = ("OperationalError", "DBAPIError", "SQLAlchemyError", "Exception")
PLAIN = ("DBAPIError", "SQLAlchemyError", "Exception")
SOCKET = ("OSError", "Exception")


@pytest.mark.parametrize(
    ("caught_by", "expected"),
    [
        ([OPERATIONAL], "OperationalError"),
        ([OPERATIONAL, PLAIN], "DBAPIError"),
        ([SOCKET, OPERATIONAL], "(OSError, OperationalError)"),
        ([OPERATIONAL, PLAIN, SOCKET], "(DBAPIError, OSError)"),
        ([OPERATIONAL, ("Exception",)], "Exception"),
    ],
)
def test_the_narrowest_clause_that_catches_all_is_told(caught_by: list[tuple[str, ...]], expected: str) -> None:
    """One class where one does, two where two do, and `Exception` where nothing narrower is left."""
    assert faults.clause(caught_by) == expected


def result(driver: str, outcome: dict[str, Any], *, as_expected: bool = True) -> Result:
    """Return what came out on one driver."""
    return Result("postgresql", driver, outcomes=(Found("", 1, outcome),), as_expected=as_expected)


def raised(caught_by: tuple[str, ...], **facts: object) -> dict[str, Any]:
    """Return the outcome of a fault that raises an exception, after which all is well."""
    return {"refused": {"raised": {**facts, "caught_by": list(caught_by)}, "next": "nothing"}}


def run_with(analysis: Analysis, *results: Result) -> Run:
    """Return a run that performed one experiment about a fault, and one about something else."""
    refused = ExperimentUsed("refusal", "refused", "What is raised?", "Ask.", "It is so.", (), results)
    counts = ExperimentUsed("counts", "counts", "How many?", "Count.", results=(result("psycopg", {"statements": 2}),))
    return replace(analysis.run, experiments=Experiments(1, experiments=(refused, counts)))


def test_drivers_that_say_the_same_share_a_row(analysis: Analysis) -> None:
    """And what catches it with all of them stands above; facts that a driver does not tell are a dash."""
    known = raised(OPERATIONAL, exception="OperationalError", driver_exception="psycopg.OperationalError")
    bare = raised(SOCKET, exception="ConnectionRefusedError")
    text = faults.page(
        run_with(analysis, result("psycopg", known), result("psycopg_async", known), result("asyncpg", bare))
    )
    assert "| refused | OperationalError, ConnectionRefusedError | (OperationalError, OSError) |" in text
    shared = "postgresql+psycopg, postgresql+psycopg\\_async"
    assert f"| refused | {shared} | OperationalError | psycopg.OperationalError | - | - | nothing |" in text
    assert "| refused | postgresql+asyncpg | ConnectionRefusedError | - | - | - | nothing |" in text
    assert "Unexpected" not in text
    assert "How many" not in text


def test_what_is_left_behind_has_a_table_of_its_own(analysis: Analysis) -> None:
    """Facts without an exception are the columns."""
    left = {"leaked": 2, "plain": {"failed_later": 0}}
    text = faults.page(run_with(analysis, result("psycopg", left), result("asyncpg", {**left, "leaked": 0})))
    assert "| drivers | leaked | plain |" in text
    assert "| postgresql+asyncpg | 0 | failed later: 0 |" in text


def test_a_surprise_is_shown_with_its_reason(analysis: Analysis) -> None:
    """And a driver without an outcome with what went wrong."""
    known = raised(OPERATIONAL, exception="OperationalError")
    failed = Result("postgresql", "asyncpg", error="it hung")
    text = faults.page(run_with(analysis, result("psycopg", known, as_expected=False), failed))
    assert "Unexpected with postgresql+psycopg. It is so." in text
    assert "No outcome with postgresql+asyncpg: it hung" in text


def test_the_page_is_there_as_data(analysis: Analysis) -> None:
    """Every fault on every driver, what catches it everywhere, and what is left behind; nothing of others."""
    known, left = raised(OPERATIONAL, exception="OperationalError"), {"leaked": 2}
    found = faults.as_data(run_with(analysis, result("psycopg", known), result("asyncpg", known)))
    assert found["catch"] == [{"fault": "refused", "raised": ["OperationalError"], "clause": "OperationalError"}]
    assert [(each["driver"], each["raised"]["exception"], each["others"]) for each in found["faults"]] == [
        ("postgresql+psycopg", "OperationalError", {"next": "nothing"}),
        ("postgresql+asyncpg", "OperationalError", {"next": "nothing"}),
    ]
    assert found["leaks"] == []
    leaks = faults.as_data(run_with(analysis, result("psycopg", left)))["leaks"]
    assert leaks == [{"experiment": "refusal", "driver": "postgresql+psycopg", "facts": left}]


def test_a_run_without_faults_is_refused(analysis: Analysis) -> None:
    """With the line that performs them."""
    with pytest.raises(UsageError, match="run: ormbench check --experiments"):
        faults.page(replace(analysis.run, experiments=None))


@pytest.mark.skipif(not PUBLISHED, reason="no published run has experiments yet")
def test_the_page_in_the_documentation_is_current() -> None:
    """It is what a published run gives."""
    assert PAGE.read_text(encoding="utf-8") in [faults.page(load(run)) for run in PUBLISHED]
