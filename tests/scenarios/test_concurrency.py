"""The concurrency scenario: variants that differ from each other, and a wait that happens at the server."""

import pytest
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

from bench.core.claims import Parameters
from bench.core.contract import Place
from bench.core.drivers import Mode
from scenarios.concurrency import SCENARIO
from scenarios.one_user import AT_ONCE, WAITING, Asked
from tests.scenarios.shop_bench import MARIADB, POSTGRESQL, SQLITE, able

ABLE = {
    1: ["equal"],
    4: ["equal"],
    16: ["equal", "default_pool"],
    64: ["equal", "bigger_pool", "threads_40", "default_pool"],
    256: ["equal", "bigger_pool", "threads_40", "default_pool"],
}


def able_in(place: Place, parameters: Parameters) -> list[str]:
    """Return the variants that make a difference in the mode of a place: tasks need no threads."""
    names = ABLE[int(parameters["in_flight"])]
    return names if place.driver.mode is Mode.SYNC else [name for name in names if name != "threads_40"]


@pytest.mark.parametrize("parameters", list(SCENARIO.combinations()), ids=lambda one: "-".join(map(str, one.values())))
def test_variants_run_where_they_make_a_difference(parameters: Parameters) -> None:
    """A pool or a limit that is never reached is not measured, tasks have no threads, and SQLite has no server."""
    for place in POSTGRESQL + MARIADB:
        assert able(SCENARIO, parameters, place) == able_in(place, parameters)
    for place in SQLITE:
        assert able(SCENARIO, parameters, place) == ([] if parameters["wait_ms"] else able_in(place, parameters))
        assert parameters["wait_ms"] == 0 or "no server" in str(SCENARIO.hindrance("equal", place, parameters))


def test_a_limit_of_threads_changes_nothing_but_the_number_in_flight() -> None:
    """The pools are what the variants say, and only one of them has fewer operations under way."""
    found = {name: SCENARIO.surroundings(name, {"in_flight": 256, "wait_ms": 5}) for name in ABLE[256]}
    assert {name: (one.in_flight, one.pool_size, one.max_overflow) for name, one in found.items()} == {
        "equal": (256, 20, 0),
        "bigger_pool": (256, 50, 0),
        "threads_40": (40, 20, 0),
        "default_pool": (256, 5, 10),
    }
    assert found["threads_40"].of_engine == found["equal"].of_engine


@pytest.mark.parametrize(
    ("dialect", "call"),
    [(postgresql.dialect(), "pg_sleep("), (mysql.dialect(), "SLEEP("), (MariaDBDialect(), "SLEEP(")],
    ids=["postgresql", "mysql", "mariadb"],
)
def test_the_wait_is_one_column_of_one_row(dialect: object, call: str) -> None:
    """The server is told to wait among the columns, once, and not in a condition that it may evaluate more often."""
    columns, _, rest = str(WAITING.compile(dialect=dialect)).partition("FROM")  # type: ignore[arg-type]
    assert columns.count(call) == 1
    assert call not in rest


def test_without_a_wait_the_server_is_not_told_to() -> None:
    """A wait of nothing is another statement, and milliseconds become seconds."""
    assert Asked(7, 0).statement is AT_ONCE
    assert (Asked(7, 5).statement, Asked(7, 5).values) == (WAITING, {"user_id": 7, "wait_s": 0.005})
