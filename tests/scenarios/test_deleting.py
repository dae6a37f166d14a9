"""The deleting scenario: the statements of each way, and that nothing else is deleted."""

from random import Random

import pytest

from scenarios.deleting import SCENARIO
from scenarios.depot import DEPOT
from tests.scenarios.depot_bench import DRIVERS, DepotBench

EXPECTED = {"orm_cascade": 4, "passive_deletes": 2, "fetch_delete": 4, "direct": 1}
"""Statements of a variant, however many children there are."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
@pytest.mark.parametrize("children", [1, 10])
def test_the_crate_goes_with_its_items(depot: DepotBench, variant: str, children: int, driver: str) -> None:
    """The crate and its items are gone, and a crate beside it is still there with its own."""
    deed = depot.perform(SCENARIO, variant, {"children": children}, driver)
    assert deed.left == {"gone": [0, 0], "kept": [1, children]}
    assert len(deed.statements) == EXPECTED[variant]


def test_operations_of_a_block_delete_different_crates() -> None:
    """As many keys as a long block has do not name one crate twice."""
    random = Random(1)
    keys = [SCENARIO.key({"children": 1}, DEPOT.size("small"), random) for _ in range(2_000)]
    assert len({key.crate["crate_id"] for key in keys}) == len(keys)
