"""Seeding: the same rows on every backend, once, with keys, indexes and identities as the models say."""

import tracemalloc
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any

import pytest
from sqlalchemy import JSON, Column, Engine, ForeignKey, MetaData, String, Table, insert, inspect, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.dataset import Chunk, Dataset
from bench.core.errors import OrmbenchError, UsageError
from bench.servers.namespace import Namespace
from bench.servers.seeding import fill, seed
from scenarios.shop import Base, User
from scenarios.shop_data import SHOP, SIZES


def generated(table: Table, seed_number: int) -> list[tuple[Any, ...]]:
    """Return the rows that the small shop must hold in one table."""
    chunks = SHOP.chunks(SIZES["small"], seed_number)
    return [row for chunk_table, rows in chunks if chunk_table is table for row in rows]


def test_the_database_holds_the_generated_rows(place: Namespace, engine: Engine) -> None:
    """Every table holds exactly the rows of the dataset, value for value, on each backend."""
    seeded = seed(place, SHOP, "small", 4)
    assert (seeded.rows, seeded.reused) == (SIZES["small"].rows, False)
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            stored = [tuple(row) for row in connection.execute(select(table).order_by(table.c.id))]
            assert stored == generated(table, 4)


def test_keys_and_indexes_are_those_of_the_models(place: Namespace, engine: Engine) -> None:
    """Nothing that the models declare is missing after the fast way of loading, and names are kept."""
    seed(place, SHOP, "small", 4)
    inspector = inspect(engine)
    for table in Base.metadata.sorted_tables:
        keys = {(*key["constrained_columns"], key["referred_table"]) for key in inspector.get_foreign_keys(table.name)}
        assert keys == {(key.parent.name, key.column.table.name) for key in table.foreign_keys}
        indexes = {index["name"] for index in inspector.get_indexes(table.name)}
        assert {index.name for index in table.indexes} <= indexes
        assert inspector.get_pk_constraint(table.name)["constrained_columns"] == ["id"]
    unique = inspector.get_unique_constraints("users")
    assert [(one["name"], one["column_names"]) for one in unique] == [("uq_users_email", ["email"])]


def test_identities_continue_above_the_seeded_keys(place: Namespace, engine: Engine) -> None:
    """A row that is inserted without a key gets the next one."""
    seed(place, SHOP, "small", 4)
    values = {"name": "New", "email": "new@example.com", "active": True, "created_at": datetime(2026, 1, 1)}  # noqa: DTZ001
    with engine.begin() as connection:
        key = connection.execute(insert(User).values(**values)).inserted_primary_key
    assert key is not None
    assert tuple(key) == (SIZES["small"].users + 1,)


def test_rows_are_written_once(place: Namespace, engine: Engine) -> None:
    """The same size and seed is reused; another seed replaces the rows."""
    assert not seed(place, SHOP, "small", 4).reused
    again = seed(place, SHOP, "small", 4)
    assert (again.reused, again.rows) == (True, SIZES["small"].rows)
    other = seed(place, SHOP, "small", 5)
    assert (other.reused, other.rows) == (False, SIZES["small"].rows)
    with engine.connect() as connection:
        users = [tuple(row) for row in connection.execute(select(User.__table__).order_by(User.id))]
    assert users == generated(Base.metadata.tables["users"], 5)


def test_an_interrupted_seeding_is_not_taken_for_whole(place: Namespace) -> None:
    """Where chunks end in an error, the next seeding starts anew, whatever was there before."""

    def breaking(size: Any, seed_number: int) -> Iterator[Any]:  # noqa: ANN401 - see Dataset.size
        for number, chunk in enumerate(SHOP.chunks(size, seed_number)):
            if number == 3:
                message = "power cut"
                raise RuntimeError(message)
            yield chunk

    seed(place, SHOP, "small", 4)
    with pytest.raises(RuntimeError, match="power cut"):
        seed(place, replace(SHOP, chunks=breaking), "small", 5)
    assert seed(place, SHOP, "small", 4).reused is False


class Colour(Enum):
    """A type whose values SQLAlchemy converts on the way to the database."""

    RED = "#f00"
    BLUE = "#00f"


class Own(DeclarativeBase):
    """The models of a user, unlike the shop."""


class Shelf(Own):
    """A parent whose table is a reserved word."""

    __tablename__ = "order"

    id: Mapped[int] = mapped_column(primary_key=True)
    colour: Mapped[Colour]
    tags: Mapped[dict[str, Any]] = mapped_column(JSON)
    note: Mapped[str | None] = mapped_column("Its Note", String(80))


class Box(Own):
    """A child."""

    __tablename__ = "box"

    id: Mapped[int] = mapped_column(primary_key=True)
    shelf_id: Mapped[int] = mapped_column(ForeignKey("order.id"), index=True)


