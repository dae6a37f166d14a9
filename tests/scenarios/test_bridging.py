"""The bridging scenario: the same rows with the bridge and without it, and no case where nothing is awaited."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.core.drivers import Mode
from scenarios.bridging import SCENARIO
from tests.scenarios.shop_bench import PLACES, ShopBench, able, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the small shop in a SQLite file."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


@pytest.mark.parametrize(("work", "rows"), [("get", 1), ("page", 1_000)])
def test_the_bridge_changes_no_answer(shop: ShopBench, work: str, rows: int) -> None:
    """A driver called from a greenlet returns what it returns where it is awaited, and what Core returns."""
    answers = [shop.perform(SCENARIO, each, {"work": work}, "aiosqlite").answers[0] for each in SCENARIO.variants]
    assert [len(each) for each in answers] == [rows] * 3
    assert answers[0] == answers[1] == answers[2]


def test_drivers_that_block_have_no_bridge() -> None:
    """All variants run on every awaited driver, and none elsewhere."""
    for place in PLACES:
        variants = ["awaited", "bridged", "core"] if place.driver.mode is Mode.ASYNC else []
        assert able(SCENARIO, {"work": "get"}, place) == variants
