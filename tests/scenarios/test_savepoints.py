"""The savepoints scenario: two statements for each savepoint, and one transaction around all of them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from scenarios.savepoints import SCENARIO
from tests.scenarios.depot_bench import DRIVERS, DepotBench

EXPECTED = {"no_savepoint": 1 + 10, "one_savepoint": 3 + 10, "savepoint_each": 1 + 3 * 10}
"""Statements of a variant for an order of ten items."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
def test_statements_and_items(depot: DepotBench, variant: str, driver: str) -> None:
    """All items are written in one commit, by the statements of the variant."""
    deed = depot.perform(SCENARIO, variant, {"items": 10}, driver)
    assert (len(deed.statements), deed.commits) == (EXPECTED[variant], 1)
    assert deed.left == [tuple(row.values()) for row in deed.key.rows]


@contextmanager
def _released(depot: DepotBench) -> Iterator[list[bool]]:
    """Yield a list of whether SQLite was still in a transaction after each RELEASE."""
    found: list[bool] = []

    def note(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        if statement.startswith("RELEASE"):
            found.append(connection.connection.driver_connection.in_transaction)

    engine = depot.bench.engine("pysqlite")
    event.listen(engine, "after_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(engine, "after_cursor_execute", note)


def test_releasing_a_savepoint_commits_nothing(depot: DepotBench) -> None:
    """On SQLite, too, the savepoints lie within a transaction that goes on after each of them."""
    with _released(depot) as in_transaction:
        depot.perform(SCENARIO, "savepoint_each", {"items": 3})
    assert in_transaction == [True, True, True]
