"""The ladder's order, what wrk says, and the ratios and the table that follow from it."""

from __future__ import annotations

import json
from collections import Counter
from io import StringIO
from itertools import groupby

import pytest
from rich.console import Console

from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError
from bench.core.verdicts import Verdict
from bench.ladder.generator import LARGEST_ID, Load, read_load
from bench.ladder.plan import IDS, Endpoint, Plan, Window
from bench.ladder.rung import TITLES, Rung
from bench.ladder.standings import standings
from bench.ladder.table import show
from scenarios.shop_data import SHOP


def windows_of(plan: Plan, elapsed_us: dict[Rung, int], errors: dict[Rung, int] | None = None) -> list[Window]:
    """Return all windows of a plan in which each rung takes a set time for a request."""
    return [
        Window.of(number, slot, Load(1_000, (errors or {}).get(slot.rung, 0), 1_000 * elapsed_us[slot.rung], 1, 2))
        for number in range(1, plan.passes + 1)
        for slot in plan.order(number)
        if slot.round_number > 0
    ]


def test_every_round_holds_every_rung_once() -> None:
    """Rungs are interleaved round by round, in an order that changes and follows from the seed."""
    plan = Plan(rounds=5, seed=3)
    slots = list(plan.order(1))
    rounds = [list(each) for _, each in groupby(slots, key=lambda slot: (slot.group, slot.round_number))]
    assert len(rounds) == len(Mode) * len(Endpoint) * 6
    assert all(Counter(slot.rung for slot in each) == Counter(Rung) for each in rounds)
    assert all(len({slot.seed for slot in each}) == 1 for each in rounds)
    assert len({tuple(slot.rung for slot in each) for each in rounds}) > 1
    assert slots == list(Plan(rounds=5, seed=3).order(1))
    assert slots != list(plan.order(2))
    assert slots != list(Plan(rounds=5, seed=4).order(1))


def test_standings_are_ratios_to_the_minimal_handler() -> None:
    """A rung that takes twice the time is slower by 2, one that takes the same is equivalent."""
    plan = Plan(rounds=4, modes=(Mode.ASYNC,), rungs=(Rung.CORE, Rung.ORM, Rung.ORM_AGAIN, Rung.MODEL, Rung.APP))
    times = {Rung.CORE: 500, Rung.ORM: 1_000, Rung.ORM_AGAIN: 1_000, Rung.MODEL: 1_010, Rung.APP: 2_000}
    found = {each.rung: each for each in standings(windows_of(plan, times)) if each.group.endpoint is Endpoint.GET}
    assert list(found) == list(plan.rungs)
    assert {rung: each.rate for rung, each in found.items()} == pytest.approx(
        {rung: 1e6 / elapsed_us for rung, elapsed_us in times.items()}
    )
    assert (found[Rung.ORM].ratio, found[Rung.ORM].verdict) == (None, None)
    ratios = {rung: each.ratio.estimate for rung, each in found.items() if each.ratio is not None}
    assert ratios == pytest.approx({rung: times[rung] / 1_000 for rung in times if rung is not Rung.ORM})
    assert {rung: each.verdict for rung, each in found.items() if each.verdict is not None} == {
        Rung.CORE: Verdict.FASTER,
        Rung.ORM_AGAIN: Verdict.EQUIVALENT,
        Rung.MODEL: Verdict.EQUIVALENT,
        Rung.APP: Verdict.SLOWER,
    }


def test_a_rung_that_fails_is_not_compared() -> None:
    """More than one error in a hundred requests makes a rung not valid, and of the baseline all of them."""
    plan = Plan(rounds=2, modes=(Mode.SYNC,), rungs=(Rung.ORM, Rung.ORM_AGAIN, Rung.APP))
    times = {Rung.ORM: 1_000, Rung.ORM_AGAIN: 1_000, Rung.APP: 500}
    failing = standings(windows_of(plan, times, {Rung.APP: 11}))
    assert {(each.rung, each.ratio, each.verdict) for each in failing if each.rung is Rung.APP} == {
        (Rung.APP, None, Verdict.NOT_VALID)
    }
    assert all(each.ratio is not None for each in failing if each.rung is Rung.ORM_AGAIN)
    nothing = standings(windows_of(plan, times, {Rung.ORM: 11}))
    assert {each.verdict for each in nothing} == {Verdict.NOT_VALID}
    assert {each.ratio for each in nothing} == {None}


def test_the_table_follows_from_what_is_kept() -> None:
    """A record that went through JSON gives a table of 80 columns with every rung, its ratio and its verdict."""
    plan = Plan(rounds=2)
    times = {rung: 12_345 if rung is Rung.APP else 1_000 for rung in Rung}
    environment = {"cores": 8, "governor": None, "cgroup_cpu_quota": None}
    record = {
        "plan": plan.as_data(),
        "environment": environment,
        "generator": "wrk 4",
        "server": "18",
        "load_before": 0.1,
        "steal_shares": [0.0, 0.2, 0.0],
        "windows": [each.as_data() for each in windows_of(plan, times)],
    }
    console = Console(width=80, record=True, file=StringIO())
    show(json.loads(json.dumps(record)), console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert all(text.count(title.strip()) >= len(Mode) * len(Endpoint) for title in TITLES.values())
    assert text.count("12.35x") + text.count("12.34x") >= len(Mode) * len(Endpoint)
    assert text.count("slower") == len(Mode) * len(Endpoint)
    assert "20.0% of the CPU time" in " ".join(text.split())


def test_numbers_are_read_behind_the_words_of_wrk() -> None:
    """What the script wrote last is what counts."""
    line = '{"requests": 1234, "errors": 5, "duration_us": 1001000, "p50_us": 800, "p99_us": 2500}'
    said = f"Running 1s test @ http://127.0.0.1\n  1 threads\n{line}\n"
    assert read_load(said) == Load(1234, 5, 1_001_000, 800, 2500)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("unable to connect", "unable to connect"),
        ('{"requests": 0, "errors": 9, "duration_us": 1, "p50_us": 0, "p99_us": 0}', "nothing was answered"),
    ],
)
def test_a_window_without_answers_ends_the_ladder(output: str, said: str) -> None:
    """No time can be made of nothing, and the message tells what wrk said."""
    with pytest.raises(OrmbenchError, match=said):
        read_load(output)


def test_every_size_has_the_users_that_are_asked_for() -> None:
    """Ids are drawn from users that each size of the shop has, and those of one request differ."""
    assert all(size.users >= LARGEST_ID for size in SHOP.sizes.values())
    assert len({number * 47 % LARGEST_ID for number in range(1, IDS + 1)}) == IDS
