"""The transactions scenario: how each variant ends what it read in."""

import pytest

from bench.core.conditions import Conditions
from scenarios.depot import OPENING_CENTS
from scenarios.transactions import SCENARIO
from tests.scenarios.depot_bench import DRIVERS, DepotBench

COMMITS = {"rollback": 0, "commit": 1, "autocommit": 0, "closed_twice": 0}


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", COMMITS)
@pytest.mark.parametrize("reads", [1, 10])
def test_reads_end_as_the_variant_says(depot: DepotBench, variant: str, reads: int, driver: str) -> None:
    """Every account that was asked for comes back, and only one variant commits."""
    deed = depot.perform(SCENARIO, variant, {"reads": reads}, driver)
    assert deed.answer == [(asked["account_id"], OPENING_CENTS, 0) for asked in deed.key]
    assert len(deed.statements) == len({asked["account_id"] for asked in deed.key}) == reads
    assert deed.commits == COMMITS[variant]


def test_one_variant_has_no_transactions() -> None:
    """Only `autocommit` changes what surrounds it, and changes the isolation level alone."""
    found = {each.name: SCENARIO.surroundings(each.name, {"reads": 1}) for each in SCENARIO.variants}
    assert found.pop("autocommit") == Conditions(isolation_level="AUTOCOMMIT")
    assert set(found.values()) == {Conditions()}
