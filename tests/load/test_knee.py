"""The search for the highest rate that keeps to an SLO, against scripted servers whose limit is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import pytest

from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model, Stage, Window
from bench.load.judging.conditions import parse_conditions
from bench.load.judging.knee import RESOLUTION, Bound, Knee, Met, Probe, Trial, bracket, knee, next_probes
from bench.load.judging.knee_windows import LONGEST_S, met, probe_windows, trials
from bench.load.reading.stage_folder import read_stage
from bench.load.schedule import Timing
from tests.load.scripted_load import Script, side, write_stage

SLO = parse_conditions("p99<200ms,errors<0.1%")
Answer = Callable[[Probe], Met]


def searched(answer: Answer, start_per_s: Mapping[str, float], repeats: int = 3) -> tuple[list[Trial], list[int]]:
    """Return all trials of a search, and how many probes each of its steps had."""
    done: list[Trial] = []
    steps: list[int] = []
    while probes := next_probes(start_per_s, done, repeats):
        done += [Trial(each, answer(each)) for each in probes]
        steps.append(len(probes))
        assert len(steps) < 30
    return done, steps


def up_to(**limits_per_s: float) -> Answer:
    """Return a server that meets the SLO up to a rate of each subject's own."""
    return lambda probe: Met.YES if probe.rate_per_s <= limits_per_s[probe.subject] else Met.NO


@pytest.mark.parametrize("limit_per_s", [30, 95, 100, 101, 237, 1_500])
def test_the_knee_is_found_from_either_side(limit_per_s: float) -> None:
    """Whether the search begins below or above it, the limit is in the interval, which is as wide as a bracket."""
    done, _ = searched(up_to(sync=limit_per_s), {"sync": 100})
    found = knee("sync", done)
    assert found.bound is Bound.WITHIN
    assert found.rate_per_s == pytest.approx(limit_per_s, rel=RESOLUTION - 1)
    assert found.low_per_s is not None
    assert found.high_per_s is not None
    assert found.low_per_s <= limit_per_s <= found.high_per_s
    assert found.repeats == 3


def test_both_sides_take_turns_in_every_step() -> None:
    """A step holds a rate for each side and repeat that is still open, so that one stage measures all of them."""
    done, steps = searched(up_to(sync=390, awaited=410), {"sync": 400, "awaited": 400})
    assert steps[0] == 6
    assert len(steps) <= 6
    assert {each.probe.repeat for each in done} == {0, 1, 2}
    assert {knee(name, done).bound for name in ("sync", "awaited")} == {Bound.WITHIN}


def test_every_repeat_ends_with_a_narrow_bracket() -> None:
    """The rate that was met and the one that was missed are at most the resolution apart."""
    done, _ = searched(up_to(sync=237), {"sync": 100})
    for repeat in range(3):
        found = bracket(each for each in done if each.probe.repeat == repeat)
        assert found.low_per_s is not None
        assert found.high_per_s is not None
        assert found.low_per_s <= 237 < found.high_per_s <= found.low_per_s * RESOLUTION * 1.000001


def test_repeats_try_rates_of_their_own() -> None:
    """They would agree by construction if all of them tried the same ones."""
    done, _ = searched(up_to(sync=237), {"sync": 100})
    rates = [each.probe.rate_per_s for each in done]
    assert len(rates) == len(set(rates))


def test_the_search_goes_on_from_what_was_tried() -> None:
    """What is next follows from the trials alone: an interrupted search ends as an uninterrupted one."""
    whole, steps = searched(up_to(sync=237), {"sync": 100})
    begun = whole[: sum(steps[:2])]
    assert next_probes({"sync": 100}, begun) == tuple(each.probe for each in whole[sum(steps[:2]) : sum(steps[:3])])


