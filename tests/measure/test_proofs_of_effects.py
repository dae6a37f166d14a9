"""The proofs beyond statements and rows: what operations leave behind, and differences that are declared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from random import Random
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Connection as Connected
from sqlalchemy import text

from bench.core.cases import Group
from bench.core.claims import Claim, Raises
from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Divergence, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import DRIVERS
from bench.measure.proofs import KEYS, ROUNDS_OF_A_RUSH, Prover
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from tests.measure.notes import PLAIN, Rows, found, group_of, plain, plain_async, proved, scenario_of

ONE = "UPDATE note SET words = 'read' WHERE id = :id"
ALL = "UPDATE note SET words = 'read' WHERE id <= :id"


def updating(name: str, statement: str) -> Variant:
    """Return a variant that marks notes as read and answers with the note that was asked for."""

    def update(db: Database, key: int) -> Rows:
        with db.session() as session:
            session.execute(text(statement), {"id": key})
            session.commit()
        return [(key, "read")]

    async def update_async(db: AsyncDatabase, key: int) -> Rows:
        async with db.session() as session:
            await session.execute(text(statement), {"id": key})
            await session.commit()
        return [(key, "read")]

    return Variant(name, update, update_async)


def forget(connection: Connected, _keys: Sequence[int]) -> None:
    """Let no note be read."""
    connection.execute(text("UPDATE note SET words = 'new'"))


def read_notes(connection: Connected, _key: int) -> Rows:
    """Return the notes that were read."""
    rows = connection.execute(text("SELECT id, words FROM note WHERE words = 'read' ORDER BY id"))
    return [(row.id, row.words) for row in rows]


def test_each_operation_finds_what_was_arranged_for_it(bench: Workbench, steward: Steward) -> None:
    """For every key of every driver: arranged, performed, looked at; and none sees what another one left."""
    events: list[tuple[str, Any]] = []

    def body(db: Database, key: int) -> Rows:
        events.append(("perform", key))
        return plain(db, key)

    def arrange(_connection: Connected, keys: Sequence[int]) -> None:
        events.append(("arrange", list(keys)))

    def outcome(_connection: Connected, key: int) -> None:
        events.append(("look", key))

    group = group_of(Variant("a", body, plain_async), drivers=("pysqlite",), arrange=arrange, outcome=outcome)
    assert proved(bench, steward, group).failures == []
    keys = [key for event, key in events if event == "perform"]
    assert len(keys) == KEYS
    assert events == [event for key in keys for event in (("arrange", [key]), ("perform", key), ("look", key))]


def test_what_an_operation_leaves_behind_is_a_part_of_its_answer(bench: Workbench, steward: Steward) -> None:
    """A variant that answers the same and writes other rows is caught on every driver, with the row it should not."""
    group = group_of(updating("one", ONE), updating("all", ALL), arrange=forget, outcome=read_notes)
    proof = proved(bench, steward, group)
    assert found(proof) == [("all]@sqlite+pysqlite", "same answer"), ("all]@sqlite+aiosqlite", "same answer")]
    first, row, _ = proof.failures[0].message.splitlines()
    assert first == "'all' on pysqlite leaves other rows:"
    assert row == "row 1: got (1, 'read')"
    one, one_async, more, _ = proof.counts
    assert one.digest == one_async.digest != more.digest


COUNT = "SELECT CAST(words AS INTEGER) FROM note WHERE id = 1"
TALLY = "UPDATE note SET words = CAST(words AS INTEGER) + 1 WHERE id = 1"
WRITE = "UPDATE note SET words = :tally WHERE id = 1"


def start_at_zero(connection: Connected, _keys: Sequence[int]) -> None:
    """Begin to count."""
    connection.execute(text("UPDATE note SET words = '0' WHERE id = 1"))


def tally(connection: Connected, _key: int) -> int:
    """Return how many operations were counted."""
    return int(connection.execute(text(COUNT)).scalar_one())


def test_a_lost_update_is_caught_by_a_rush(bench: Workbench, steward: Steward) -> None:
    """Alone it counts right; where two read before either writes, half of the counts are lost, every time."""
    pair = Barrier(2, timeout=60)

    def careful(db: Database, _key: int) -> None:
        with db.session() as session:
            session.execute(text(TALLY))
            session.commit()

    def careless(db: Database, key: int) -> None:
        with db.session() as session:
            read = session.execute(text(COUNT)).scalar_one()
        if key >= KEYS:
            pair.wait()
        with db.session() as session:
            session.execute(text(WRITE), {"tally": str(read + 1)})
            session.commit()
        if key >= KEYS:
            pair.wait()

    numbers = count()

    def number(_parameters: Mapping[str, Any], _size: int, _random: Random) -> int:
        return next(numbers)

    group = group_of(
        Variant("careful", careful, plain_async),
        Variant("careless", careless, plain_async),
        drivers=("pysqlite",),
        key=number,
        conditions=lambda _: Conditions(in_flight=2),
        arrange=start_at_zero,
        outcome=tally,
    )
    proof = proved(bench, steward, group)
    assert found(proof) == [("careless]@sqlite+pysqlite", "same answer")]
    right, wrong = ROUNDS_OF_A_RUSH * 2, ROUNDS_OF_A_RUSH
    assert proof.failures[0].message.splitlines()[1] == f"got {wrong}, expected {right}"


def test_who_works_alone_performs_as_much_as_a_crowd(bench: Workbench, steward: Steward) -> None:
    """With one operation in flight as much is left behind as with three; who does too little is caught."""

    def careful(db: Database, _key: int) -> None:
        with db.session() as session:
            session.execute(text(TALLY))
            session.commit()

    calls = count()

    def lazy(db: Database, key: int) -> None:
        if next(calls) <= KEYS:
            careful(db, key)

    group = group_of(
        Variant("crowd", careful, plain_async, conditions=lambda _: Conditions(in_flight=3)),
        Variant("alone", careful, plain_async),
        Variant("lazy", lazy, plain_async),
        drivers=("pysqlite",),
        arrange=start_at_zero,
        outcome=tally,
    )
    proof = proved(bench, steward, group)
    assert found(proof) == [("lazy]@sqlite+pysqlite", "same answer")]
    assert proof.failures[0].message.splitlines()[1] == f"got 1, expected {ROUNDS_OF_A_RUSH * 3}"


def test_without_an_outcome_nobody_rushes(bench: Workbench, steward: Steward) -> None:
    """There would be nothing to compare: a reading operation is performed once for each key."""
    calls: list[int] = []

    def body(db: Database, key: int) -> Rows:
        calls.append(key)
        return plain(db, key)

    conditions = Conditions(in_flight=8)
    group = group_of(Variant("a", body, plain_async), drivers=("pysqlite",), conditions=lambda _: conditions)
    assert proved(bench, steward, group).failures == []
    assert len(calls) == KEYS


def brief(db: Database, _key: int) -> object:
    """One statement."""
    with db.session() as session:
        return session.scalar(text("SELECT 7"))


async def chatty_async(db: AsyncDatabase, _key: int) -> object:
    """Two statements."""
    async with db.session() as session:
        await session.execute(text("SELECT 1"))
        return await session.scalar(text("SELECT 7"))


POSTGRESQL = ("psycopg", "psycopg_async", "psycopg2", "asyncpg")


@pytest.mark.parametrize(
    ("other_sql", "told"),
    [
        ((), {"psycopg_async": "psycopg", "asyncpg": "psycopg"}),
        (("asyncpg",), {"psycopg_async": "psycopg"}),
        (("psycopg_async", "asyncpg"), {}),
        (("psycopg",), {"psycopg2": "psycopg_async"}),
    ],
    ids=repr,
)
def test_a_driver_may_send_other_statements_where_it_is_declared(
    postgresql: dict[str, Connection],
    postgresql_bench: Workbench,
    other_sql: tuple[str, ...],
    told: dict[str, str],
) -> None:
    """The others are held to the first that is not excused; what all of them answer is compared in any case."""
    variant = Variant("v", brief, chatty_async, Divergence("a test"), other_sql=dict.fromkeys(other_sql, "a test"))
    group = Group(scenario_of(variant), {}, "postgresql", "postgresql", [DRIVERS[name] for name in POSTGRESQL])
    with Steward(postgresql["psycopg"]) as steward:
        proof = proved(postgresql_bench, steward, group)
    assert found(proof) == [(f"v]@postgresql+{driver}", "same SQL") for driver in told]
    for failure, (driver, first) in zip(proof.failures, told.items(), strict=True):
        assert f"on {driver} sends other SQL than on {first} " in failure.message
    assert [counts.statements for counts in proof.counts] == [1, 2, 1, 2]


def test_an_excused_driver_must_answer_the_same(bench: Workbench, steward: Steward) -> None:
    """Other statements are lawful then; other rows are not."""

    async def other_async(db: AsyncDatabase, key: int) -> object:
        await chatty_async(db, key)
        return 8

    variant = Variant("v", brief, other_async, Divergence("a test"), other_sql={"aiosqlite": "a test"})
    assert found(proved(bench, steward, group_of(variant))) == [("v]@sqlite+aiosqlite", "same answer")]


def test_an_attempt_tells_the_exception_by_its_name(bench: Workbench, steward: Steward) -> None:
    """A claim that something must raise is tried in both modes; an operation that ends well has no exception."""

    def missing(db: Database, _key: int) -> object:
        with db.session() as session:
            return session.scalar(text("SELECT words FROM missing"))

    async def missing_async(db: AsyncDatabase, _key: int) -> object:
        async with db.session() as session:
            return await session.scalar(text("SELECT words FROM missing"))

    prover, group = Prover(bench, steward, 10, 1, {}), group_of(PLAIN)
    for check, expected in (
        (Raises("x", missing, missing_async), "OperationalError"),
        (Raises("x", plain, plain_async), None),
    ):
        claim = Claim("C1", "people say so", check)
        assert [prover.attempt(group, claim, check, driver) for driver in group.drivers] == [expected, expected]
