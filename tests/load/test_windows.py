"""The order of windows, the end of a sweep."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

import pytest

from bench.core.errors import UsageError
from bench.core.load_plan import Model, Stage
from bench.core.ratios import UNKNOWN
from bench.load.judging.sweep import next_users, peak_per_s
from bench.load.reading.cells import Cell
from bench.load.reading.means import Mean
from bench.load.reading.readings import ALL, merged
from bench.load.schedule import Timing, closed_windows, open_windows, renumbered, with_twins
from tests.load.scripted_load import side

SUBJECTS = with_twins([side("sync"), side("async"), side("sync", "Shopper"), side("async", "Shopper")])
TIMING = Timing(rounds=6, discard_s=0.5, measure_s=2, seed=7)


def test_the_first_side_of_each_pair_has_a_twin() -> None:
    """The A/A twin asks the same class at the same host under another id."""
    twins = {each.id: each for each in SUBJECTS if each.twin_of}
    assert {name: each.twin_of for name, each in twins.items()} == {
        "UserById:sync~twin": "UserById:sync",
        "Shopper:sync~twin": "Shopper:sync",
    }
    assert twins["Shopper:sync~twin"].user_class == "Shopper_sync"


def test_every_round_asks_every_subject_at_every_level_once() -> None:
    """A round is complete, so each of its windows has a partner for each comparison."""
    windows = closed_windows(SUBJECTS, [1, 2, 4], TIMING)
    found = Counter((each.round, each.subject, each.users) for each in windows)
    assert set(found.values()) == {1}
    assert len(found) == 6 * len(SUBJECTS) * 3
    assert [each.number for each in windows] == list(range(len(windows)))
    assert {(each.model, each.discard_s, each.measure_s) for each in windows} == {(Model.CLOSED, 0.5, 2)}
    Stage(name="sweep", subjects=SUBJECTS, windows=windows)


def test_subjects_of_a_level_follow_each_other_with_one_seed() -> None:
    """What is compared is measured within seconds, on the same arrivals; no other window has the seed."""
    runs = [(key, list(run)) for key, run in groupby(open_windows(SUBJECTS, [50, 100], TIMING), lambda each: each.seed)]
    assert len(runs) == len({seed for seed, _ in runs}) == 6 * 2
    for _, run in runs:
        assert {each.subject for each in run} == {each.id for each in SUBJECTS}
        assert len({(each.round, each.rate_per_s) for each in run}) == 1


def test_the_order_is_random_and_follows_from_the_seed() -> None:
    """Rounds differ in their order; the same seed gives the same windows, another one others."""
    windows = closed_windows(SUBJECTS, [8], TIMING)
    assert len({tuple(each.subject for each in windows if each.round == number) for number in range(6)}) > 3
    assert windows == closed_windows(SUBJECTS, [8], TIMING)
    assert windows != closed_windows(SUBJECTS, [8], Timing(rounds=6, discard_s=0.5, measure_s=2, seed=8))


def test_windows_of_several_origins_get_numbers_of_one_stage() -> None:
    """Closed and open windows can stand in one stage."""
    both = renumbered([*closed_windows(SUBJECTS, [8], TIMING), *open_windows(SUBJECTS, [9], TIMING)])
    assert [each.number for each in both] == list(range(len(both)))


@pytest.mark.parametrize("kept", [{"rounds": 0}, {"rounds": 1, "measure_s": 0}, {"rounds": 1, "discard_s": -1}])
def test_a_timing_that_measures_nothing_is_refused(kept: dict[str, Any]) -> None:
    """The message says what a window needs."""
    with pytest.raises(UsageError, match="windows need one round"):
        Timing(**kept)


def test_a_level_of_nothing_is_refused() -> None:
    """No users and no arrivals are no load."""
    with pytest.raises(UsageError, match="users or a rate above 0, not 0"):
        closed_windows(SUBJECTS, [1, 0], TIMING)
    with pytest.raises(UsageError, match="users or a rate above 0, not -5"):
        open_windows(SUBJECTS, [-5], TIMING)


def measured(**throughputs: list[float]) -> list[Cell]:
    """Return the cells of a sweep that doubles its users, by subject."""
    nothing = merged(ALL, [])
    return [
        Cell(side("sync", id=name), Model.CLOSED, 2**step, (), (), (), nothing, Mean(value, UNKNOWN))
        for name, values in throughputs.items()
        for step, value in enumerate(values)
    ]


def test_a_sweep_doubles_until_neither_side_grows() -> None:
    """Growth of one side alone goes on; 5 % and less on both is the end."""
    assert next_users([], 64) == 1
    assert next_users(measured(sync=[100], awaited=[90]), 64) == 2
    assert next_users(measured(sync=[100, 101], awaited=[90, 150]), 64) == 4
    assert next_users(measured(sync=[100, 101, 99], awaited=[90, 150, 157.5]), 64) is None
    assert next_users(measured(sync=[100, 101, 99], awaited=[90, 150, 158]), 64) == 8


def test_a_sweep_ends_at_its_limit() -> None:
    """It never asks for more users than allowed, however much the throughput grows."""
    assert next_users(measured(sync=[1, 2, 4, 8]), 16) == 16
    assert next_users(measured(sync=[1, 2, 4, 8]), 15) is None


def test_the_peak_is_the_best_level() -> None:
    """It may lie before the last level; a subject that was not measured has none."""
    cells = measured(sync=[100, 190, 150], awaited=[90, 150, 157])
    assert [peak_per_s(cells, name) for name in ("sync", "awaited", "other")] == [190, 157, 0]
