"""Paired ratios of subjects that took turns, their floor, and who may win."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import pytest

from bench.core.load_plan import Model, Stage, Subject, Window
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric, compare, main_metric
from bench.load.reading.cells import cells
from bench.load.reading.readings import StageReading
from bench.load.reading.stage_folder import read_stage
from bench.load.schedule import Timing, closed_windows, open_windows, with_twins
from tests.load.scripted_load import MS, Script, side, write_stage

GET = "GET /users/{user_id}"
BOTH = with_twins([side("sync"), side("async")])
Play = Callable[[Window], Script]


def played(folder: Path, subjects: tuple[Subject, ...], windows: tuple[Window, ...], play: Play) -> StageReading:
    """Return a stage each of whose windows came to what the function says."""
    stage = Stage(name=folder.name, subjects=subjects, windows=windows)
    return read_stage(write_stage(folder, stage, {each.number: play(each) for each in windows}))


def closed(folder: Path, play: Play, rounds: int = 8, subjects: tuple[Subject, ...] = BOTH) -> StageReading:
    """Return a closed stage of one level."""
    return played(folder, subjects, closed_windows(subjects, [4], Timing(rounds=rounds)), play)


def by_place(found: tuple[Comparison, ...]) -> Mapping[tuple[Kind, Metric], Comparison]:
    """Return comparisons of one pair, setting and level."""
    return {(each.kind, each.metric): each for each in found}


def jitter(window: Window) -> float:
    """Return a disturbance of up to 1 % that is this window's own."""
    return 1 + Random(window.number).uniform(-0.01, 0.01)


def half_as_slow(window: Window) -> Script:
    """Async takes two thirds of the time that sync takes, and answers half as much more."""
    factor = (1.5 if "async" in window.subject else 1.0) * jitter(window)
    return Script(ok={GET: round(2_000 * factor)}, service_ms=(30 / factor,))


def test_ratios_are_paired_over_rounds_and_below_1_where_async_is_better(tmp_path: Path) -> None:
    """1.5 times as many answers is 0.67 of the seconds for each; the percentiles say the same of their times."""
    found = by_place(compare([closed(tmp_path / "s", half_as_slow)], None))
    for metric in Metric:
        each = found[Kind.SIDES, metric]
        assert (each.numerator.side, each.denominator.side, each.level, each.rounds) == ("async", "sync", 4, 8)
        assert each.ratio is not None
        assert each.ratio.passes == 8
        assert each.ratio.estimate == pytest.approx(1 / 1.5, rel=0.01)
        assert each.ratio.interval.contains(1 / 1.5)
        assert each.verdict is Verdict.FASTER


def test_the_twin_gives_the_floor_and_no_verdict(tmp_path: Path) -> None:
    """A/A intervals around 1 make the floor of the pair, in the same metric at the same level."""
    found = by_place(compare([closed(tmp_path / "s", half_as_slow)], None))
    twin, sides = found[Kind.NOISE, Metric.P50], found[Kind.SIDES, Metric.P50]
    assert (twin.numerator.twin_of, twin.verdict) == (twin.denominator.id, Verdict.INCONCLUSIVE)
    assert twin.ratio is not None
    assert sides.floor is not None
    assert sides.floor.reach == pytest.approx(twin.ratio.interval.reach)


def test_sides_that_do_the_same_are_equivalent(tmp_path: Path) -> None:
    """A difference within the margin is none."""
    found = by_place(compare([closed(tmp_path / "s", lambda window: Script(service_ms=(20 * jitter(window),)))], None))
    assert found[Kind.SIDES, Metric.P50].verdict is Verdict.EQUIVALENT
    assert found[Kind.SIDES, Metric.THROUGHPUT].verdict is Verdict.EQUIVALENT


def test_one_round_gives_no_ratio(tmp_path: Path) -> None:
    """Without a second round there is no interval, and nothing is said."""
    for each in compare([closed(tmp_path / "s", half_as_slow, rounds=1)], None):
        assert (each.ratio, each.verdict, each.rounds) == (None, Verdict.INCONCLUSIVE, 1)


def test_rounds_are_put_together_until_they_bear_the_percentile(tmp_path: Path) -> None:
    """250 requests a window: a p95 from each round, a p99 from four together, so that eight rounds give two passes."""
    few = closed(tmp_path / "s", lambda window: Script(ok={GET: 250}, service_ms=(20 * jitter(window),)))
    passes = {each.metric: each.ratio and each.ratio.passes for each in compare([few], None) if each.kind is Kind.SIDES}
    assert passes == {Metric.THROUGHPUT: 8, Metric.P50: 8, Metric.P95: 8, Metric.P99: 2}


