"""The inserting scenario: how many statements and commits each way needs, and where a way does not exist."""

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from bench.core.claims import Parameters, Raises
from bench.core.contract import Place, Variant
from bench.core.drivers import DRIVERS as ALL_DRIVERS
from bench.core.drivers import drivers_of
from bench.measure.workbench import Workbench
from bench.servers.namespaces import namespace
from bench.servers.seeding import fill
from bench.servers.server import Server
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


POSTGRESQL = [driver.name for driver in drivers_of("postgresql")]
SENT = text(
    "SELECT substring(query, '^[A-Z]+'), calls FROM pg_stat_statements WHERE query ~ '^(BEGIN|COMMIT|ROLLBACK)'"
)

Sent = Callable[[str, str], Counter[str]]
"""Tells what a variant on a driver sends to begin and to end transactions."""


@pytest.fixture(scope="module")
def sent(postgresql: Server) -> Iterator[Sent]:
    """Return what tells how a variant begins and ends transactions, counted by a real server."""
    looking = create_engine(postgresql.url, isolation_level="AUTOCOMMIT")

    def so_far() -> Counter[str]:
        with looking.connect() as connection:
            counts: Counter[str] = Counter()
            for word, calls in connection.execute(SENT):
                counts[word] += calls
            return counts

    def sent_by(name: str, driver: str) -> Counter[str]:
        parameters = {"rows": 10, "durable": True}
        variant, conditions = SCENARIO.variant(name), SCENARIO.surroundings(name, parameters)
        keys = [SCENARIO.key(parameters, DEPOT.size("small"), Random(seed)) for seed in (1, 2)]
        with bench.under([(driver, conditions)]):
            # What opening a connection sends is not the variant's.
            bench.perform(variant, driver, keys[0], conditions)
            before = so_far()
            bench.perform(variant, driver, keys[1], conditions)
            return so_far() - before

    with namespace(postgresql, DEPOT.name) as place, Workbench([place.route(name) for name in POSTGRESQL]) as bench:
        fill(bench.engine("psycopg"), DEPOT, "small", seed=1)
        so_far()
        yield sent_by
    looking.dispose()


@pytest.mark.parametrize("driver", POSTGRESQL)
@pytest.mark.parametrize("variant", ["copy", "core"])
def test_copy_begins_and_commits_as_core_does(sent: Sent, variant: str, driver: str) -> None:
    """Neither of the two saves round trips that the other makes."""
    assert sent(variant, driver) == {"BEGIN": 1, "COMMIT": 1}
