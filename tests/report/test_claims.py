"""Claims, decided driver by driver."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored
from claimed import IDS, PLAN, decided, faster

from bench.core.ratios import Interval, Ratio
from bench.report.claims.deciding import decide
from bench.report.claims.decisions import NOT_MEASURED, ClaimResult, DriverDecision, combine
from bench.report.claims.outcomes import Cause, Decision, Outcome
from bench.report.claims.timed_outcomes import interval_against
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.checks import ClaimUsed, RaisesCheck
from bench.report.reading.results import load


def test_the_sets_of_parameters_that_a_claim_was_tested_at_are_told(tmp_path: Path) -> None:
    """Decided at one of many is not decided at all of them; where it is all, there is nothing to tell."""
    one_of_three = decided(tmp_path / "few", {**faster(1.2), "where": ["parents=20", "parents=7", "parents=8"]})
    assert (one_of_three.decision, one_of_three.scope) == (Decision.UPHELD, "(tested at 1 of 3 parameter sets)")
    counted = {"kind": "statements", "variant": "selectin", "expected": {"parents=20": 2, "parents=7": 2}}
    assert decided(tmp_path / "counted", counted).scope == "(tested at 1 of 2 parameter sets)"
    assert decided(tmp_path / "all", faster(1.2)).scope == ""
    assert decided(tmp_path / "none", {**faster(1.2), "where": ["parents=7"]}).scope == ""


def test_evidence_that_differs_says_how_often(tmp_path: Path) -> None:
    """A driver on which a claim depends has the number of sets of parameters for each decision."""
    expected = {"parents=20": 2, "parents=30": 2, "parents=500": 3}
    plan = replace(PLAN, parameters={"parents": [20, 30, 500]})
    result = decided(tmp_path, {"kind": "statements", "variant": "selectin", "expected": expected}, plan)
    assert result.drivers[0].evidence == (
        "upheld at 2 of 3: 2 as predicted (parents=20 and 1 more); refuted at 1 of 3: 2, not 3 (parents=500)"
    )


@pytest.mark.parametrize(
    ("expected", "times", "shown"),
    [("refuted", 1.2, True), ("upheld", 1.2, False), ("depends", 1.2, True), ("upheld", 1.42, False), ("", 1.2, False)],
)
def test_a_surprise_is_explained(tmp_path: Path, expected: str, times: float, shown: bool) -> None:  # noqa: FBT001 - from the list
    """Where a driver decides otherwise than expected or, where they were to differ, none does; open is no surprise."""
    stored.write(tmp_path / "run", PLAN)
    path = tmp_path / "run" / "run.json"
    data = json.loads(path.read_text())
    claim = {"id": "C1", "text": "said", "check": faster(times), "expected": expected, "explained": "It is cached."}
    data["scenarios"][0]["claims"] = [claim]
    path.write_text(json.dumps(data))
    assert decide(analyse(load(tmp_path / "run")))[0].explained == ("It is cached." if shown else "")


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
    assert evidence.startswith("refuted at 6 of 6, as parents=20: 1.4")
    assert results["C102"].how.endswith(", claimed: at least 3x")


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


def test_a_claim_depends_on_drivers_that_are_decided() -> None:
    """Single comparisons that disagree on drivers which are open leave the claim open, and are counted."""
    opened = Outcome(Decision.UNDECIDED, "1.00x (0.90-1.10)", Cause.WIDE)
    claim = ClaimUsed("C4", "async improves throughput", RaisesCheck("raises", "Error", {}))
    upheld = DriverDecision("PostgreSQL", "psycopg", (Outcome(Decision.UPHELD, "0.80x"), opened))
    refuted = DriverDecision("PostgreSQL", "asyncpg", (Outcome(Decision.REFUTED, "1.50x"), opened))
    assert {upheld.decision, refuted.decision} == {Decision.UNDECIDED}
    both = ClaimResult("concurrency", claim, (upheld, refuted))
    assert both.decision is Decision.UNDECIDED
    assert both.why_open == "Of 4 comparisons: 2 too wide to tell, 1 upheld, 1 refuted."
    certain = DriverDecision("PostgreSQL", "psycopg2", (Outcome(Decision.UPHELD, "0.80x"),))
    other = DriverDecision("PostgreSQL", "asyncpg", (Outcome(Decision.REFUTED, "1.50x"),))
    assert ClaimResult("concurrency", claim, (upheld, certain, other)).decision is Decision.DEPENDS


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
    assert any(each.evidence.endswith(f", {cause}") for each in result.drivers)


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
    """`0.44-0.50` against 0.5 says nothing where the end is 0.503."""
    ratio = Ratio(0.47, Interval(0.44, 0.503), p_value=0.06, passes=4, pairs=24, pass_sd=0.03)
    assert interval_against(ratio, 0.5) == "0.470x (0.440-0.503)"
    assert interval_against(ratio, 0.3) == "0.47x (0.44-0.50)"
    assert interval_against(replace(ratio, interval=Interval(0.44, 0.5003)), 0.5) == "0.4700x (0.4400-0.5003)"
