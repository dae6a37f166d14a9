"""Claims, decided driver by driver."""

import json
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.report.analysis import Analysis, analyse
from bench.report.checks import ClaimUsed, RaisesCheck
from bench.report.claims import NOT_MEASURED, ClaimResult, Decision, DriverDecision, combine, decide
from bench.report.results import load

PLAN = stored.Plan(backends=("sqlite",), parameters={"parents": [20, 500]}, passes=4)
IDS = ["parents=20", "parents=500"]


def decided(folder: Path, check: dict[str, Any], **changes: Any) -> ClaimResult:  # noqa: ANN401 - JSON
    """Return what becomes of one claim on a synthetic SQLite run."""
    stored.write(folder / "run", PLAN)
    path = folder / "run" / "run.json"
    data = json.loads(path.read_text())
    data["scenarios"][0]["claims"] = [{"id": "C1", "text": "said", "advice": "", "check": check}]
    data.update(changes)
    path.write_text(json.dumps(data))
    return decide(analyse(load(folder / "run")))[0]


def faster(times: float, variant: str = "selectin", than: str = "joined") -> dict[str, Any]:
    """Return a claim on time."""
    return {"kind": "faster", "variant": variant, "than": than, "times": times, "where": IDS}


def test_the_stored_claims_come_out_as_scripted(analysis: Analysis) -> None:
    """Two statements are counted, 1.42 times is not three times, and the exception was raised."""
    decisions = {result.claim.id: result.decision for result in decide(analysis)}
    assert decisions == {"C14": Decision.UPHELD, "C102": Decision.REFUTED, "C19": Decision.UPHELD}


@pytest.mark.parametrize(
    ("expected", "decision"),
    [
        ({"parents=20": 2, "parents=500": 2}, Decision.UPHELD),
        ({"parents=20": 3, "parents=500": 3}, Decision.REFUTED),
        ({"parents=20": 2, "parents=500": 3}, Decision.DEPENDS),
        ({"parents=7": 2}, Decision.UNDECIDED),
    ],
)
def test_statements_are_held_against_the_exact_counts(
    tmp_path: Path, expected: dict[str, int], decision: Decision
) -> None:
    """Right for some parameters and wrong for others is `depends`; parameters never counted decide nothing."""
    check = {"kind": "statements", "variant": "selectin", "expected": expected}
    assert decided(tmp_path, check).decision is decision


@pytest.mark.parametrize(
    ("check", "decision"),
    [
        (faster(1.2), Decision.UPHELD),
        (faster(1.42), Decision.UNDECIDED),
        (faster(2.0), Decision.REFUTED),
        (faster(1.0, "joined", "selectin"), Decision.REFUTED),
        (faster(1.5, "core_join", "joined"), Decision.UPHELD),
    ],
)
def test_times_are_held_against_the_whole_interval(tmp_path: Path, check: dict[str, Any], decision: Decision) -> None:
    """Only an interval wholly on one side of the limit decides, for pairs without the baseline as well."""
    assert decided(tmp_path, check).decision is decision


def test_an_exception_that_only_one_driver_raises_depends(tmp_path: Path) -> None:
    """The evidence names what was raised instead."""
    outcomes = {"sqlite+pysqlite": "InvalidRequestError", "sqlite+aiosqlite": None}
    result = decided(tmp_path, {"kind": "raises", "exception": "InvalidRequestError", "outcomes": outcomes})
    assert result.decision is Decision.DEPENDS
    assert [each.decision for each in result.drivers] == [Decision.UPHELD, Decision.REFUTED]
    assert "no exception" in result.drivers[1].evidence


def test_statements_that_nobody_heard_decide_nothing(tmp_path: Path) -> None:
    """Of a variant that goes past SQLAlchemy no number is known."""
    stored.write(tmp_path / "run", stored.Plan(backends=("sqlite",), parameters={}, passes=2, bare=("selectin",)))
    results = {result.claim.id: result for result in decide(analyse(load(tmp_path / "run")))}
    assert results["C14"].decision is Decision.UNDECIDED
    assert results["C14"].drivers[0].evidence == "not measured"


def test_evidence_of_many_groups_is_tallied(tmp_path: Path) -> None:
    """How often each came out, with one ratio as an example, is what a reader can take in."""
    parents = [20, 30, 40, 50, 60, 70]
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": parents}, passes=4)
    results = {result.claim.id: result for result in decide(analyse(load(stored.write(tmp_path / "run", plan))))}
    evidence = results["C102"].drivers[0].evidence
    assert evidence.startswith("refuted in 6 of 6, as ")
    assert evidence.endswith("(parents=20)")


def test_a_void_case_decides_nothing(tmp_path: Path) -> None:
    """A claim on time stays undecided where a proof failed."""
    failures = [
        {"case": f"loading/{place}[joined]@sqlite+{driver}", "stage": "same SQL", "message": "differs"}
        for place in IDS
        for driver in ("pysqlite", "aiosqlite")
    ]
    assert decided(tmp_path, faster(1.2), failures=failures).decision is Decision.UNDECIDED


def test_one_open_condition_leaves_the_whole_open() -> None:
    """Unless two others already disagree."""
    assert combine([Decision.UPHELD, Decision.UNDECIDED]) is Decision.UNDECIDED
    assert combine([Decision.UPHELD, Decision.UNDECIDED, Decision.REFUTED]) is Decision.DEPENDS
    assert combine([]) is Decision.UNDECIDED


def test_a_driver_that_was_not_asked_leaves_the_decision_to_the_others() -> None:
    """A claim about waiting at a server is decided although SQLite has none; on nobody it stays undecided."""
    upheld = DriverDecision("PostgreSQL", "psycopg_async", Decision.UPHELD, "0.80x")
    unasked = DriverDecision("SQLite", "aiosqlite", Decision.UNDECIDED, NOT_MEASURED)
    claim = ClaimUsed("C4", "async improves throughput", RaisesCheck("raises", "Error", {}))
    assert ClaimResult("concurrency", claim, (upheld, unasked)).decision is Decision.UPHELD
    assert ClaimResult("concurrency", claim, (unasked,)).decision is Decision.UNDECIDED
