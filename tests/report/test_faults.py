"""The page about drivers under faults says what experiments found, and no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bench.core.errors import UsageError
from bench.report.claims import faults_page
from bench.report.claims.versions import versions
from bench.report.findings.analysis import Analysis
from bench.report.reading.experiments import Experiments, ExperimentUsed, Found, Result
from bench.report.reading.records import Run

OPERATIONAL = ("OperationalError", "DBAPIError", "SQLAlchemyError", "Exception")
CANCELLED = ("asyncio.CancelledError",)
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
        ([OPERATIONAL, PLAIN, ("RuntimeError", "Exception")], "(DBAPIError, RuntimeError)"),
        ([CANCELLED], "asyncio.CancelledError"),
        ([OPERATIONAL, SOCKET, CANCELLED], "BaseException"),
    ],
)
def test_the_narrowest_clause_that_catches_all_is_told(caught_by: list[tuple[str, ...]], expected: str) -> None:
    """One class where one does, two where two do, and `Exception` where nothing narrower is left and it suffices."""
    assert faults_page.clause(caught_by) == expected


def result(driver: str, *outcomes: dict[str, Any], as_expected: bool = True) -> Result:
    """Return what came out on one driver; of several repetitions the first outcome twice."""
    found = tuple(Found("", 2 if outcome is outcomes[0] and outcomes[1:] else 1, outcome) for outcome in outcomes)
    return Result("postgresql", driver, outcomes=found, as_expected=as_expected)


def raised(caught_by: tuple[str, ...], **facts: object) -> dict[str, Any]:
    """Return the outcome of a fault that raises an exception, after which all is well."""
    return {"refused": {"raised": {**facts, "caught_by": list(caught_by)}, "next": "nothing"}}


def run_with(analysis: Analysis, *results: Result, remark: str = "") -> Run:
    """Return a run that performed one experiment about a fault, and one about something else."""
    refused = ExperimentUsed("refusal", "refused", "What is raised?", "Ask.", "It is so.", (), results, remark)
    counts = ExperimentUsed("counts", "counts", "How many?", "Count.", results=(result("psycopg", {"statements": 2}),))
    return replace(analysis.run, experiments=Experiments(1, experiments=(refused, counts)))


def test_drivers_that_say_the_same_share_a_row(analysis: Analysis) -> None:
    """And what catches it with all of them stands above; facts that a driver does not tell are a dash."""
    known = raised(OPERATIONAL, exception="OperationalError", driver_exception="psycopg.OperationalError")
    bare = raised(SOCKET, exception="ConnectionRefusedError")
    text = faults_page.page(
        run_with(analysis, result("psycopg", known), result("psycopg_async", known), result("asyncpg", bare))
    )
    assert "| refused | OperationalError, ConnectionRefusedError | - | (OperationalError, OSError) |" in text
    shared = "postgresql+psycopg, postgresql+psycopg\\_async"
    assert f"| refused | {shared} | OperationalError | psycopg.OperationalError | - | - | nothing |" in text
    assert "| refused | postgresql+asyncpg | ConnectionRefusedError | - | - | - | nothing |" in text
    assert "Unexpected" not in text
    assert "How many" not in text


def test_what_some_drivers_raise_nothing_of_no_clause_catches_everywhere(analysis: Analysis) -> None:
    """The column promises every driver: it names those that raise nothing, before the clause of the others."""
    known = raised(OPERATIONAL, exception="OperationalError")
    borne = {"refused": {"raised": {"exception": "nothing"}, "next": "nothing"}}
    run = run_with(analysis, result("psycopg", known), result("asyncpg", borne))
    silent = "none: nothing is raised with postgresql+asyncpg"
    shown = f"| refused | OperationalError, nothing | - | {silent}; with the others: OperationalError |"
    assert shown in faults_page.page(run)
    [caught] = faults_page.as_data(run)["catch"]
    assert caught["raised"] == ["OperationalError", "nothing"]
    assert (caught["clause"], caught["nothing_raised_with"]) == ("OperationalError", ["postgresql+asyncpg"])
    assert f"| refused | nothing | - | {silent} |" in faults_page.page(run_with(analysis, result("asyncpg", borne)))


def test_codes_tell_a_fault_from_others_that_the_clause_catches(analysis: Analysis) -> None:
    """All that drivers give, each once, and first whether the connection is lost; the head says what they are for."""
    lost = raised(OPERATIONAL, exception="OperationalError", code="40P01", is_disconnect=True)
    known = raised(PLAIN, exception="DBAPIError", code=1213, is_disconnect=False)
    run = run_with(analysis, result("psycopg", lost), result("psycopg_async", known), result("asyncpg", known))
    text = faults_page.page(run)
    assert "| refused | OperationalError, DBAPIError | connection\\_invalidated, 40P01, 1213 | DBAPIError |" in text
    assert "A clause that catches a fault catches others too" in text
    assert faults_page.as_data(run)["catch"][0]["tell_it_by"] == ["connection_invalidated", "40P01", "1213"]


def test_what_differs_between_repetitions_is_told_with_its_number(analysis: Analysis) -> None:
    """Of a fault behind the driver, for its facts belong together; of other facts behind what was found."""
    known, other = raised(OPERATIONAL, exception="OperationalError"), raised(PLAIN, exception="DBAPIError")
    text = faults_page.page(run_with(analysis, result("psycopg", known, other), result("asyncpg", known)))
    both = "postgresql+psycopg (2 of 3), postgresql+asyncpg"
    assert f"| refused | {both} | OperationalError | - | - | - | nothing |" in text
    assert "| refused | postgresql+psycopg (1 of 3) | DBAPIError | - | - | - | nothing |" in text
    found = faults_page.as_data(run_with(analysis, result("psycopg", known, other)))["faults"]
    assert [(each["times"], each["repetitions"]) for each in found] == [(2, 3), (1, 3)]
    left = {"leaked": 0, "plain": {"for_s": 0.4, "name": "a"}}
    more = {"leaked": 4, "plain": {"for_s": 0.6, "name": "a"}}
    text = faults_page.page(run_with(analysis, result("psycopg", left, more)))
    assert "| postgresql+psycopg | 0 (2 of 3), 4 (1 of 3) | for s: 0.4 to 0.6; name: a |" in text


def test_why_drivers_differ_is_told_beside_what_was_expected(analysis: Analysis) -> None:
    """A remark needs no surprise."""
    known = raised(OPERATIONAL, exception="OperationalError")
    text = faults_page.page(run_with(analysis, result("psycopg", known), remark="It waits for 5 s."))
    assert "It waits for 5 s." in text
    assert "Unexpected" not in text


def test_what_is_left_behind_has_a_table_of_its_own(analysis: Analysis) -> None:
    """Facts without an exception are the columns."""
    left = {"leaked": 2, "plain": {"failed_later": 0}}
    text = faults_page.page(run_with(analysis, result("psycopg", left), result("asyncpg", {**left, "leaked": 0})))
    assert "| drivers | leaked | plain |" in text
    assert "| postgresql+asyncpg | 0 | failed later: 0 |" in text


def test_a_surprise_is_shown_with_its_reason(analysis: Analysis) -> None:
    """And a driver without an outcome with what went wrong."""
    known = raised(OPERATIONAL, exception="OperationalError")
    failed = Result("postgresql", "asyncpg", error="it hung")
    surprised = result("psycopg", known, as_expected=False)
    other = replace(surprised, driver="psycopg2", is_explained=False)
    text = faults_page.page(run_with(analysis, surprised, other, failed))
    assert "Unexpected with postgresql+psycopg. It is so." in text
    assert "Unexpected with postgresql+psycopg2.\n" in text
    assert "No outcome with postgresql+asyncpg: it hung" in text


def test_the_page_is_there_as_data(analysis: Analysis) -> None:
    """Every fault on every driver, what catches it everywhere, and what is left behind; nothing of others."""
    known, left = raised(OPERATIONAL, exception="OperationalError"), {"leaked": 2}
    found = faults_page.as_data(run_with(analysis, result("psycopg", known), result("asyncpg", known)))
    told = {"fault": "refused", "raised": ["OperationalError"], "tell_it_by": [], "clause": "OperationalError"}
    assert found["catch"] == [told | {"nothing_raised_with": []}]
    assert [(each["driver"], each["raised"]["exception"], each["others"]) for each in found["faults"]] == [
        ("postgresql+psycopg", "OperationalError", {"next": "nothing"}),
        ("postgresql+asyncpg", "OperationalError", {"next": "nothing"}),
    ]
    assert found["leaks"] == []
    leaks = faults_page.as_data(run_with(analysis, result("psycopg", left)))["leaks"]
    assert leaks == [{"experiment": "refusal", "driver": "postgresql+psycopg", "facts": left}]


def test_the_page_names_what_its_outcomes_rest_on(analysis: Analysis) -> None:
    """Python and the libraries that the run recorded, beside databases and drivers; of others nothing is said."""
    text = faults_page.page(run_with(analysis, result("psycopg", raised(OPERATIONAL, exception="OperationalError"))))
    [line] = [each for each in text.splitlines() if each.startswith("Versions: ")]
    environment = analysis.run.manifest.environment
    assert f"CPython {environment.python}, SQLAlchemy 2.1.9, uvloop 0.22.1; " in line
    assert "FastAPI" not in line
    with_more = replace(environment, packages={**environment.packages, "fastapi": "0.1", "pydantic": "2"})
    manifest = replace(analysis.run.manifest, environment=with_more)
    assert "uvloop 0.22.1, FastAPI 0.1, pydantic 2; " in versions([manifest])


def test_a_run_without_faults_is_refused(analysis: Analysis) -> None:
    """With the line that performs them."""
    with pytest.raises(UsageError, match="run: ormbench check --experiments"):
        faults_page.page(replace(analysis.run, experiments=None))
