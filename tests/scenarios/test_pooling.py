"""The pooling scenario: pools that a server can bear, variants that differ, and the error of an empty pool."""

from collections.abc import Iterator

import pytest
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bench.core.claims import Faster, Raises
from bench.core.contract import Variant
from scenarios.pooling import CORES_POOL, MOST_CONNECTIONS, SCENARIO
from tests.scenarios.shop_bench import BOTH_MODES, PLACES, POSTGRESQL, SMALL, ShopBench, able, open_shop

GRID = [parameters for parameters in SCENARIO.combinations() if SCENARIO.lacks(parameters, SMALL) is None]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the seeded shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


def numbers(profile: str) -> list[tuple[object, ...]]:
    """Return pool size, overflow and workers of every group that a profile measures."""
    grid = [one for one in SCENARIO.grid(profile) if SCENARIO.lacks(one, SMALL) is None]
    return [tuple(parameters.values()) for parameters in grid]


def test_a_full_run_asks_for_the_telling_pools() -> None:
    """Enough connections, one too few with and without overflow, and a crowd on four pools."""
    assert numbers("full") == [
        (5, 0, 5), (5, 0, 6), (5, 0, 80), (5, 20, 6), (5, 20, 80), (20, 0, 80), (20, 20, 80),
    ]  # fmt: skip
    assert numbers("quick") == numbers("smoke") == []


@pytest.mark.parametrize("parameters", GRID, ids=lambda one: "-".join(map(str, one.values())))
def test_variants_of_a_group_are_different_pools(parameters: dict[str, int]) -> None:
    """No engine may open more than 50 connections, and no two variants that can run have the same conditions."""
    found = [SCENARIO.surroundings(name, parameters) for name in able(SCENARIO, parameters, POSTGRESQL[0])]
    effective = {(one.pooled, one.lifo, min(one.pool_size, one.in_flight), one.max_overflow) for one in found}
    assert len(effective) == len(found)
    for one in found:
        assert one.in_flight == parameters["workers"]
        assert (one.pool_size + one.max_overflow if one.pooled else one.in_flight) <= MOST_CONNECTIONS


def test_every_variant_can_run_in_a_full_run() -> None:
    """None is left out everywhere."""
    grid = [one for one in SCENARIO.grid("full") if SCENARIO.lacks(one, SMALL) is None]
    for place in PLACES:
        there = {name for parameters in grid for name in able(SCENARIO, parameters, place)}
        assert there == {variant.name for variant in SCENARIO.variants}


@pytest.mark.parametrize("driver", BOTH_MODES)
def test_without_a_pool_every_operation_connects(shop: ShopBench, driver: str) -> None:
    """A pool keeps its connection; without one there are as many as operations."""
    alone = {"pool_size": 1, "overflow": 0, "workers": 1}
    connected = {
        name: shop.perform(SCENARIO, SCENARIO.variant(name), alone, driver, times=4).connected
        for name in ("fifo", "lifo", "null_pool")
    }
    assert connected == {"fifo": 0, "lifo": 0, "null_pool": 4}


@pytest.mark.parametrize("driver", BOTH_MODES)
def test_an_empty_pool_raises_after_its_timeout(shop: ShopBench, driver: str) -> None:
    """Who asks for one connection more than there are gets the exception that the claim names."""
    claim, check = next((one, one.check) for one in SCENARIO.claims if isinstance(one.check, Raises))
    attempt = Variant(claim.id, check.body, check.body_async)
    with pytest.raises(PoolTimeoutError, match="QueuePool limit of size 1 overflow 0"):
        shop.perform(SCENARIO, attempt, GRID[0], driver)
    assert check.exception == PoolTimeoutError.__name__


def test_claims_speak_of_groups_that_a_full_run_measures() -> None:
    """Each claim about time has a group in which both of its variants run."""
    for claim in SCENARIO.claims:
        if isinstance(claim.check, Faster) and (claim.id != "C92" or 2 * CORES_POOL <= MOST_CONNECTIONS):
            compared = {claim.check.variant, claim.check.than}
            grid = [one for one in SCENARIO.grid("full") if one in GRID and claim.check.where(one)]
            assert any(compared <= set(able(SCENARIO, one, POSTGRESQL[0])) for one in grid), claim.id
