"""The trust grade."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.doubts import Doubt
from bench.report import trust
from bench.report.findings.analysis import Analysis, analyse, precision
from bench.report.findings.chance import beyond_chance
from bench.report.reading.results import load


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


@pytest.mark.parametrize(("noise", "cost"), [(0.02, 0), (0.05, 1), (0.4, 2)])
def test_wide_intervals_cost_a_grade_and_very_wide_ones_another(tmp_path: Path, noise: float, cost: int) -> None:
    """What leaves many questions open is a hint, however honest each interval is."""
    analysis = noisy(tmp_path, noise)
    width, _ = precision(analysis)
    assert cost == (width > 0.05) + (width > 0.2)
    found = trust.assess(analysis)
    assert found.grade == "BCD"[cost]
    assert ("wide-intervals" in codes(found)) == (width > 0.03)


@pytest.mark.parametrize(("noise", "grade"), [(0.05, "C"), (0.4, "D")])
def test_what_made_intervals_wide_is_charged_once_unless_they_are_very_wide(
    tmp_path: Path, noise: float, grade: str
) -> None:
    """A machine that gave its time to others has cost its grade; beyond 20 % the width costs one as well."""
    analysis = noisy(tmp_path, noise)
    stolen = Doubt("stolen-time", 1, "Time was stolen.", "Run again.")
    manifest = replace(analysis.run.manifest, doubts=(*analysis.run.manifest.doubts, stolen))
    found = trust.assess(replace(analysis, run=replace(analysis.run, manifest=manifest)))
    assert {"stolen-time", "wide-intervals"} <= set(codes(found))
    assert found.grade == grade


def noisy(folder: Path, noise: float) -> Analysis:
    """Return a run whose blocks vary so much."""
    plan = stored.Plan(parameters={"parents": [20]}, passes=4, noise=noise)
    return analyse(load(stored.write(folder / "run", plan)))


def reaching(folder: Path, shares: Sequence[float]) -> trust.Trust:
    """Return the trust in a run on SQLite whose A/A twins are off by exactly so much, two in each group."""
    plan = stored.Plan(
        backends=("sqlite",), variants=("selectin",), parameters={"parents": list(range(1, len(shares) // 2 + 1))}
    )
    run = load(stored.write(folder / "run", plan))
    twins = sorted(name for name in run.blocks if "~aa" in name)
    for twin, share in zip(twins, shares, strict=True):
        for number, blocks in run.blocks[twin.replace("~aa", "")].items():
            run.blocks[twin][number] = replace(blocks, wall_ns=tuple((1 + share) * each for each in blocks.wall_ns))
    return trust.assess(analyse(run))


def test_one_odd_twin_among_many_does_not_speak_for_the_noise(tmp_path: Path) -> None:
    """Middle and 95th percentile are told: the widest of many intervals grows with their number."""
    found = reaching(tmp_path, [*[0.02] * 30, *[0.04] * 9, 2.0])
    assert found.noise_text == ("Half of 40 A/A twins reach at most 2.0 % from 1, 95 % of them at most 4.0 %")
    (said,) = (doubt.text for doubt in found.doubts if doubt.code == "noise-floor")
    assert said.startswith("40 of 40 A/A twins exclude 1 although both sides are the same code, more than chance ")


def test_as_many_twins_as_chance_explains_need_nothing_done() -> None:
    """The doubt costs nothing, says so once, and has no remedy that would say it again."""
    doubt = beyond_chance("noise-floor", 1, 25, ["pymysql in layers"])
    said = "1 of 25 A/A twins excludes 1 although both sides are the same code, no more than chance explains"
    assert (doubt.grade_cost, doubt.remedy) == (0, "")
    assert doubt.text == f"{said} (about 1.2 expected by chance): pymysql in layers."


def test_the_widest_scenario_is_named(tmp_path: Path) -> None:
    """A median over two scenarios hides one that stays open: grade, doubt and precision name it."""
    plan = stored.Plan(
        backends=("sqlite",), scenarios=("quiet", "loud"), variants=("selectin", "joined"), parameters={}, noise=0.002
    )
    run = load(stored.write(tmp_path / "run", plan))
    for name in [name for name in run.blocks if name.startswith("loud")]:
        for number, blocks in run.blocks[name].items():
            wild = 1.0 + (number * len(name) % 7) / 5
            run.blocks[name][number] = replace(blocks, wall_ns=tuple(wild * each for each in blocks.wall_ns))
    found = trust.assess(analyse(run))
    (doubt,) = (each for each in found.doubts if each.code == "wide-intervals")
    assert ", that of loud is " in doubt.text
    assert ", of loud ±" in found.precision_text
    assert found.text.startswith(f"Trust grade {found.grade} of A to D: ")


def test_twins_of_a_single_pass_tell_nothing(tmp_path: Path) -> None:
    """Without intervals there is no reach."""
    assert assessed(tmp_path, passes=1).noise_text == ""


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
