"""Evidence on the page of claims: whole outcomes, or what differs in them, or nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.experiments import told
from bench.report.claims.brief_evidence import brief
from bench.report.claims.deciding import decide
from bench.report.claims.decisions import DriverDecision
from bench.report.claims.experiment_outcomes import outcomes_of
from bench.report.findings.analysis import analyse
from bench.report.reading.experiments import ExperimentUsed, Found, Result, SaidUsed
from bench.report.reading.results import load


def test_evidence_is_cut_between_outcomes_alone(tmp_path: Path) -> None:
    """A ratio keeps its interval, however many others there is no room for."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [20, 30, 40, 50]}, passes=4)
    results = {each.claim.id: each for each in decide(analyse(load(stored.write(tmp_path / "run", plan))))}
    one = r"[\d.]+x \([\d.]+-[\d.]+\)"
    for driver in results["C102"].drivers:
        assert re.fullmatch(rf"parents=20: {one}; (parents=30: {one}; )?\d more", brief(driver))


LONG = {"as_claimed_" * 6: "right", "refresh": 3, "deep": {"inner": "gone", "other": 1}}
CLAIMED = "; claimed: "


@pytest.mark.parametrize(
    ("outcome", "predicted", "upheld", "said"),
    [
        (LONG, "refresh: 1", False, f"refresh: 3{CLAIMED}refresh: 1"),
        (LONG, "refresh: 3; inner: nothing", False, f"deep: (inner: gone){CLAIMED}refresh: 3; inner: nothing"),
        (LONG, "nobody loses", False, ""),
        (LONG, "nobody loses", True, ""),
        (LONG, "nobody loses", "in part", ""),
        (LONG, "a leak", "not seen", "not seen in so few repetitions"),
        ({"refresh": 3}, "one trip", False, f"refresh: 3{CLAIMED}one trip"),
        ({"refresh": 3}, "three trips", True, "refresh: 3"),
    ],
)
def test_a_long_outcome_shows_what_differs_or_nothing(
    outcome: dict[str, Any],
    predicted: str,
    upheld: bool | str,  # noqa: FBT001 - from the list
    said: str,
) -> None:
    """Its beginning could be the part that went as claimed; a short one is whole."""
    result = Result(
        "sqlite",
        "pysqlite",
        outcomes=(Found(told(outcome), 1, outcome),),
        predicted=(predicted,),
        upheld=(upheld,),  # type: ignore[arg-type]
    )
    tried = ExperimentUsed("tried", "life", "What?", "Try.", claims=(SaidUsed("C1", "said"),), results=(result,))
    [(_, outcomes)] = outcomes_of(tried, 0)
    assert brief(DriverDecision("SQLite", "pysqlite", outcomes)) == said


def test_where_decisions_differ_each_has_a_whole_example(tmp_path: Path) -> None:
    """With how often it came out so, and among how many."""
    plan = stored.Plan(backends=("sqlite",), parameters={"parents": [20, 30]}, passes=2)
    folder = stored.write(tmp_path / "run", plan)
    path = folder / "run.json"
    path.write_text(path.read_text().replace('"parents=30": 2', '"parents=30": 3'))
    [result] = [each for each in decide(analyse(load(folder))) if each.claim.id == "C14"]
    expected = "upheld at 1 of 2, as 2 as predicted (parents=20); refuted at 1 of 2, as 2, not 3 (parents=30)"
    assert {brief(each) for each in result.drivers} == {expected}
