"""The concurrency scenario: variants that differ from each other, and a wait that happens at the server."""

from collections.abc import Mapping
from statistics import median

import pytest
from sqlalchemy import Float, bindparam, create_engine, func, select
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.dialects.mysql.mariadb import MariaDBDialect

from bench.core.cases import Group
from bench.core.claims import Faster, Parameters
from bench.core.contract import Place
from bench.core.drivers import Mode, drivers_of
from bench.micro.plan import SPARE_CONNECTIONS
from bench.servers.mariadb import SETTINGS as MARIADB_SETTINGS
from bench.servers.postgresql import SETTINGS as POSTGRESQL_SETTINGS
from bench.servers.server import Server
from scenarios.concurrency import SCENARIO
from scenarios.one_user import AT_ONCE, WAITING, Asked, ServerWait
from tests.scenarios.shop_bench import MARIADB, POSTGRESQL, SQLITE, able

ABLE = {
    1: ["equal"],
    4: ["equal"],
    16: ["equal", "default_pool"],
    64: ["equal", "bigger_pool", "threads_40", "default_pool"],
    256: ["equal", "bigger_pool", "threads_40", "default_pool"],
}


CROWD: Parameters = {"in_flight": 64, "wait_ms": 50}


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
        "bigger_pool": (256, 64, 0),
        "threads_40": (40, 64, 0),
        "default_pool": (256, 5, 10),
    }


def test_no_claim_is_decided_by_the_number_of_connections() -> None:
    """Who claims something about threads has a connection for each of them, and who claims a factor could reach it."""
    connections = {name: SCENARIO.surroundings(name, CROWD).most_connections for name in ABLE[64]}
    assert connections == {"equal": 20, "bigger_pool": 64, "threads_40": 40, "default_pool": 15}
    checks = [claim.check for claim in SCENARIO.claims if isinstance(claim.check, Faster)]
    assert all(connections[check.variant] / connections[check.than] > check.times for check in checks)


@pytest.mark.parametrize(("wait_ms", "said"), [(0, set()), (5, {"C96"}), (50, {"C2", "C94", "C96"})])
def test_connections_and_threads_matter_where_the_wait_is_long(wait_ms: int, said: set[str]) -> None:
    """Where it is short, processors are the limit: nothing is claimed then but that a larger pool helps."""
    crowd = dict(CROWD) | {"wait_ms": wait_ms}
    claims = [claim for claim in SCENARIO.claims if isinstance(claim.check, Faster) and claim.check.where(crowd)]
    assert {claim.id for claim in claims} == said
    assert wait_ms == 50 or all(claim.check.times == 1.0 for claim in claims if isinstance(claim.check, Faster))


@pytest.mark.parametrize(
    ("kind", "settings"), [("postgresql", POSTGRESQL_SETTINGS), ("mariadb", MARIADB_SETTINGS)], ids=["pg", "mariadb"]
)
@pytest.mark.parametrize("parameters", list(SCENARIO.combinations()), ids=lambda one: "-".join(map(str, one.values())))
def test_a_private_server_bears_the_pools_of_all_drivers(
    kind: str, settings: Mapping[str, str], parameters: Parameters
) -> None:
    """Every group can be measured with all drivers at once."""
    group = Group(SCENARIO, parameters, kind, kind, tuple(drivers_of(kind)))
    (allowed,) = [int(value) for name, value in settings.items() if name.replace("-", "_") == "max_connections"]
    assert group.most_connections + SPARE_CONNECTIONS <= allowed


@pytest.mark.parametrize(
    ("dialect", "call"),
    [
        (postgresql.dialect(), "pg_sleep(greatest(0, "),
        (mysql.dialect(), "SLEEP("),
        (MariaDBDialect(), "SLEEP("),
        (sqlite.dialect(), "SLEEP("),
    ],
    ids=["postgresql", "mysql", "mariadb", "sqlite"],
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


def test_two_milliseconds_at_the_server_are_twice_as_long_as_one(postgresql: Server) -> None:
    """By the server's own clock: PostgreSQL alone would make two of one, and both waits would take as long.

    The bound is halfway, so that whatever else the machine does to both waits can hardly decide.
    """
    wait = ServerWait(bindparam("wait_s", type_=Float))
    timed = select(func.clock_timestamp(), wait, func.clock_timestamp())
    took: dict[float, list[float]] = {0.001: [], 0.002: []}
    engine = create_engine(postgresql.url)
    with engine.connect() as connection:
        for _ in range(40):
            for wait_s, seconds in took.items():
                began, _, ended = connection.execute(timed, {"wait_s": wait_s}).one()
                seconds.append((ended - began).total_seconds())
    engine.dispose()
    assert median(took[0.002]) / median(took[0.001]) > 1.5
