"""Insert many rows: what do commits, flushes, entities and batches cost, and how far away is COPY?

An import or an upload: so many parcels of six values arrive as dictionaries and are written, with commits that wait
for the disk or not. The database gives every parcel its id. On MariaDB and MySQL it is a setting of the whole server
whether a commit waits, and ormbench leaves that alone. COPY is there as the ceiling: it returns nothing. Says nothing
about tables with many indexes or triggers, nor about several writers at once; and a commit costs what the disk of this
machine makes it cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from sqlalchemy import Connection, insert

from bench.core.claims import Parameters
from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import (
    DEPOT,
    Batch,
    DepotSize,
    Parcel,
    durability,
    empty,
    never_undurable,
    new_batch,
    parcels_of,
    table_of,
)
from scenarios.inserting_claims import CLAIMS, PAGE
from scenarios.inserting_copy import copy_rows, copy_rows_async, no_copy

MOST_ONE_BY_ONE = 100
"""The most rows that are written one by one: a thousand commits take seconds, and every case is repeated often."""
SMALL_PAGE, LARGEST_PAGE = 100, 10_000

BULK = insert(Parcel)
CORE = insert(table_of(Parcel))
RETURNING = BULK.returning(Parcel.id, sort_by_parameter_order=True)
SMALL_PAGES = RETURNING.execution_options(insertmanyvalues_page_size=SMALL_PAGE)
LARGEST_PAGES = RETURNING.execution_options(insertmanyvalues_page_size=LARGEST_PAGE)


def commit_per_row(db: Database, batch: Batch) -> int:
    """Entities; every one is added and committed by itself."""
    with db.session() as session:
        for row in batch.rows:
            session.add(Parcel(**row))
            session.commit()
        return len(batch.rows)


async def commit_per_row_async(db: AsyncDatabase, batch: Batch) -> int:
    """Entities; every one is added and committed by itself."""
    async with db.session() as session:
        for row in batch.rows:
            session.add(Parcel(**row))
            await session.commit()
        return len(batch.rows)


def flush_per_row(db: Database, batch: Batch) -> int:
    """Entities; every one is flushed by itself, one commit."""
    with db.session() as session:
        for row in batch.rows:
            session.add(Parcel(**row))
            session.flush()
        session.commit()
        return len(batch.rows)


async def flush_per_row_async(db: AsyncDatabase, batch: Batch) -> int:
    """Entities; every one is flushed by itself, one commit."""
    async with db.session() as session:
        for row in batch.rows:
            session.add(Parcel(**row))
            await session.flush()
        await session.commit()
        return len(batch.rows)


def add_all(db: Database, batch: Batch) -> int:
    """Entities; all are added, one commit (`add_all`)."""
    with db.session() as session:
        parcels = [Parcel(**row) for row in batch.rows]
        session.add_all(parcels)
        session.commit()
        return len({parcel.id for parcel in parcels})


async def add_all_async(db: AsyncDatabase, batch: Batch) -> int:
    """Entities; all are added, one commit (`add_all`)."""
    async with db.session() as session:
        parcels = [Parcel(**row) for row in batch.rows]
        session.add_all(parcels)
        await session.commit()
        return len({parcel.id for parcel in parcels})


def bulk(db: Database, batch: Batch) -> int:
    """Dictionaries through the session (`insert(Model)`)."""
    with db.session() as session:
        session.execute(BULK, batch.rows)
        session.commit()
        return len(batch.rows)


async def bulk_async(db: AsyncDatabase, batch: Batch) -> int:
    """Dictionaries through the session (`insert(Model)`)."""
    async with db.session() as session:
        await session.execute(BULK, batch.rows)
        await session.commit()
        return len(batch.rows)


def core(db: Database, batch: Batch) -> int:
    """Dictionaries through a connection (`insert(table)`, executemany)."""
    with db.engine.begin() as connection:
        connection.execute(CORE, batch.rows)
        return len(batch.rows)


async def core_async(db: AsyncDatabase, batch: Batch) -> int:
    """Dictionaries through a connection (`insert(table)`, executemany)."""
    async with db.engine.begin() as connection:
        await connection.execute(CORE, batch.rows)
        return len(batch.rows)


def returning(db: Database, batch: Batch) -> int:
    """Dictionaries through the session; the ids come back in their order (RETURNING)."""
    with db.session() as session:
        ids = session.scalars(RETURNING, batch.rows).all()
        session.commit()
        return len(set(ids))


async def returning_async(db: AsyncDatabase, batch: Batch) -> int:
    """Dictionaries through the session; the ids come back in their order (RETURNING)."""
    async with db.session() as session:
        ids = (await session.scalars(RETURNING, batch.rows)).all()
        await session.commit()
        return len(set(ids))


def batches_of_100(db: Database, batch: Batch) -> int:
    """The same with 100 rows in an INSERT (`insertmanyvalues_page_size`)."""
    with db.session() as session:
        ids = session.scalars(SMALL_PAGES, batch.rows).all()
        session.commit()
        return len(set(ids))


async def batches_of_100_async(db: AsyncDatabase, batch: Batch) -> int:
    """The same with 100 rows in an INSERT (`insertmanyvalues_page_size`)."""
    async with db.session() as session:
        ids = (await session.scalars(SMALL_PAGES, batch.rows)).all()
        await session.commit()
        return len(set(ids))


def largest_batches(db: Database, batch: Batch) -> int:
    """The same with as many rows in an INSERT as the limit of parameters allows."""
    with db.session() as session:
        ids = session.scalars(LARGEST_PAGES, batch.rows).all()
        session.commit()
        return len(set(ids))


async def largest_batches_async(db: AsyncDatabase, batch: Batch) -> int:
    """The same with as many rows in an INSERT as the limit of parameters allows."""
    async with db.session() as session:
        ids = (await session.scalars(LARGEST_PAGES, batch.rows)).all()
        await session.commit()
        return len(set(ids))


def copy(db: Database, batch: Batch) -> int:
    """COPY by the driver's own call in its own transaction, past SQLAlchemy: the ceiling."""
    connection = db.bare()
    copy_rows(connection, batch.rows)
    return len(batch.rows)


