"""The record of statements: one form for every driver, and the same list in both modes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import (
    ARRAY,
    Boolean,
    Column,
    DateTime,
    Double,
    Enum,
    Executable,
    Integer,
    Interval,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Time,
    Uuid,
    bindparam,
    create_engine,
    insert,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.type_api import TypeEngine

from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import DRIVERS
from bench.measure.recorder import Recording, normalised, recorded
from bench.measure.workbench import Workbench

FORMS = ["%s", "%(id_1)s", "%(id_1)s::INTEGER", "$1", "$1::INTEGER", "?", ":id", ":id_1::BIGINT"]


@pytest.mark.parametrize("placeholder", FORMS)
def test_every_paramstyle_has_one_form(placeholder: str) -> None:
    """However a driver writes a bound value, with or without a cast, it is a question mark."""
    sent = f"SELECT a, b FROM t WHERE id = {placeholder} AND (x IN ({placeholder}, {placeholder}))"
    assert normalised(sent) == "SELECT a, b FROM t WHERE id = ? AND (x IN (?, ?))"


@pytest.mark.parametrize(
    "cast",
    [
        "INTEGER", "VARCHAR", "VARCHAR(20)", "NUMERIC(10, 2)", "NUMERIC(10,2)", "DOUBLE PRECISION", "INTEGER[]",
        "VARCHAR[][]", "INT4", "TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP WITH TIME ZONE",
        "TIMESTAMP(3) WITHOUT TIME ZONE", "TIME WITHOUT TIME ZONE", "TIME(6) WITH TIME ZONE", "order_status",
        "shop.order_status", '"Status"', 'shop."Status"',
    ],
)  # fmt: skip
@pytest.mark.parametrize("placeholder", ["$1", "%(x)s", "%s"])
def test_the_cast_of_a_driver_is_taken_off_as_a_whole(placeholder: str, cast: str) -> None:
    """A cast of several words, with sizes, brackets or a schema leaves nothing behind."""
    assert normalised(f"SELECT {placeholder}::{cast} AS x") == "SELECT ? AS x"
    assert normalised(f"VALUES ({placeholder}::{cast})") == "VALUES (?)"


def test_a_cast_of_the_users_own_stays() -> None:
    """Only what stands behind a bound value is the driver's; other casts are part of the query."""
    own = "SELECT now()::date, total::NUMERIC(10, 2) FROM t WHERE note = 'x'::text"
    assert normalised(own) == own
    assert normalised("SELECT CAST(%(a)s::VARCHAR AS INTEGER)") == "SELECT CAST(? AS INTEGER)"


@pytest.mark.parametrize(
    "literal", ["'12:30'", "'at :noon'", "'what?'", "'100%s'", "'it''s :x'", '"odd:name"', "`odd ?`", "a[1:2]", "12:30"]
)
def test_what_looks_like_a_placeholder_in_a_literal_is_text(literal: str) -> None:
    """Literals, quoted names and slices are compared letter by letter."""
    assert normalised(f"SELECT {literal} FROM t WHERE id = :id") == f"SELECT {literal} FROM t WHERE id = ?"


def test_different_literals_stay_different() -> None:
    """Folding must not make two statements equal that are not."""
    assert normalised("SELECT ':a'") != normalised("SELECT ':b'")
    assert normalised("SELECT a FROM t") != normalised("SELECT b FROM t")
    assert normalised("SELECT 1 WHERE x = ?") != normalised("SELECT 1 WHERE x = 1")


def test_percent_signs_have_one_form() -> None:
    """Some drivers are given doubled signs, psycopg and PyMySQL, where asyncpg and SQLite get single ones."""
    assert normalised("SELECT a %% %(b)s FROM t WHERE n LIKE '%%s'") == "SELECT a % ? FROM t WHERE n LIKE '%s'"
    assert normalised("SELECT a % $1::INTEGER FROM t WHERE n LIKE '%s'") == "SELECT a % ? FROM t WHERE n LIKE '%s'"


def test_white_space_is_folded() -> None:
    """Line breaks and indentation of a statement do not matter."""
    assert normalised("SELECT a,\n       b\nFROM t \n") == "SELECT a, b FROM t"


TYPES: dict[str, TypeEngine[Any]] = {
    "whole": Integer(), "words": String(), "sized": String(20), "price": Numeric(10, 2), "ratio": Double(),
    "flag": Boolean(), "at": DateTime(), "at_zone": DateTime(timezone=True), "time": Time(), "span": Interval(),
    "raw": LargeBinary(), "unique_id": Uuid(), "list_of": ARRAY(Integer()), "kind": Enum("a", "b", name="kind_of"),
    "other_kind": Enum("a", "b", name="Kind", schema="shop"),
}  # fmt: skip
THINGS = Table("things", MetaData(), *(Column(name, kind) for name, kind in TYPES.items()))
PORTABLE = Table("things", MetaData(), *(Column(name, kind) for name, kind in TYPES.items() if name != "list_of"))