def test_a_percentile_that_two_halves_do_not_bear_has_no_ratio(tmp_path: Path) -> None:
    """The p99 of 800 requests in all is not compared, and says so by an empty ratio."""
    few = closed(tmp_path / "s", lambda _: Script(ok={GET: 100}))
    found = by_place(compare([few], None))[Kind.SIDES, Metric.P99]
    assert (found.ratio, found.verdict) == (None, Verdict.INCONCLUSIVE)


@pytest.mark.parametrize("spoiled", [{"errors": {GET: {"503": 300}}}, {"lost": ["w-1"]}])
def test_a_single_overloaded_window_voids_the_comparison(tmp_path: Path, spoiled: dict[str, Any]) -> None:
    """Errors and lost workers are no disturbance that averages out."""

    def play(window: Window) -> Script:
        script = half_as_slow(window)
        return Script(ok=script.ok, service_ms=script.service_ms, **(spoiled if window.number == 0 else {}))

    reading = closed(tmp_path / "s", play, subjects=BOTH[:2])
    assert {each.verdict for each in compare([reading], None)} == {Verdict.NOT_VALID}


def test_nobody_wins_where_nothing_was_answered(tmp_path: Path) -> None:
    """A side without a good answer has no throughput to divide by."""
    reading = closed(tmp_path / "s", lambda _: Script(ok={}, errors={GET: {"503": 50}}))
    found = by_place(compare([reading], None))[Kind.SIDES, Metric.THROUGHPUT]
    assert (found.ratio, found.verdict) == (None, Verdict.NOT_VALID)
    assert {cell.throughput.estimate for cell in cells([reading], None)} == {0.0}


def test_open_windows_compare_response_times_alone(tmp_path: Path) -> None:
    """Their throughput is what was asked for; a stall shows in the response and not in the service time."""
    windows = open_windows(BOTH, [200], Timing(rounds=4))

    def play(window: Window) -> Script:
        return Script(response_ms=(40 * jitter(window) if "async" in window.subject else 20 * jitter(window),))

    found = by_place(compare([played(tmp_path / "s", BOTH, windows, play)], None))
    assert {metric for _, metric in found} == {Metric.P50, Metric.P95, Metric.P99}
    ratio = found[Kind.SIDES, Metric.P95].ratio
    assert ratio is not None
    assert ratio.estimate == pytest.approx(2, rel=0.02)
    assert found[Kind.SIDES, Metric.P95].verdict is Verdict.SLOWER


def test_settings_are_compared_on_each_side_and_as_remedies(tmp_path: Path) -> None:
    """A larger pool against the first one, side by side, and against the other side that keeps the first pool."""
    subjects = tuple(
        side(name, id=f"{name}-{pool}", setting={"pool size": pool}) for pool in (5, 20) for name in ("sync", "async")
    )
    found = {
        (each.kind, each.numerator.id, each.denominator.id)
        for each in compare([closed(tmp_path / "s", half_as_slow, 2, subjects)], None)
    }
    assert found == {
        (Kind.SIDES, "async-5", "sync-5"),
        (Kind.SIDES, "async-20", "sync-20"),
        (Kind.SETTINGS, "sync-20", "sync-5"),
        (Kind.SETTINGS, "async-20", "async-5"),
        (Kind.REMEDY, "async-5", "sync-20"),
    }


def test_a_nearer_database_is_no_remedy(tmp_path: Path) -> None:
    """Delays are compared on each side and sides at each delay, never one side here with the other there."""
    subjects = tuple(
        side(name, id=f"{name}-{ms}", setting={"delay ms": ms}) for ms in (0, 5) for name in ("sync", "async")
    )
    kinds = [each.kind for each in compare([closed(tmp_path / "s", half_as_slow, 2, subjects)], None)]
    assert set(kinds) == {Kind.SIDES, Kind.SETTINGS}


def test_pairs_are_not_mixed(tmp_path: Path) -> None:
    """Every comparison is of one pair."""
    subjects = with_twins([side("sync"), side("async"), side("sync", "Shopper"), side("async", "Shopper")])
    for each in compare([closed(tmp_path / "s", half_as_slow, 2, subjects)], None):
        assert each.numerator.pair == each.denominator.pair


def barely(window: Window) -> float:
    """Return what 8 rounds of it make a ratio of 1.05 with, whose p-value is 0.031: clear alone, and not among two."""
    return math.exp(0.051 + 0.05 * (-1) ** window.round) if "async" in window.subject else 1.0


