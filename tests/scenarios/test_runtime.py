"""The runtime scenario: one switch for each variant, and a reason where a driver does not have it."""

from random import Random

import pytest

from bench.core.conditions import Collector, Loop
from bench.core.contract import Place
from bench.core.drivers import Mode
from scenarios.runtime import SCENARIO
from tests.scenarios.shop_bench import PLACES, SMALL, able

ROWS = {"rows": 1_000}
EVERYWHERE = {"plain", "gc_on", "no_compiled_cache", "echo"}
PREPARING = {"psycopg", "psycopg_async", "asyncpg"}


def test_every_variant_turns_one_switch() -> None:
    """Nothing else changes with the switch that a variant is named after."""
    differences = {
        variant.name: SCENARIO.surroundings(variant.name, ROWS).differences() for variant in SCENARIO.variants
    }
    assert differences == {
        "plain": {},
        "gc_on": {"collector": Collector.ON},
        "asyncio_loop": {"loop": Loop.ASYNCIO},
        "no_compiled_cache": {"compiled_cache": 0},
        "echo": {"echo": True},
        "no_statement_cache": {"statement_cache": 0},
        "statement_cache_500": {"statement_cache": 500},
    }


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.driver.name)
def test_a_driver_without_a_switch_says_so(monkeypatch: pytest.MonkeyPatch, place: Place) -> None:
    """Only awaited drivers have a loop, and only some prepare statements; the others are left out with a reason."""
    monkeypatch.setattr("scenarios.runtime.find_spec", lambda name: name)
    caches = {"no_statement_cache", "statement_cache_500"} if place.driver.name in PREPARING else set()
    loop = {"asyncio_loop"} if place.driver.mode is Mode.ASYNC else set()
    assert set(able(SCENARIO, ROWS, place)) == EVERYWHERE | caches | loop
    reasons = [SCENARIO.hindrance(variant.name, place, ROWS) for variant in SCENARIO.variants]
    assert all(len(reason.split()) > 4 for reason in reasons if reason is not None)


def test_without_uvloop_there_is_no_other_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where uvloop is not installed asyncio's own loop is what everything runs in."""
    monkeypatch.setattr("scenarios.runtime.find_spec", lambda _name: None)
    for place in PLACES:
        assert "asyncio_loop" not in able(SCENARIO, ROWS, place)


def test_pages_lie_within_the_shop() -> None:
    """A page of a thousand users exists in the smallest shop too, wherever it begins."""
    pages = [SCENARIO.key(ROWS, SMALL, Random(seed)) for seed in range(50)]
    assert {page["high"] - page["low"] + 1 for page in pages} == {1_000}
    assert all(page["low"] >= 1 and page["high"] <= SMALL.users for page in pages)
    assert len({page["low"] for page in pages}) > 1