@pytest.mark.parametrize("start_per_s", [100, 900])
@pytest.mark.parametrize("spread", [0.05, 0.2])
def test_the_interval_of_a_noisy_server_holds_its_limit_as_often_as_it_says(spread: float, start_per_s: float) -> None:
    """A limit that moves by 5 % or 20 % between windows is in at least 90 of 100 intervals, and they are wider."""
    random, widths, held = Random(1), list[float](), 0

    def noisy(probe: Probe) -> Met:
        return Met.YES if probe.rate_per_s <= 237 * random.lognormvariate(0, spread) else Met.NO

    for _ in range(200):
        found = knee("sync", searched(noisy, {"sync": start_per_s})[0])
        assert found.low_per_s is not None
        assert found.high_per_s is not None
        held += found.low_per_s <= 237 <= found.high_per_s
        widths.append(found.high_per_s / found.low_per_s)
    assert held >= 180
    assert (median(widths) > 1.5) == (spread > 0.1)


def test_a_side_that_always_meets_is_at_least_what_was_tried() -> None:
    """The search ends at sixteen times its beginning and gives the highest rate that was met."""
    found = knee("sync", searched(up_to(sync=1e9), {"sync": 100})[0])
    assert (found.bound, found.low_per_s, found.high_per_s) == (Bound.AT_LEAST, None, None)
    assert found.rate_per_s == pytest.approx(1_600 * RESOLUTION ** (1 / 3))


def test_a_side_that_never_meets_is_below_what_was_tried() -> None:
    """The search ends at a sixteenth of its beginning and gives the lowest rate that was missed."""
    found = knee("sync", searched(up_to(sync=0), {"sync": 100})[0])
    assert (found.bound, found.low_per_s, found.high_per_s) == (Bound.BELOW, None, None)
    assert found.rate_per_s == pytest.approx(100 / 16 * RESOLUTION ** (1 / 3))


def test_beyond_the_generators_limit_the_knee_is_at_least_what_was_met() -> None:
    """A window that the generator may have spoiled proves no miss; the rates below it are still searched."""

    def limited(probe: Probe) -> Met:
        return Met.YES if probe.rate_per_s <= 237 else Met.GENERATOR_LIMITED

    found = knee("sync", searched(limited, {"sync": 100})[0])
    assert found.bound is Bound.AT_LEAST
    assert found.rate_per_s is not None
    assert 237 / RESOLUTION <= found.rate_per_s <= 237


def test_below_what_can_be_judged_the_knee_is_below() -> None:
    """Rates with too few requests end the search downwards."""

    def slow(probe: Probe) -> Met:
        return Met.TOO_FEW if probe.rate_per_s < 60 else Met.NO

    found = knee("sync", searched(slow, {"sync": 100})[0])
    assert found.bound is Bound.BELOW
    assert found.rate_per_s == pytest.approx(60, rel=0.1)


def test_rates_with_too_few_requests_are_doubled() -> None:
    """A beginning that cannot be judged is left upwards, up to sixteen times of it."""

    def few(probe: Probe) -> Met:
        return Met.TOO_FEW if probe.rate_per_s < 150 else up_to(sync=390)(probe)

    assert knee("sync", searched(few, {"sync": 30})[0]).rate_per_s == pytest.approx(390, rel=0.1)
    assert knee("sync", searched(few, {"sync": 5})[0]) == Knee("sync", Bound.UNKNOWN, None, None, None, 3)


def test_repeats_that_contradict_each_other_give_no_knee() -> None:
    """One met every rate and another none: nothing can be said."""

    def divided(probe: Probe) -> Met:
        return Met.YES if probe.repeat == 0 else Met.NO

    assert knee("sync", searched(divided, {"sync": 100})[0]) == Knee("sync", Bound.UNKNOWN, None, None, None, 3)


def test_one_repeat_gives_no_interval() -> None:
    """There is nothing over which it could be taken."""
    found = knee("sync", searched(up_to(sync=237), {"sync": 100}, repeats=1)[0])
    assert (found.bound, found.low_per_s, found.high_per_s, found.repeats) == (Bound.WITHIN, None, None, 1)


def test_what_was_not_tried_has_no_knee() -> None:
    """A search that was interrupted before its first step."""
    assert knee("sync", []) == Knee("sync", Bound.UNKNOWN, None, None, None, 0)


