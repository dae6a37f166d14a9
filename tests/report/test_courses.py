"""The course of a contrast block by block, on scripted runs."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import stored

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report.answer.courses import Course, PassCourse, course
from bench.report.figures import course_figure, style
from bench.report.findings.analysis import Analysis, GroupResult, analyse
from bench.report.reading.records import Blocks
from bench.report.reading.results import load


def of_group(analysis: Analysis, group: GroupResult) -> Course:
    """Return the course of a group that has one."""
    found = course(analysis, group)
    assert found is not None
    return found


def scripted_course(analysis: Analysis, *passes: PassCourse) -> Course:
    """Return the course of the first group with passes of one's own."""
    return replace(of_group(analysis, analysis.groups[0]), passes=passes)


def blocks(*wall_ns: float, warm_up: tuple[float, ...] = ()) -> Blocks:
    """Return blocks that took so long."""
    return Blocks(wall_ns, wall_ns, warm_up_ns=warm_up)


def test_the_course_is_of_the_finding_that_the_title_states(analysis: Analysis) -> None:
    """Select is clearest; every pass and every pair of blocks is there."""
    found = of_group(analysis, analysis.groups[0])
    assert found.finding.contrast.question is Question.VARIANT
    assert found.finding.contrast.numerator.variant == "select"
    assert [each.number for each in found.passes] == list(range(1, 9))
    assert all(len(each.ratios) == 6 for each in found.passes)
    assert found.finding.ratio is not None
    middle = math.exp(sum(math.log(each.location) for each in found.passes) / 8)
    assert middle == pytest.approx(found.finding.ratio.estimate)


def test_where_nothing_is_clear_the_first_valid_comparison_is_shown(analysis: Analysis) -> None:
    """A report of equal things still shows how they are spread."""
    group = analysis.groups[0]
    shaken = tuple(replace(each, verdict=Verdict.INCONCLUSIVE) for each in group.findings)
    assert of_group(analysis, replace(group, findings=shaken)).finding.ratio is not None
    assert course(analysis, replace(group, findings=())) is None


def test_the_title_tells_passes_cold_start_and_drift(analysis: Analysis) -> None:
    """Of both cases the colder one, and the one that moved more."""
    one = PassCourse(1, blocks(20, 20, 22, warm_up=(60, 20)), blocks(10, 10, 10, warm_up=(50, 10)))
    two = PassCourse(2, blocks(30, 30, 33, warm_up=(90, 30)), blocks(10, 10, 10, warm_up=(50, 10)))
    found = scripted_course(analysis, one, two)
    assert found.cold_start == pytest.approx(5.0)
    assert found.moved == pytest.approx(0.1)
    assert found.title == (
        f"{found.name}: 2.00-3.00x in 2 passes; a cold start takes 5x a warm operation; "
        "from first to last third times move by +10 %"
    )


def test_runs_without_warm_up_have_no_cold_start(analysis: Analysis) -> None:
    """Data of another tool may lack it; with two blocks there are no thirds."""
    found = scripted_course(analysis, PassCourse(1, blocks(20, 20), blocks(10, 10)))
    assert found.cold_start is None
    assert found.moved is None
    assert found.title == f"{found.name}: 2.00x in one pass"


def test_what_is_drawn_are_the_blocks_that_are_stored(analysis: Analysis) -> None:
    """Both cases in ms, in their order, behind the bursts of their warm-up."""
    one = PassCourse(1, blocks(4e6, 6e6, 5e6, warm_up=(9e6, 5e6)), blocks(2e6, 3e6, 2e6, warm_up=(8e6,)))
    found = scripted_course(analysis, one)
    with style.look():
        figure = course_figure.draw(found, found.title, "place")
    cold, measured, *_ = figure.axes[1].lines
    places, heights = measured.get_data()
    assert list(places)[:3] == [2, 3, 4]
    assert list(heights)[:3] == [4.0, 6.0, 5.0]
    places, heights = cold.get_data()
    assert [(left + right) / 2 for left, right in zip(places[::3], places[1::3], strict=True)] == [0, 1]
    assert list(heights)[::3] == [9.0, 5.0]


def test_pairs_far_from_the_others_are_arrows_at_the_edge(analysis: Analysis) -> None:
    """One block that was disturbed does not squeeze all others into a line."""
    above = [20 + number / 10 for number in range(20)]
    one = PassCourse(1, blocks(*above, 900), blocks(*[10.0] * 21))
    found = scripted_course(analysis, one)
    with style.look():
        axes = course_figure.draw(found, found.title, "place").axes[0]
    assert axes.get_xlim()[1] < 5
    arrows = [list(line.get_ydata()) for line in axes.lines if line.get_marker() == ">"]
    assert arrows == [[0]]
    (upright,) = [line for line in axes.lines if line.get_alpha() == 0.6]
    assert len(upright.get_xdata()) == 3 * 20


def test_void_cases_have_no_course(tmp_path: Path) -> None:
    """The clearest variant failed: another one is shown."""
    plan = stored.Plan(
        backends=("sqlite",), parameters={}, passes=2, fail=("[select]@sqlite+pysqlite", "[select]@sqlite+aiosqlite")
    )
    analysis = analyse(load(stored.write(tmp_path / "run", plan)))
    assert of_group(analysis, analysis.groups[0]).finding.contrast.numerator.variant != "select"
