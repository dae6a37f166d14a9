"""The inserting scenario: how many statements and commits each way needs, and where a way does not exist."""

from random import Random

import pytest
from sqlalchemy.exc import IntegrityError

from bench.core.claims import Parameters, Raises
from bench.core.contract import Place, Variant
from bench.core.drivers import DRIVERS as ALL_DRIVERS
from scenarios.depot import DEPOT
from scenarios.inserting import SCENARIO
from tests.scenarios.depot_bench import DRIVERS, DepotBench

ROWS = 100
EXPECTED = {
    "commit_per_row": (ROWS, ROWS),
    "flush_per_row": (ROWS, 1),
    "add_all": (ROWS, 1),
    "bulk": (1, 1),
    "core": (1, 1),
    "returning": (ROWS, 1),
}
"""Statements and commits of a variant on SQLite, where SQLAlchemy cannot rely on the order of RETURNING."""


PAGED = {"add_all", "bulk", "core", "returning", "batches_of_100", "largest_batches"}
"""What can be done with ten thousand rows where there are INSERTs of several rows."""


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", EXPECTED)
def test_statements_and_commits(depot: DepotBench, variant: str, driver: str) -> None:
    """A way of inserting is told from the others by its statements and commits, and all rows arrive in order."""
    deed = depot.perform(SCENARIO, variant, {"rows": ROWS, "durable": False}, driver)
    assert (len(deed.statements), deed.commits) == EXPECTED[variant]
    assert deed.answer == ROWS
    assert deed.left == [tuple(row.values()) for row in deed.key.rows]


@pytest.mark.parametrize("driver", DRIVERS)
def test_both_ways_in_one_function_raise(depot: DepotBench, driver: str) -> None:
    """The body that inserts its rows twice ends in the claimed exception, in both modes."""
    (check,) = [claim.check for claim in SCENARIO.claims if isinstance(claim.check, Raises)]
    attempt = Variant("attempt", check.body, check.body_async)
    key = SCENARIO.key({"rows": 10}, DEPOT.size("small"), Random(1))
    with pytest.raises(IntegrityError):
        depot.bench.perform(attempt, driver, key)
    assert check.exception == IntegrityError.__name__


@pytest.mark.parametrize(
    ("driver", "kind", "parameters", "able"),
    [
        (
            "pysqlite",
            "sqlite",
            {"rows": 1_000, "durable": False},
            {"add_all", "bulk", "core", "returning"},
        ),
        ("asyncpg", "postgresql", {"rows": 10, "durable": True}, {*EXPECTED, "copy"}),
        ("asyncpg", "postgresql", {"rows": 10_000, "durable": True}, PAGED | {"copy"}),
        ("pymysql", "mariadb", {"rows": 100, "durable": True}, set(EXPECTED)),
        ("pymysql", "mariadb", {"rows": 10_000, "durable": True}, PAGED),
        ("pymysql", "mariadb", {"rows": 100, "durable": False}, set()),
        ("pymysql", "mysql", {"rows": 10_000, "durable": True}, {"add_all", "bulk", "core"}),
    ],
)
def test_what_cannot_be_done_is_left_out(driver: str, kind: str, parameters: Parameters, able: set[str]) -> None:
    """COPY is PostgreSQL's, RETURNING is not MySQL's, and what takes too long or makes no difference is not timed."""
    place = Place(kind, ALL_DRIVERS[driver])
    reasons = {each.name: SCENARIO.hindrance(each.name, place, parameters) for each in SCENARIO.variants}
    assert {name for name, reason in reasons.items() if reason is None} == able
