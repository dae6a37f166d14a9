"""The pinging scenario: what each setting does to the connections of one engine."""

from collections.abc import Iterator

import pytest

from scenarios.pinging import SCENARIO
from tests.scenarios.shop_bench import BOTH_MODES, ShopBench, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the seeded shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


@pytest.mark.parametrize("driver", BOTH_MODES)
def test_connections_opened_for_four_operations(shop: ShopBench, driver: str) -> None:
    """A ping keeps the connection; an age of nothing and no pool open a new one every time."""
    connected = {
        variant.name: shop.perform(SCENARIO, variant, {}, driver, times=4).connected for variant in SCENARIO.variants
    }
    assert connected == {"plain": 0, "pre_ping": 0, "recycle_0": 4, "null_pool": 4}


def test_variants_differ_from_the_baseline_in_one_setting() -> None:
    """Nothing else changes with the setting that a variant is named after."""
    differences = {variant.name: SCENARIO.surroundings(variant.name, {}).differences() for variant in SCENARIO.variants}
    assert differences == {
        "plain": {},
        "pre_ping": {"pre_ping": True},
        "recycle_0": {"recycle_s": 0},
        "null_pool": {"pooled": False},
    }
