"""The updating scenario: the statements of each way, and that only the asked rows become heavier."""

import pytest

from scenarios.depot import new_parcel
from scenarios.updating import SCENARIO, arrange, outcome
from tests.scenarios.depot_bench import DRIVERS, DepotBench

EXPECTED = {"fetch_change": 2, "direct": 1, "direct_reselect": 2, "bulk_by_key": 1}
"""Statements of a variant, however many rows there are."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
@pytest.mark.parametrize("rows", [1, 100])
def test_every_parcel_of_the_batch_becomes_heavier(depot: DepotBench, variant: str, rows: int, driver: str) -> None:
    """All rows of the batch have gained the drawn weight, by the statements of the variant."""
    deed = depot.perform(SCENARIO, variant, {"rows": rows}, driver)
    more_g = deed.key.more_g["more_g"]
    assert more_g > 0
    assert [row[2] for row in deed.left] == [new_parcel(each)["weight_g"] + more_g for each in range(1, rows + 1)]
    assert (deed.answer, len(deed.statements)) == (rows, EXPECTED[variant])


@pytest.mark.parametrize("variant", EXPECTED)
def test_other_batches_stay_as_they_are(depot: DepotBench, variant: str) -> None:
    """A batch that was arranged beside the asked one is not touched."""
    asked, other = (depot.perform(SCENARIO, "direct", {"rows": 3}, seed=seed).key for seed in (1, 2))
    with depot.bench.engine("pysqlite").begin() as connection:
        arrange(connection, [asked, other])
        before = outcome(connection, other)
    depot.bench.perform(SCENARIO.variant(variant), "pysqlite", asked)
    with depot.bench.engine("pysqlite").begin() as connection:
        assert outcome(connection, other) == before != outcome(connection, asked)
