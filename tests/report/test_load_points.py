"""What the points and curves of a load figure admit: no interval, one that is too wide, no winner."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import stored_load
from stored_load import LoadPlan

from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Kind, Metric
from bench.load.reading.guards import Breach, Mark, MarkKind
from bench.load.reading.means import geometric_mean
from bench.report.figures import style
from bench.report.findings.analysis import analyse
from bench.report.findings.load.analysis import Block
from bench.report.load import charts, curves, figures, titles
from bench.report.reading.results import load


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Block:
    """Return a closed sweep."""
    plan = LoadPlan(users=(2, 4, 8), rounds=3, noise=0.003, knee=False, skip=("open",), vitals=False)
    analysis = analyse(load(stored_load.write(tmp_path_factory.mktemp("load") / "run", plan)))
    assert analysis.load is not None
    return analysis.load.blocks[0]


def test_a_point_without_an_interval_says_so_and_a_wide_one_ends_in_an_arrow(sweep: Block) -> None:
    """Drawn as bare dots, the worst known points would look like the best."""
    curve = curves.throughput(sweep)[0]
    one, two, *others = curve.points
    wide = replace(one, low=one.y / 9, high=one.y * 9)
    unknown = replace(two, low=two.y, high=two.y, open=True)
    chart = replace(figures._closed(sweep)[0], curves=(replace(curve, points=(wide, unknown, *others)),))
    with style.look():
        drawn = charts.draw([chart], "found", "here")
    (axes,) = drawn.axes
    assert axes.get_ylim()[1] < wide.high
    arrows = [line for line in axes.lines if line.get_marker() == "^"]
    assert [list(line.get_ydata()) for line in arrows] == [[axes.get_ylim()[1]]]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == style.PAPER]
    assert [list(line.get_ydata()) for line in hollow] == [[two.y]]
    legend = axes.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["sync", charts.OPEN, charts.FAR]


def test_rounds_too_small_for_the_percentile_make_a_hollow_point(sweep: Block) -> None:
    """All of them together bear it, and so there is a value and no interval."""
    cell = sweep.cells[0]
    point = curves.tail(cell, 0, curves.service, 99.9 if cell.total.service.total > 20_000 else 99.0)
    assert point is None or point.open == (point.low == point.high)
    whole = curves.answered(replace(cell, throughput=geometric_mean([200.0])), 0)
    assert (whole.open, whole.low, whole.high) == (True, pytest.approx(200.0), pytest.approx(200.0))


def test_percentiles_of_what_is_not_valid_are_grey(sweep: Block) -> None:
    """The curve of a side with overloaded windows says so, and the title has no winner."""
    spoiled = Mark(MarkKind.OVERLOAD, Breach.ERRORS, 0.2, 0.01)
    cells = [
        replace(each, marks=((spoiled,), *each.marks[1:])) if each.subject.side == "async" else each
        for each in sweep.cells
    ]
    block = replace(sweep, cells=tuple(cells))
    assert [(curve.name, curve.tone) for curve in curves.percentiles(block, curves.service)] == [
        ("sync", style.SYNC),
        ("async (not valid)", style.VOID),
    ]


def test_the_title_of_percentiles_is_a_comparison(sweep: Block) -> None:
    """With its verdict: two numbers side by side would say more than is known."""
    [p99] = sweep.of(Kind.SIDES, metric=Metric.P99, level=sweep.headline)
    others = tuple(each for each in sweep.comparisons if each is not p99)

    def titled(**changes: Any) -> str:  # noqa: ANN401 - what a Comparison takes
        return titles.of_percentiles(replace(sweep, comparisons=(replace(p99, **changes), *others)))

    ratio = Ratio(0.8, Interval(0.7, 0.9), 0.01, 3, 3, 0.1)
    assert titled(ratio=ratio, verdict=Verdict.FASTER) == "p99 of async is 0.80x that of sync (8 users)"
    open_ = titled(ratio=ratio, verdict=Verdict.INCONCLUSIVE)
    assert open_ == "async / sync 0.80x (0.70-0.90) in p99: inconclusive (8 users)"
    assert titled(ratio=None, verdict=Verdict.NOT_VALID) == "async / sync: not valid (8 users)"