@pytest.mark.parametrize(
    ("levels", "verdict"), [([4], Verdict.FASTER), ([4, 8], Verdict.INCONCLUSIVE), ([2, 4, 8], Verdict.INCONCLUSIVE)]
)
def test_the_main_question_is_a_family_of_its_own(tmp_path: Path, levels: list[int], verdict: Verdict) -> None:
    """Throughput at one level is not weakened by three percentiles that say the same; at two levels it is corrected."""

    def play(window: Window) -> Script:
        return Script(ok={GET: round(2_000 * barely(window))}, service_ms=(20 / barely(window),))

    reading = played(tmp_path / "s", BOTH[:2], closed_windows(BOTH[:2], levels, Timing(rounds=8)), play)
    found = compare([reading], None)
    assert all(0.025 < each.ratio.p_value < 0.05 for each in found if each.ratio is not None)
    words = {metric: {each.verdict for each in found if each.metric is metric} for metric in Metric}
    assert words[Metric.THROUGHPUT] == {verdict}
    assert words[Metric.P50] == words[Metric.P95] == words[Metric.P99] == {Verdict.INCONCLUSIVE}


def opened(folder: Path, requests: int) -> tuple[Comparison, ...]:
    """Return the comparisons of open windows of so many requests each."""

    def play(window: Window) -> Script:
        return Script(ok={GET: requests}, response_ms=(20 / barely(window),))

    return compare([played(folder, BOTH[:2], open_windows(BOTH[:2], [200], Timing(rounds=8)), play)], None)


@pytest.mark.parametrize(
    ("requests", "main"), [(1_100, Metric.P99), (120, Metric.P95), (30, Metric.P50), (2, Metric.P99)]
)
def test_open_sides_are_compared_first_in_the_slowest_percentile_that_is_borne(
    tmp_path: Path, requests: int, main: Metric
) -> None:
    """How many requests there are says which, and not what they came to; of too few the slowest stays open."""
    assert main_metric(Model.OPEN, opened(tmp_path / "s", requests)) is main


def test_the_slowest_percentile_of_open_windows_is_a_family_of_its_own(tmp_path: Path) -> None:
    """It is clear, and the other two, which are no clearer, are not: there are two of them."""
    found = by_place(opened(tmp_path / "s", 1_100))
    assert found[Kind.SIDES, Metric.P99].verdict is Verdict.FASTER
    others = [found[Kind.SIDES, metric] for metric in (Metric.P95, Metric.P50)]
    assert [each.verdict for each in others] == [Verdict.INCONCLUSIVE] * 2
    assert all(0.025 < each.ratio.p_value < 0.05 for each in others if each.ratio is not None)


def test_all_else_is_the_other_family(tmp_path: Path) -> None:
    """What one comparison alone could claim is not claimed among many: p-values are corrected over all stages."""

    def play(window: Window) -> Script:
        slow = 1.06 if "async" in window.subject else 1.0
        return Script(service_ms=(20 * slow * (1 + Random(window.seed * 2 + len(window.subject)).gauss(0, 0.035)),))

    one = closed(tmp_path / "0", play, subjects=BOTH[:2])
    alone = by_place(compare([one], None))[Kind.SIDES, Metric.P50]
    assert alone.ratio is not None
    assert 0.001 < alone.ratio.p_value < 0.0167
    assert alone.verdict is Verdict.SLOWER
    others = [
        played(
            tmp_path / str(users),
            BOTH[:2],
            closed_windows(BOTH[:2], [users], Timing(rounds=2)),
            lambda window: Script(service_ms=(20 * jitter(window),)),
        )
        for users in range(5, 25)
    ]
    among = next(each for each in compare([one, *others], None) if each.level == 4 and each.metric is Metric.P50)
    assert among.ratio == alone.ratio
    assert among.verdict is Verdict.INCONCLUSIVE


def test_a_cell_adds_its_rounds_up(tmp_path: Path) -> None:
    """Percentiles are of all requests together, not a mean of the rounds' percentiles; the throughput is a mean."""
    windows = open_windows(BOTH[:1], [200], Timing(rounds=2))
    slow_second_round = {0: Script(dropped=2, late=1), 1: Script(service_ms=(90.0,), ok={GET: 1_100}, dropped=1)}
    reading = played(tmp_path / "s", BOTH[:1], windows, lambda window: slow_second_round[window.round])
    (cell,) = cells([reading], ceiling_per_s=300)
    assert (cell.model, cell.level, len(cell.windows), cell.total.ok) == (Model.OPEN, 200, 2, 2_100)
    assert cell.total.response.percentile_ns(50) == pytest.approx(90 * MS, rel=1e-3)
    assert (cell.scheduled, cell.dropped, cell.late) == (2_103, 3, 1)
    assert cell.throughput.estimate == pytest.approx(math.sqrt(200 * 220))
    assert cell.throughput.interval.contains(210)
    assert [len(each) for each in cell.marks] == [1, 1]
    endpoint = cell.endpoint(GET)
    assert endpoint is not None
    assert endpoint.ok == 2_100
    assert cell.endpoint("POST /orders") is None