@pytest.mark.parametrize(("start", "repeats"), [(0, 3), (float("inf"), 3), (float("nan"), 3), (100, 0)])
def test_a_search_that_cannot_begin_is_refused(start: float, repeats: int) -> None:
    """It needs a rate above 0 to start from, and one repeat."""
    with pytest.raises(UsageError, match="a knee search needs"):
        next_probes({"sync": start}, [], repeats)


def test_a_knee_is_plain_data() -> None:
    """It is kept in load.json."""
    found = Knee("sync", Bound.AT_LEAST, 390.0, None, None, 3)
    assert found.as_data() == {
        "subject": "sync",
        "bound": "at least",
        "rate_per_s": 390.0,
        "low_per_s": None,
        "high_per_s": None,
        "repeats": 3,
    }


PROBES = tuple(
    Probe(f"UserById:{name}", repeat, 100 + 10 * repeat) for name in ("sync", "async") for repeat in (0, 1, 2)
)


def test_the_windows_of_a_step_are_those_of_its_probes() -> None:
    """In random order that follows from seed and step; the repeat is the round."""
    timing = Timing(rounds=1, seed=3, arrivals=Arrivals.CONSTANT)
    windows = probe_windows(PROBES, SLO, timing, 0)
    assert {(each.subject, each.round, each.rate_per_s) for each in windows} == {
        (each.subject, each.repeat, each.rate_per_s) for each in PROBES
    }
    assert {(each.model, each.arrivals) for each in windows} == {(Model.OPEN, Arrivals.CONSTANT)}
    assert [each.number for each in windows] == list(range(6))
    assert windows == probe_windows(PROBES, SLO, timing, 0)
    assert [each.subject for each in windows] != [each.subject for each in probe_windows(PROBES, SLO, timing, 1)]
    assert len({each.seed for each in windows}) == 6


@pytest.mark.parametrize(
    ("rate_per_s", "slo", "seconds"),
    [(1_000, "p99<1s", 5), (100, "p99<1s", 11.5), (2, "p99<1s", LONGEST_S), (2, "errors<1%", 5)],
)
def test_a_window_is_as_long_as_the_slo_needs(rate_per_s: float, slo: str, seconds: float) -> None:
    """A p99 needs 1,000 requests and some to spare; what is too slow for that within a minute stays unjudged."""
    (window,) = probe_windows([Probe("sync", 0, rate_per_s)], parse_conditions(slo), Timing(rounds=1), 0)
    assert window.measure_s == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({}, Met.YES),
        ({"response_ms": (300,)}, Met.NO),
        ({"response_ms": (300,), "cpu": 0.95}, Met.GENERATOR_LIMITED),
        ({"cpu": 0.95}, Met.YES),
        ({"scheduled": 2_000}, Met.GENERATOR_LIMITED),
        ({"lost": ["w-1"]}, Met.GENERATOR_LIMITED),
        ({"dropped": 100}, Met.NO),
        ({"ok": {"GET /": 1_990}, "service_ms": (10,) * 1_975 + (300,) * 15}, Met.YES),
        ({"ok": {"GET /": 1_990}, "service_ms": (10,) * 1_975 + (300,) * 15, "dropped": 10}, Met.NO),
        ({"errors": {"POST /orders": {"503": 2}}}, Met.NO),
        ({"ok": {"GET /": 999}}, Met.TOO_FEW),
        ({"ok": {"GET /": 500}, "errors": {"GET /": {"503": 2}}}, Met.NO),
    ],
)
def test_a_window_meets_the_slo_or_not(tmp_path: Path, script: dict[str, Any], expected: Met) -> None:
    """A busy generator cannot make times shorter, so what was met in spite of it counts; a miss does not."""
    window = Window(number=0, round=2, subject="UserById:sync", model=Model.OPEN, rate_per_s=200)
    stage = Stage(name="knee", subjects=(side("sync"),), windows=(window,))
    reading = read_stage(write_stage(tmp_path / "s", stage, {0: Script(**script)}))
    assert met(reading.windows[0], SLO, None) is expected
    assert trials([reading], SLO, None) == (Trial(Probe("UserById:sync", 2, 200), expected),)
