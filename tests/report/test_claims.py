"""Claims, decided driver by driver."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.ratios import Interval, Ratio
from bench.report import labels
from bench.report.analysis import Analysis, analyse
from bench.report.checks import ClaimUsed, RaisesCheck
from bench.report.claims import NOT_MEASURED, ClaimResult, DriverDecision, combine, decide
from bench.report.outcomes import Cause, Decision, Outcome, interval_against
from bench.report.results import load

PLAN = stored.Plan(backends=("sqlite",), parameters={"parents": [20, 500]}, passes=4)
IDS = ["parents=20", "parents=500"]


def decided(
    folder: Path,
    check: dict[str, Any],
    plan: stored.Plan = PLAN,
    without: tuple[str, str] | None = None,
    **changes: Any,  # noqa: ANN401 - JSON
) -> ClaimResult:
    """Return what becomes of one claim on a synthetic SQLite run, whose groups lack a variant on a driver."""
    stored.write(folder / "run", plan)
    path = folder / "run" / "run.json"
    data = json.loads(path.read_text())
    data["scenarios"][0]["claims"] = [{"id": "C1", "text": "said", "advice": "", "check": check}]
    for group in data["groups"]:
        group["cases"] = [case for case in group["cases"] if (case["variant"], case["driver"]) != without]
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
    assert evidence.startswith("refuted in 6 of 6, as parents=20: ")
    assert evidence.endswith("; claimed: at most 0.333x")


def test_a_void_case_decides_nothing(tmp_path: Path) -> None:
    """A claim on time stays undecided where a proof failed."""
    failures = [
        {"case": f"loading/{place}[joined]@sqlite+{driver}", "stage": "same SQL", "message": "differs"}
        for place in IDS
        for driver in ("pysqlite", "aiosqlite")
    ]
    result = decided(tmp_path, faster(1.2), failures=failures)
    assert result.decision is Decision.UNDECIDED
    assert result.why_open == "Of 4 comparisons: 4 not valid."
    assert result.drivers[0].evidence.startswith("parents=20: not valid (joined on pysqlite, same SQL: differs); ")


def test_one_open_condition_leaves_the_whole_open() -> None:
    """Unless two others already disagree."""
    assert combine([Decision.UPHELD, Decision.UNDECIDED]) is Decision.UNDECIDED
    assert combine([Decision.UPHELD, Decision.UNDECIDED, Decision.REFUTED]) is Decision.DEPENDS
    assert combine([]) is Decision.UNDECIDED


def test_a_driver_that_was_not_asked_leaves_the_decision_to_the_others() -> None:
    """A claim about waiting at a server is decided although SQLite has none; on nobody it stays undecided."""
    upheld = DriverDecision("PostgreSQL", "psycopg_async", (Outcome(Decision.UPHELD, "0.80x"),))
    unasked = DriverDecision("SQLite", "aiosqlite", ())
    claim = ClaimUsed("C4", "async improves throughput", RaisesCheck("raises", "Error", {}))
    assert ClaimResult("concurrency", claim, (upheld, unasked)).decision is Decision.UPHELD
    nobody = ClaimResult("concurrency", claim, (unasked,))
    assert nobody.decision is Decision.UNDECIDED
    assert nobody.drivers[0].evidence == NOT_MEASURED
    assert nobody.why_open == "Not put to the test: no driver of this run has it."


def test_what_one_driver_upholds_and_another_refutes_depends_whatever_else_is_open() -> None:
    """The decision is over all comparisons: an open one on each driver does not hide that two others disagree."""
    opened = Outcome(Decision.UNDECIDED, "1.00x (0.90-1.10)", Cause.WIDE)
    claim = ClaimUsed("C4", "async improves throughput", RaisesCheck("raises", "Error", {}))
    upheld = DriverDecision("PostgreSQL", "psycopg", (Outcome(Decision.UPHELD, "0.80x"), opened))
    refuted = DriverDecision("PostgreSQL", "asyncpg", (Outcome(Decision.REFUTED, "1.50x"), opened))
    assert {upheld.decision, refuted.decision} == {Decision.UNDECIDED}
    assert ClaimResult("concurrency", claim, (upheld, refuted)).decision is Decision.DEPENDS
    alone = ClaimResult("concurrency", claim, (upheld,))
    assert alone.why_open == "Of 2 comparisons: 1 too wide to tell, 1 upheld."


@pytest.mark.parametrize(
    ("noise", "times", "cause"),
    [(0.005, 1.42, Cause.NEAR), (0.5, 1.42, Cause.WIDE)],
)
def test_an_open_claim_says_whether_its_interval_is_wide_or_the_limit_near(
    tmp_path: Path, noise: float, times: float, cause: Cause
) -> None:
    """More measuring helps against the one and hardly against the other."""
    result = decided(tmp_path, faster(times), replace(PLAN, noise=noise))
    assert result.decision is Decision.UNDECIDED
    causes = {outcome.cause for each in result.drivers for outcome in each.outcomes if outcome.cause}
    assert causes == {cause}
    assert any(each.evidence.endswith(f", {cause}; claimed: at most 0.704x") for each in result.drivers)


def test_one_pass_decides_no_claim_on_time(tmp_path: Path) -> None:
    """Without an interval every ratio is open, and the evidence says so once."""
    result = decided(tmp_path, faster(1.0), replace(PLAN, passes=1))
    assert result.why_open == "Of 4 comparisons: 4 without an interval."
    assert "tell" not in result.drivers[0].evidence


def test_a_variant_that_a_group_lacks_leaves_the_claim_to_the_groups_that_have_it(tmp_path: Path) -> None:
    """A driver that cannot run one of the two sides is `not measured`, and no reason to leave the claim open."""
    result = decided(tmp_path, faster(1.2), without=("joined", "pysqlite"))
    assert [each.evidence == NOT_MEASURED for each in result.drivers] == [True, False]
    assert result.decision is Decision.UPHELD


def test_parameters_that_no_group_has_are_given_as_the_reason(tmp_path: Path) -> None:
    """A claim on large results says that the run had none."""
    result = decided(tmp_path, {**faster(1.2), "where": ["parents=100000"]})
    assert result.why_open == "Not put to the test: this run has none of its parameters."


def test_an_end_that_would_read_as_the_limit_shows_its_side() -> None:
    """`0.86-1.00` against 1 says nothing where the end is 1.003."""
    ratio = Ratio(0.928, Interval(0.858, 1.003), p_value=0.06, passes=4, pairs=24, pass_sd=0.03)
    assert labels.interval(ratio) == "0.93x (0.86-1.00)"
    assert interval_against(ratio, 1.0) == "0.928x (0.858-1.003)"
    assert interval_against(ratio, 0.5) == "0.93x (0.86-1.00)"
    assert interval_against(replace(ratio, interval=Interval(0.858, 1.0003)), 1.0) == "0.9280x (0.8580-1.0003)"
