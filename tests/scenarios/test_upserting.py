"""The upserting scenario: what was there becomes more, the rest is new, on every dialect."""

import pytest

from bench.core.drivers import FAMILIES
from scenarios.upserting import IN_STOCK, SCENARIO, UPSERT_OF
from tests.scenarios.depot_bench import DRIVERS, DepotBench

EXPECTED = {"select_then_write": 1 + 1 + 50, "upsert_values": 1, "upsert_executemany": 1}
"""Statements of a variant: after looking, one UPDATE for many rows, and on SQLite an INSERT for each new one."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
def test_every_second_article_was_there(depot: DepotBench, variant: str, driver: str) -> None:
    """Articles with even numbers gain what is delivered, the others begin with it."""
    deed = depot.perform(SCENARIO, variant, {"rows": 100}, driver)
    delivered = {row["sku"]: row["quantity"] for row in deed.key.rows}
    assert len(delivered) == len(deed.left) == 100
    for sku, _, quantity in deed.left:
        assert quantity == delivered[sku] + (IN_STOCK if int(sku[-1]) % 2 == 0 else 0)
    assert len(deed.statements) == EXPECTED[variant]


def test_every_kind_of_backend_has_its_upsert() -> None:
    """No kind of backend, by the name of its dialect, is without a statement."""
    assert set(UPSERT_OF) == set(FAMILIES)
