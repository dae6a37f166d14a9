"""The trust grade."""

from pathlib import Path
from typing import Any

import pytest
import stored

from bench.report import trust
from bench.report.analysis import analyse
from bench.report.results import load


def assessed(folder: Path, **plan: Any) -> trust.Trust:  # noqa: ANN401 - fields of the plan
    """Return the grade of a synthetic run."""
    plan.setdefault("parameters", {"parents": [20]})
    return trust.assess(analyse(load(stored.write(folder / "run", stored.Plan(**plan)))))


def codes(found: trust.Trust) -> set[str]:
    """Return the codes of the doubts."""
    return {doubt.code for doubt in found.doubts}


def test_a_whole_run_keeps_the_doubts_that_it_wrote_down(tmp_path: Path) -> None:
    """Shared cores cost one grade: B."""
    found = assessed(tmp_path)
    assert found.grade == "B"
    assert "shared-cores" in codes(found)


@pytest.mark.parametrize(
    ("plan", "code", "grade"),
    [
        ({"skip_units": ("pass04-sqlite",)}, "missing-passes", "C"),
        ({"fail": ("[joined]@sqlite+pysqlite",)}, "failures", "D"),
        ({"evidence": False}, "no-evidence", "D"),
    ],
)
def test_own_findings_cost_grades(tmp_path: Path, plan: dict[str, Any], code: str, grade: str) -> None:
    """Missing passes, failures and a profile that is no evidence each say so."""
    found = assessed(tmp_path, **plan)
    assert code in codes(found)
    assert found.grade == grade


def test_twins_that_differ_more_often_than_chance_cost_a_grade(tmp_path: Path) -> None:
    """A/A twins with a scripted difference are caught."""
    folder = stored.write(tmp_path / "run", stored.Plan(parameters={"parents": [20]}))
    run = load(folder)
    for name in [name for name in run.blocks if "~aa" in name]:
        for number, blocks in run.blocks[name].items():
            run.blocks[name][number] = type(blocks)(tuple(1.1 * time for time in blocks.wall_ns), blocks.cpu_ns)
    found = trust.assess(analyse(run))
    assert (found.twins_off, found.twins) == (6, 6)
    assert {doubt.grade_cost for doubt in found.doubts if doubt.code == "noise-floor"} == {1}
