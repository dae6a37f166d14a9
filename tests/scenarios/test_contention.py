"""The contention scenario: no money is lost, conflicts are tried again, and only so often."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import DBAPIError

from bench.core.contract import Place
from bench.core.drivers import DRIVERS as ALL_DRIVERS
from scenarios import contention
from scenarios.contention import BALANCES, HOT, SCENARIO, OvertakenError, Transfer, is_lost
from scenarios.depot import ACCOUNTS, DEPOT, OPENING_CENTS
from tests.scenarios.depot_bench import DRIVERS, DepotBench


def expected(transfers: list[Transfer]) -> tuple[int, list[tuple[int, int]]]:
    """Return what must be left after these transfers, in whatever order they were done."""
    gains = Counter[int]()
    for transfer in transfers:
        for part in transfer:
            gains[part["account"]] += part["cents"]
    changed = sorted((account, OPENING_CENTS + cents) for account, cents in gains.items() if cents)
    return ACCOUNTS * OPENING_CENTS, changed


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("variant", ["atomic", "optimistic"])
def test_no_transfer_is_lost_among_eight_workers(depot: DepotBench, variant: str, driver: str) -> None:
    """With one hot account and eight workers every balance is the sum of all transfers."""
    parameters, random = {"workers": 8, "rows": 1}, Random(1)
    keys = [SCENARIO.key(parameters, DEPOT.size("small"), random) for _ in range(32)]
    conditions = SCENARIO.surroundings(variant, parameters)
    assert conditions.in_flight == conditions.pool_size == 8
    with depot.bench.under([(driver, conditions)]):
        depot.steward.arrange(SCENARIO, keys)
        depot.bench.rush(SCENARIO.variant(variant), driver, keys, conditions)
    assert depot.steward.outcome(SCENARIO, keys[0]) == expected(keys)


ALONE = {"workers": 1, "rows": 1}


@contextmanager
def overtaken(depot: DepotBench, driver: str, times: int) -> Iterator[None]:
    """Let another connection change the account after it was read, so many times."""
    left = [None] * times

    def overtake(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        if left and statement.startswith("SELECT"):
            left.pop()
            with depot.steward._engine.begin() as other:
                hot = update(BALANCES).where(BALANCES.c.id == parameters[0])
                other.execute(hot.values(version=BALANCES.c.version + 1))

    conditions = SCENARIO.surroundings("optimistic", ALONE)
    with depot.bench.under([(driver, conditions)]):
        event.listen(depot.bench.engine(driver, conditions), "after_cursor_execute", overtake)
        yield


@pytest.mark.parametrize("driver", DRIVERS)
def test_an_overtaken_transfer_is_tried_again(depot: DepotBench, driver: str) -> None:
    """Each conflict costs a SELECT and an UPDATE that finds nothing; then the transfer is done once."""
    with overtaken(depot, driver, times=2):
        deed = depot.perform(SCENARIO, "optimistic", ALONE, driver)
    assert len(deed.statements) == 2 * 2 + 4
    assert deed.left == expected([deed.key])


@pytest.mark.parametrize("driver", DRIVERS)
def test_tries_are_bounded(depot: DepotBench, driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transfer that is overtaken every time ends in the error of its last try."""
    monkeypatch.setattr(contention, "TRIES", 3)
    with overtaken(depot, driver, times=3), pytest.raises(OvertakenError):
        depot.perform(SCENARIO, "optimistic", ALONE, driver)


class Refused(Exception):  # noqa: N818 - stands for what a driver raises
    """An error as a driver raises it."""

    def __init__(self, *args: object, **codes: str) -> None:
        super().__init__(*args)
        self.__dict__.update(codes)


@pytest.mark.parametrize(
    ("cause", "lost"),
    [
        (Refused("serialization failure", sqlstate="40001"), True),
        (Refused("deadlock detected", pgcode="40P01"), True),
        (Refused("duplicate key", sqlstate="23505"), False),
        (Refused(1213, "Deadlock found", sqlstate="40001"), True),
        (Refused(1205, "Lock wait timeout exceeded", sqlstate="HY000"), True),
        (Refused(1020, "Record has changed since last read"), True),
        (Refused(1062, "Duplicate entry", sqlstate="23000"), False),
        (Refused(), False),
    ],
)
def test_only_conflicts_are_tried_again(cause: Refused, *, lost: bool) -> None:
    """What a driver says about a conflict is understood, and no other error is taken for one."""
    assert is_lost(DBAPIError("UPDATE", {}, cause)) is lost
    assert is_lost(OvertakenError())
    assert not is_lost(ValueError())


@pytest.mark.parametrize("rows", SCENARIO.parameters["rows"])
def test_a_transfer_locks_in_order_and_makes_no_money(rows: int) -> None:
    """The hot account comes first, the other has a higher id, and what one gains the other loses."""
    random = Random(2)
    transfers = [SCENARIO.key({"rows": rows}, DEPOT.size("small"), random) for _ in range(2_000)]
    assert {first["account"] for first, _ in transfers} == set(range(1, rows + 1))
    assert all(first["account"] <= HOT < second["account"] <= ACCOUNTS for first, second in transfers)
    assert all(first["cents"] == -second["cents"] != 0 for first, second in transfers)
    assert {first["cents"] > 0 for first, _ in transfers} == {True, False}


def test_sqlite_has_no_row_locks_and_one_isolation_level() -> None:
    """SQLite is left out of two variants with a reason, PostgreSQL of none."""
    for driver, able in (("pysqlite", {"atomic", "optimistic"}), ("asyncpg", {v.name for v in SCENARIO.variants})):
        place = Place(ALL_DRIVERS[driver].family, ALL_DRIVERS[driver])
        assert {v.name for v in SCENARIO.variants if not SCENARIO.hindrance(v.name, place, ALONE)} == able