async def copy_async(db: AsyncDatabase, batch: Batch) -> int:
    """COPY by the driver's own call in its own transaction, past SQLAlchemy: the ceiling."""
    connection = await db.bare()
    await copy_rows_async(connection, batch.rows)
    return len(batch.rows)


def a_batch_of_rows(parameters: Parameters, _size: DepotSize, random: Random) -> Batch:
    """Draw a batch of new parcels."""
    return new_batch(random, int(parameters["rows"]))


def arrange(connection: Connection, _batches: Sequence[Batch]) -> None:
    """Take all parcels away."""
    empty(connection, Parcel)


def outcome(connection: Connection, batch: Batch) -> list[tuple[Any, ...]]:
    """Return the parcels of the batch in the order of their ids."""
    return parcels_of(connection, batch.number)


def too_many_commits(_place: Place, parameters: Parameters) -> str | None:
    """Return why rows are not committed one by one, or None."""
    if int(parameters["rows"]) <= MOST_ONE_BY_ONE:
        return None
    return f"so many commits take too long to be repeated; what each of them costs shows with {MOST_ONE_BY_ONE} rows"


def too_many_flushes(_place: Place, parameters: Parameters) -> str | None:
    """Return why rows are not flushed one by one, or None."""
    if int(parameters["rows"]) <= MOST_ONE_BY_ONE:
        return None
    return f"so many flushes take too long to be repeated; what each of them costs shows with {MOST_ONE_BY_ONE} rows"


def no_returning(place: Place, _parameters: Parameters) -> str | None:
    """Return why the ids cannot come back, or None."""
    return "MySQL has no INSERT ... RETURNING" if place.kind == "mysql" else None


def no_pages(place: Place, parameters: Parameters) -> str | None:
    """Return why there are no INSERTs of several rows whose ids come back in order, or None."""
    if place.kind == "sqlite":
        return "SQLite promises no order of RETURNING, so SQLAlchemy sends an INSERT for each row, whatever the page"
    return no_returning(place, parameters)


def no_small_pages(place: Place, parameters: Parameters) -> str | None:
    """Return why smaller pages make no difference, or None."""
    few = f"{SMALL_PAGE} rows or fewer are one INSERT either way" if int(parameters["rows"]) <= SMALL_PAGE else None
    return no_pages(place, parameters) or few


def no_larger_pages(place: Place, parameters: Parameters) -> str | None:
    """Return why larger pages make no difference, or None."""
    few = f"{PAGE:,} rows or fewer are one INSERT either way" if int(parameters["rows"]) <= PAGE else None
    return no_pages(place, parameters) or few


ROWS_IN_VALUES = {"psycopg2": "SQLAlchemy writes many rows into one VALUES list here: psycopg2's executemany is slow"}

OWN_CALLS = Divergence("every driver has calls of its own: see `inserting_copy`")

SCENARIO = Scenario(
    name="inserting",
    variants=(
        Variant("commit_per_row", commit_per_row, commit_per_row_async, unable=too_many_commits),
        Variant("flush_per_row", flush_per_row, flush_per_row_async, unable=too_many_flushes),
        Variant("add_all", add_all, add_all_async),
        Variant("bulk", bulk, bulk_async, other_sql=ROWS_IN_VALUES),
        Variant("core", core, core_async, other_sql=ROWS_IN_VALUES),
        Variant("returning", returning, returning_async, unable=no_returning),
        Variant("batches_of_100", batches_of_100, batches_of_100_async, unable=no_small_pages),
        Variant("largest_batches", largest_batches, largest_batches_async, unable=no_larger_pages),
        Variant("copy", copy, copy_async, divergence=OWN_CALLS, unable=no_copy, bare=True),
    ),
    baseline="add_all",
    dataset=DEPOT,
    key=a_batch_of_rows,
    parameters={"rows": (10, 100, 1_000, 10_000), "durable": (True, False)},
    smoke=None,
    quick=None,
    full={"rows": (100, 1_000)},
    unable=never_undurable,
    conditions=durability,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
