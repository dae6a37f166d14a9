"""Where ratios cross 1, on scripted series."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import scripted
import stored

from bench.core.contrasts import Question
from bench.core.ratios import UNKNOWN, Interval, Ratio
from bench.core.verdicts import Verdict
from bench.report.answer import crossover_text
from bench.report.figures import crossover_figure, style
from bench.report.figures.crossover_figure import spread
from bench.report.findings.analysis import Analysis, analyse
from bench.report.findings.crossover import Crossing, Curve, Point, Series, crossings, series
from bench.report.making import making
from bench.report.reading.delays import Delay, measured
from bench.report.reading.records import DelayMeasured, Overhead, Unit
from bench.report.reading.results import load

ASKED_MS = [0.0, 0.25, 1.0]


def point(added_ms: float, log_ratio: float, half_width: float = 0.2, *, corrected: bool = True) -> Point:
    """Return a measured ratio by its log and that of its interval; with no verdict where it did not stay corrected."""
    estimate = math.exp(log_ratio)
    interval = Interval(math.exp(log_ratio - half_width), math.exp(log_ratio + half_width))
    winner = Verdict.FASTER if log_ratio < 0 else Verdict.SLOWER
    word = Verdict.INCONCLUSIVE if interval.contains(1) or not corrected else winner
    return Point(added_ms, Ratio(estimate, interval, 0.01, 8, 48, 0.01), word)


Ends = tuple[float | None, float | None]


def crossing(at_ms: float, bounds: Ends, decided: Ends, *, rising: bool) -> Crossing:
    """Return a crossing to compare with, up to the last bits."""
    low_ms, high_ms = (None if each is None else pytest.approx(each) for each in bounds)
    return Crossing(pytest.approx(at_ms), low_ms, high_ms, rising, *decided)


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        ([(0, 0.4), (1, -0.4)], crossing(0.5, (0.25, 0.75), (0, 1), rising=False)),
        ([(0, -0.4), (1, 0.4)], crossing(0.5, (0.25, 0.75), (0, 1), rising=True)),
        ([(0, 0.4), (1, 0.1), (3, -0.3)], crossing(1.5, (2 / 3, 2.5), (0, 3), rising=False)),
        ([(0, 0.1), (1, -0.3)], crossing(0.25, (None, 0.75), (None, 1), rising=False)),
        ([(0, 0.3), (1, -0.1)], crossing(0.75, (0.25, None), (0, None), rising=False)),
        ([(0, 0.1), (1, -0.1)], crossing(0.5, (None, None), (None, None), rising=False)),
        ([(0, 0.4), (2, 0.0), (3, -0.4)], crossing(2.0, (1.0, 2.5), (0, 3), rising=False)),
        ([(0, 0.9), (1, 0.4), (2, -0.4), (3, -0.9)], crossing(1.5, (1.25, 1.75), (1, 2), rising=False)),
    ],
)
def test_a_crossing_has_the_delays_at_which_the_bounds_cross(
    logs: list[tuple[float, float]], expected: Crossing
) -> None:
    """All by straight lines between log ratios; an end that lies outside of what was measured is open."""
    assert crossings([point(*each) for each in logs]) == (expected,)


@pytest.mark.parametrize(
    "logs",
    [
        [(0, 0.4), (1, 0.1), (3, 0.3)],
        [(0, -0.4), (1, -0.1)],
        [(0, 0.4), (1, 0.0), (3, 0.3)],
        [(0, 0.4), (1, 0.0)],
    ],
)
def test_a_ratio_that_stays_on_its_side_crosses_nothing(logs: list[tuple[float, float]]) -> None:
    """Neither an interval that holds 1 nor a ratio that touches it is a crossing."""
    assert crossings([point(*each) for each in logs]) == ()


def test_each_of_several_crossings_has_the_bounds_beside_it() -> None:
    """Down and up again: the interval of each is its own."""
    found = crossings([point(0, 0.4), point(1, -0.4), point(2, 0.4)])
    assert found == (
        crossing(0.5, (0.25, 0.75), (0, 1), rising=False),
        crossing(1.5, (1.25, 1.75), (1, 2), rising=True),
    )


def test_a_verdict_beyond_the_next_crossing_speaks_for_no_other() -> None:
    """Faster at 0 ms says nothing of the second crossing, before which the verdict was left open."""
    first, second = crossings([point(0, -0.4), point(1, 0.4), point(2, -0.4, corrected=False), point(3, 0.4)])[::2]
    assert (first.until_ms, first.from_ms) == (0, 1)
    assert (second.until_ms, second.from_ms) == (None, 3)


def test_what_the_correction_left_open_is_not_told_as_faster(delayed: Analysis) -> None:
    """The interval alone leaves out 1 at 1 ms, where the verdict is inconclusive: faster is told from 3 ms on."""
    points = point(0, 0.4), point(1, -0.3, corrected=False), point(3, -0.4)
    curve = Curve(Question.MODE, "equal", "psycopg_async", "psycopg", points)
    (said, *_) = crossover_text.sentences(replace(the_series(delayed), sync=(), async_=(), modes=(curve,)))
    assert said.endswith(": psycopg_async is slower up to 0.0 ms and faster from 3.0 ms on.")


def test_without_intervals_the_ends_are_open() -> None:
    """One pass tells where the estimate crosses and nothing about how sure that is."""
    unknown = (
        Point(each, Ratio(ratio, UNKNOWN, 1.0, 1, 6, math.inf), Verdict.INCONCLUSIVE)
        for each, ratio in ((0.0, 2.0), (1.0, 0.5))
    )
    assert crossings(list(unknown)) == (crossing(0.5, (None, None), (None, None), rising=False),)


@pytest.fixture(scope="module")
def delayed(tmp_path_factory: pytest.TempPathFactory) -> Analysis:
    """Return a run under three delays: joined costs more and makes one round trip less than its baseline."""
    plan = stored.Plan(parameters={"parents": [20], "delay_ms": ASKED_MS})
    return analyse(load(stored.write(tmp_path_factory.mktemp("delays") / "run", plan)))


def the_series(analysis: Analysis) -> Series:
    """Return the only series."""
    (found,) = series(analysis)
    return found


def test_groups_that_differ_in_their_delay_alone_are_a_series(delayed: Analysis) -> None:
    """First sync and first async driver, variants that give the full answer, and every mode pair."""
    found = the_series(delayed)
    assert [delay.asked_ms for delay in found.delays] == ASKED_MS
    assert found.parameters == {"parents": 20}
    names = ["joined", "subquery", "select", "core_join"]
    assert [(curve.variant, curve.driver) for curve in found.sync] == [(name, "psycopg") for name in names]
    assert [(curve.variant, curve.driver) for curve in found.async_] == [(name, "psycopg_async") for name in names]
    assert [curve.variant for curve in found.modes] == ["selectin", *names]


def test_the_horizontal_axis_is_what_was_measured(delayed: Analysis) -> None:
    """Twice the delay asked for and the proxy's own part, not the number that was asked for."""
    proxy_ms = scripted.PROXY_NS / 1e6
    expected = [pytest.approx(2 * asked + proxy_ms) for asked in ASKED_MS]
    assert [each.added_ms for each in the_series(delayed).sync[0].points] == expected


