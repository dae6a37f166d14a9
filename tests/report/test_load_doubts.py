"""What stands against the figures of load is said, and costs a grade."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import stored_load
from stored_load import SMALL, LoadPlan

from bench.core.doubts import Doubt
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load as read_run
from bench.report.trust import assess


def found_in(folder: Path, plan: LoadPlan) -> tuple[Doubt, ...]:
    """Return the doubts about a run with load alone."""
    return assess(analyse(read_run(stored_load.write(folder / "run", plan)))).doubts


@pytest.mark.parametrize(
    ("plan", "code", "cost"),
    [
        ({}, "load-shared-cores", 1),
        ({"cpu": 0.95}, "generator-limited", 1),
        ({"errors": 0.03}, "overload", 0),
        ({"errors": 0.005}, "load-errors", 0),
        ({"lost": ("worker-1",)}, "lost-worker", 1),
        ({"rates": (450.0,)}, "dropped-arrivals", 1),
        ({"skip": ("open",)}, "load-unfinished", 1),
        ({"more": {"finished": False, "failures": ["the application ended"]}}, "load-failed", 1),
        ({"more": {"ceiling_per_s": None}}, "no-ceiling", 0),
        ({"more": {"backend": None}}, "own-application", 1),
    ],
)
def test_load_has_doubts_of_its_own(tmp_path: Path, plan: dict[str, Any], code: str, cost: int) -> None:
    """What stands against the figures is said, and lowers the grade."""
    found = {doubt.code: doubt for doubt in found_in(tmp_path, LoadPlan(**(SMALL | plan)))}
    assert found[code].grade_cost == cost


def test_what_was_dropped_costs_one_grade_in_all(tmp_path: Path) -> None:
    """A run of many pairs is not worse than one of one pair: one doubt names the places."""
    plan = LoadPlan(**SMALL | {"pairs": ("Shopper", "UserById"), "rates": (450.0,), "rounds": 2})
    found = [each for each in found_in(tmp_path, plan) if each.code == "dropped-arrivals"]
    [text] = [each.text for each in found]
    assert "Shopper, 450/s: sync " in text
    assert "UserById, 450/s: sync " in text


def test_shared_cores_cost_one_grade_in_all(tmp_path: Path) -> None:
    """The machine says so already in run.json; the load part adds what it means and costs nothing more."""
    folder = stored_load.write(tmp_path / "run", LoadPlan(**SMALL))
    run = json.loads((folder / "run.json").read_text())
    run["doubts"] = [{"code": "shared-cores", "grade_cost": 1, "text": "Two cores.", "remedy": ""}]
    (folder / "run.json").write_text(json.dumps(run))
    found = assess(analyse(read_run(folder)))
    assert {doubt.code: doubt.grade_cost for doubt in found.doubts}["load-shared-cores"] == 0
    assert found.grade == "B"