CHUNK = 1_000
SHELVES = [
    (1, Colour.RED, {"wood": ["oak", 1.5]}, "tab\there, line\nthere, back\\slash, \\N, 'quote'"),
    (5, Colour.BLUE, {}, None),
    (9, Colour.RED, {"é": None}, "ünï \N{SNOWMAN}"),
]


def own_chunks(_size: object, _seed: int) -> Iterator[Chunk]:
    """Yield few rows, some of a table in a second piece, and a piece without rows."""
    shelves, boxes = Own.metadata.tables["order"], Own.metadata.tables["box"]
    yield shelves, list(SHELVES[:2])
    yield boxes, [(1, 5)]
    yield boxes, []
    yield shelves, list(SHELVES[2:])
    yield boxes, [(2, 9)]


def test_a_dataset_of_ones_own_is_seeded_alike(place: Namespace, engine: Engine) -> None:
    """Enums, documents, missing values, odd names and odd characters arrive as they were given."""
    dataset = Dataset("own", Own.metadata, {"only": None}, own_chunks)
    assert seed(place, dataset, "small", 1).rows == 5
    with engine.connect() as connection:
        shelves, boxes = Own.metadata.tables["order"], Own.metadata.tables["box"]
        assert [tuple(row) for row in connection.execute(select(shelves).order_by(shelves.c.id))] == SHELVES
        assert connection.execute(select(boxes).order_by(boxes.c.id)).all() == [(1, 5), (2, 9)]


def peak_of(work: Callable[[], object]) -> int:
    """Return how many bytes were held at most at a time."""
    tracemalloc.start()
    work()
    _, highest = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return highest


def test_rows_of_a_larger_size_are_made_in_no_more_memory() -> None:
    """Those of the shop come in pieces that are not kept: 20 times the rows, less than 5 times the peak."""

    def peak(size_name: str) -> int:
        return peak_of(lambda: deque(SHOP.chunks(SIZES[size_name], 1), maxlen=0))

    # The largest table of the small size is less than a whole piece.
    assert peak("medium") < 5 * peak("small")


def test_seeding_more_rows_needs_no_more_memory(engine: Engine) -> None:
    """Peak memory depends on the chunk, not on the number of rows: 20 times the rows, less than 3 times the peak."""
    table = Own.metadata.tables["order"]

    def chunks(number: int, _seed: int) -> Iterator[Chunk]:
        for first in range(1, number * CHUNK, CHUNK):
            yield table, [(each, Colour.RED, {}, f"shelf {each}") for each in range(first, first + CHUNK)]

    dataset = Dataset("own", Own.metadata, {"one": 1, "twenty": 20}, chunks)
    # What is made once, compiled statements above all, is no part of it.
    fill(engine, dataset, "one", 1)
    one, twenty = (peak_of(lambda size=size: fill(engine, dataset, size, 1)) for size in ("one", "twenty"))
    assert twenty < 3 * one


def test_seeding_leaves_the_models_as_they_are(place: Namespace) -> None:
    """The fingerprint, made of the tables' DDL, is the same before and after."""
    before = SHOP.fingerprint("small", 4)
    assert seed(place, SHOP, "small", 4).fingerprint == before == SHOP.fingerprint("small", 4)


def test_tables_of_an_earlier_schema_do_not_stand_in_the_way(place: Namespace, engine: Engine) -> None:
    """A table that was dropped from the models and points at one that stayed is gone after seeding."""
    seed(place, SHOP, "small", 4)
    former = MetaData()
    Base.metadata.tables["users"].to_metadata(former)
    Table("wishes", former, Column("user_id", ForeignKey("users.id")))
    former.create_all(engine)
    assert seed(place, SHOP, "small", 5).rows == SIZES["small"].rows
    assert not inspect(engine).has_table("wishes")


def test_a_row_that_does_not_fit_its_table_is_named(place: Namespace) -> None:
    """A chunk with too few values is an error of the dataset's author, in one line."""
    broken = replace(SHOP, chunks=lambda *_: iter([(Base.metadata.tables["users"], [(1, "Ada")])]))
    with pytest.raises(UsageError, match="a row of table 'users' has 2 values, but the table has 5 columns"):
        seed(place, broken, "small", 1)


def test_a_refusal_of_the_database_is_one_line(place: Namespace) -> None:
    """What the database says about a row that it does not take is passed on without a traceback's length."""
    twice = [(1, "Shelf 1"), (1, "Shelf 2")]
    broken = replace(SHOP, chunks=lambda *_: iter([(Base.metadata.tables["categories"], twice)]))
    with pytest.raises(OrmbenchError, match="cannot write the rows of dataset 'shop'") as caught:
        seed(place, broken, "small", 1)
    assert "\n" not in str(caught.value)
    assert place.read_fingerprint() == ""