def test_the_scripted_crossing_is_found(delayed: Analysis) -> None:
    """Joined is level where the round trip that it saves costs what it loses: 0.42 times the baseline's own time."""
    curve = the_series(delayed).sync[0]
    (found,) = curve.crossings
    own_ms = 20**0.8 * 1e5 / 1e6
    assert found.at_ms == pytest.approx(0.42 * own_ms, rel=0.15)
    assert found.low_ms is not None
    assert found.high_ms is not None
    assert found.low_ms < found.at_ms < found.high_ms
    assert not found.rising


def test_the_sentences_tell_crossings_what_stays_and_the_proxy(delayed: Analysis) -> None:
    """One sentence a crossing, one for all that stay on their side, one for the cost of the proxy."""
    first, *_, never, proxy = crossover_text.sentences(the_series(delayed))
    assert first.startswith("joined / selectin on psycopg crosses 1 at a round-trip delay of 0.")
    assert first.endswith("joined is slower up to 0.050 ms and faster from 0.55 ms on.")
    assert never.startswith("Not crossed between 0.050 and 2.0 ms: subquery, select, core_join / selectin on psycopg;")
    assert proxy == "The proxy itself adds 0.050 ms to a round trip."
    assert crossover_text.headline(the_series(delayed)).startswith("joined / selectin on psycopg crosses 1 at 0.")


NAME = "psycopg_async / psycopg for equal"
LAST = "equal for psycopg_async / psycopg"
ORDER = "psycopg_async is faster up to 0.0 ms and slower from 1.0 ms on"
OPEN = "no difference could be shown"