def queries(table: Table) -> Iterator[ClauseElement]:
    """Yield statements with bound values of every type, literals and percent signs."""
    yield insert(table)
    yield select(table.c.whole).where(*(column == bindparam(None, None, column.type) for column in table.c))
    yield select(table.c.whole).where(table.c.whole % 7 == 3, table.c.words.like("50%")).limit(3).offset(2)
    yield select(table.c.whole).where(table.c.at > datetime(2026, 1, 1, tzinfo=UTC), table.c.price < Decimal("9.5"))
    yield select(text("'12:30' AS t")).where(text("words LIKE 'a%' AND whole = :one"))


@pytest.mark.parametrize(("family", "table"), [("postgresql", THINGS), ("mysql", PORTABLE), ("sqlite", PORTABLE)])
def test_all_drivers_of_a_family_are_recorded_alike(family: str, table: Table) -> None:
    """What SQLAlchemy really renders for each dialect, for every common type, comes to one text."""
    dialects = [
        make_url(f"{family}+{driver.dbapi}://").get_dialect()()
        for driver in DRIVERS.values()
        if driver.family == family
    ]
    for query in queries(table):
        sent = {normalised(str(query.compile(dialect=dialect))) for dialect in dialects}
        assert len(sent) == 1, sent


def test_both_modes_of_sqlite_record_the_same_list(tmp_path: Path) -> None:
    """Real engines in both modes yield the same statements in the same order, transactions left out."""
    table = Table("points", MetaData(), Column("id", Integer, primary_key=True), Column("words", String))
    work: list[tuple[Executable, Any]] = [
        (text("CREATE TABLE points (id INTEGER PRIMARY KEY, words VARCHAR)"), None),
        (insert(table), [{"id": number, "words": "a"} for number in range(3)]),
        (select(table.c.id).where(table.c.id.in_([1, 2]), table.c.words == "a"), None),
        (text("SELECT '12:30' WHERE 1 = :one"), {"one": 1}),
    ]

    def blocking() -> Recording:
        engine = create_engine(f"sqlite:///{tmp_path / 'sync.db'}")
        with recorded(engine) as heard, engine.begin() as connection:
            for statement, values in work:
                connection.execute(statement, values)
        engine.dispose()
        return heard

    async def awaited() -> Recording:
        engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'async.db'}")
        with recorded(engine.sync_engine) as heard:
            async with engine.begin() as connection:
                for statement, values in work:
                    await connection.execute(statement, values)
        await engine.dispose()
        return heard

    heard = blocking()
    assert heard == asyncio.run(awaited())
    assert heard.statements[1:] == [
        "INSERT INTO points (id, words) VALUES (?, ?)",
        "SELECT points.id FROM points WHERE points.id IN (?, ?) AND points.words = ?",
        "SELECT '12:30' WHERE 1 = ?",
    ]


def test_recording_ends_with_its_block() -> None:
    """Nothing is recorded afterwards, not even when the block ended in an exception."""
    engine = create_engine("sqlite://")

    def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError), recorded(engine) as heard:
        fail()
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    assert heard == Recording()


ROWS = text("SELECT number FROM generate_series(1, 3) AS number")


def read_twice(db: Database, _key: object) -> int:
    """Read three rows twice, and write none."""
    with db.engine.begin() as connection:
        connection.execute(text("SET LOCAL lock_timeout = 0"))
        return len(connection.execute(ROWS).all() + connection.execute(ROWS).all())


async def read_twice_async(db: AsyncDatabase, _key: object) -> int:
    """Read three rows twice, and write none, awaited."""
    async with db.engine.begin() as connection:
        await connection.execute(text("SET LOCAL lock_timeout = 0"))
        return len((await connection.execute(ROWS)).all() + (await connection.execute(ROWS)).all())


@pytest.mark.parametrize("driver", ["psycopg", "psycopg_async", "psycopg2", "asyncpg"])
def test_rows_that_the_server_returned_are_added_up(postgresql_bench: Workbench, driver: str) -> None:
    """Every driver of PostgreSQL tells how many there are, and what returns no rows counts for none."""
    with recorded(postgresql_bench.engine(driver)) as heard:
        assert postgresql_bench.perform(Variant("read", read_twice, read_twice_async), driver, None) == 6
    assert (len(heard.statements), heard.rows_read) == (3, 6)


def test_rows_that_a_driver_does_not_know_are_not_guessed() -> None:
    """SQLite fetches as it goes: there is no number, whatever came before or comes after."""
    engine = create_engine("sqlite://")
    with recorded(engine) as heard, engine.connect() as connection:
        connection.execute(text("CREATE TABLE points (id INTEGER)"))
        assert heard.rows_read == 0
        connection.execute(text("SELECT 1")).all()
        connection.execute(text("DELETE FROM points"))
    engine.dispose()
    assert heard.rows_read is None
