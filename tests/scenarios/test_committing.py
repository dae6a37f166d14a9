"""The committing scenario: one statement or two for the same created row."""

import pytest

from bench.core.contract import Place
from bench.core.drivers import DRIVERS as ALL_DRIVERS
from scenarios.committing import SCENARIO
from tests.scenarios.depot_bench import DRIVERS, DepotBench

EXPECTED = {"flush_commit_refresh": 2, "expired": 2, "flush_commit": 1, "commit_only": 1}
"""Statements of a variant."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
def test_the_row_comes_back_with_what_the_database_gave_it(depot: DepotBench, variant: str, driver: str) -> None:
    """Id and default are there whatever the variant, and what is answered is what was written."""
    deed = depot.perform(SCENARIO, variant, {"durable": False}, driver)
    row = (deed.key["batch"], deed.key["receiver"], "announced")
    assert deed.answer == (*row, 1)
    assert deed.left == [row]
    assert (len(deed.statements), deed.commits) == (EXPECTED[variant], 1)


def test_mysql_must_read_the_row_again() -> None:
    """Without INSERT ... RETURNING only the variants that read the row can answer; the baseline is one of them."""
    place = Place("mysql", ALL_DRIVERS["pymysql"])
    able = {each.name for each in SCENARIO.variants if not SCENARIO.hindrance(each.name, place, {"durable": True})}
    assert able == {"flush_commit_refresh", "expired"}
    assert SCENARIO.baseline in able