@pytest.mark.parametrize(
    ("logs", "title", "told"),
    [
        (
            [(0, -0.4), (1, 0.4)],
            f"{NAME} crosses 1 at 0.50 ms",
            f"{NAME} crosses 1 at a round-trip delay of 0.50 ms (0.25-0.75): {ORDER}",
        ),
        ([(0, -0.3), (1, 0.1)], f"{NAME}: psycopg_async is faster up to 0.0 ms; above, {OPEN}", None),
        ([(0, 0.3), (1, -0.1)], f"{NAME}: psycopg_async is slower up to 0.0 ms; above, {OPEN}", None),
        ([(0, 0.1), (1, -0.3)], f"{NAME}: psycopg_async is faster from 1.0 ms on; below, {OPEN}", None),
        ([(0, -0.1), (1, 0.3)], f"{NAME}: psycopg_async is slower from 1.0 ms on; below, {OPEN}", None),
        (
            [(0, 0.1), (1, -0.1)],
            "No ratio clearly crosses 1 between 0.050 and 2.0 ms",
            f"Crossed between 0.050 and 2.0 ms without a verdict on either side: {LAST}",
        ),
        (
            [(0, 0.4), (1, 0.3)],
            "No ratio crosses 1 between 0.050 and 2.0 ms",
            f"Not crossed between 0.050 and 2.0 ms: {LAST}",
        ),
    ],
)
def test_a_crossing_is_told_where_verdicts_name_a_winner_on_both_sides(
    delayed: Analysis, logs: list[tuple[float, float]], title: str, told: str | None
) -> None:
    """With one it is told up to where, or from where on, one side is faster; beyond, nothing was shown."""
    curve = Curve(Question.MODE, "equal", "psycopg_async", "psycopg", tuple(point(*each) for each in logs))
    alone = replace(the_series(delayed), sync=(), async_=(), modes=(curve,))
    assert crossover_text.headline(alone) == title
    assert crossover_text.sentences(alone)[0] == f"{told or title}."


def test_a_title_prefers_a_crossing_that_was_shown(delayed: Analysis) -> None:
    """It gives the first with both ends, and how many more there are; half a crossing comes after."""
    half, whole = (tuple(point(*each) for each in logs) for logs in ([(0, -0.3), (1, 0.1)], [(0, -0.4), (1, 0.4)]))
    curves = [Curve(Question.MODE, "equal", "psycopg_async", "psycopg", points) for points in (half, whole, whole)]
    title = crossover_text.headline(replace(the_series(delayed), sync=(), async_=(), modes=tuple(curves)))
    assert title == f"{NAME} crosses 1 at 0.50 ms, and 1 more cross"


def test_how_it_was_made_lists_the_measured_delays(delayed: Analysis) -> None:
    """Each delay stands with what `SELECT 1` took and what that was more than on the direct way."""
    assert making(delayed).delays == [
        (
            "PostgreSQL 18.6, 0 ms asked in each direction",
            "SELECT 1 takes 0.150 ms. The proxy itself adds 0.050 ms to a round trip.",
        ),
        (
            "PostgreSQL 18.6, 0.25 ms asked in each direction",
            "SELECT 1 takes 0.650 ms, 0.550 ms more than on the direct way",
        ),
        (
            "PostgreSQL 18.6, 1 ms asked in each direction",
            "SELECT 1 takes 2.15 ms, 2.05 ms more than on the direct way",
        ),
    ]


def test_without_delays_there_is_no_series(analysis: Analysis) -> None:
    """A run on the direct way has nothing to cross."""
    assert series(analysis) == []
    assert making(analysis).delays == []


def test_delays_are_medians_over_passes() -> None:
    """One pass that was disturbed moves nothing."""
    units = [
        Unit(f"pass{number}", number, "postgresql", Overhead(), delays=(DelayMeasured(0.5, select_1, 100.0),))
        for number, select_1 in enumerate((1100.0, 1200.0, 9000.0), start=1)
    ]
    assert measured(units) == {("postgresql", 0.5): Delay(0.5, 1200.0, 1100.0)}


def test_names_that_would_meet_are_moved_apart_around_their_middle() -> None:
    """Places that are far enough apart stay."""
    assert spread([0.0, 1.0, 2.0], 0.5) == [0.0, 1.0, 2.0]
    assert spread([1.0, 1.0, 1.0], 0.5) == [0.5, 1.0, 1.5]
    assert spread([], 0.5) == []


def test_a_panel_has_as_many_curves_as_can_be_told_apart(delayed: Analysis) -> None:
    """Three of the modes, whose bands lie over each other; each name has the mark of its curve before it."""
    series_ = the_series(delayed)
    many = tuple(replace(curve, variant=variant) for curve in series_.modes[:1] for variant in ("a", "b", "c", "d"))
    changed = replace(series_, modes=many)
    assert crossover_figure._of_all(many, crossover_figure.MOST_MODES) == ": 3 of 4"
    assert len(crossover_figure._clearest(changed.modes, crossover_figure.MOST_MODES)) == 3
    with style.look():
        axes = crossover_figure.draw(series_, "title", "place").axes[0]
    drawn = [line.get_marker() for line in axes.lines if len(list(line.get_xdata())) > 1][1:]
    beside = [line.get_marker() for line in axes.lines if len(list(line.get_xdata())) == 1]
    assert sorted(map(str, drawn)) == sorted(map(str, beside))
    assert len(axes.texts) == len(beside)
