"""The claims that `inserting` puts to the test."""

from __future__ import annotations

from math import ceil

from sqlalchemy import insert

from bench.core.claims import Claim, Faster, Parameters, Raises, Statements
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import Batch, StockItem, table_of

PAGE = 1_000
"""Rows that SQLAlchemy puts into one INSERT ... RETURNING (`insertmanyvalues_page_size`)."""
STOCK = insert(table_of(StockItem))


def insert_twice(db: Database, batch: Batch) -> None:
    """Insert rows, and add entities for the same rows."""
    rows = [{"sku": f"{batch.number}-{row['name']}", "name": row["name"], "quantity": 1} for row in batch.rows]
    with db.session() as session:
        session.execute(STOCK, rows)
        session.add_all([StockItem(**row) for row in rows])
        session.commit()


async def insert_twice_async(db: AsyncDatabase, batch: Batch) -> None:
    """Insert rows, and add entities for the same rows."""
    rows = [{"sku": f"{batch.number}-{row['name']}", "name": row["name"], "quantity": 1} for row in batch.rows]
    async with db.session() as session:
        await session.execute(STOCK, rows)
        session.add_all([StockItem(**row) for row in rows])
        await session.commit()


def by_the_hundred(parameters: Parameters) -> bool:
    """Tell whether there are a hundred rows or more."""
    return int(parameters["rows"]) >= 100  # noqa: PLR2004 - what the name says


def several_pages(parameters: Parameters) -> bool:
    """Tell whether the rows fill more than one INSERT."""
    return int(parameters["rows"]) > PAGE


def waits_for_the_disk(parameters: Parameters) -> bool:
    """Tell whether a commit waits for the disk."""
    return bool(parameters["durable"])


CLAIMS = (
    Claim(
        "C29",
        "add_all with one commit is faster than a commit per row",
        Faster("add_all", "commit_per_row"),
        "Commit where the work is whole, not where a row is written.",
    ),
    Claim(
        "C29",
        "add_all sends one INSERT for a thousand rows",
        Statements("add_all", lambda parameters: ceil(int(parameters["rows"]) / PAGE)),
        "Look at the count on your backend: where RETURNING has no order, as on SQLite, every row is an INSERT.",
    ),
    Claim(
        "C30",
        "a commit per row is ten times as slow as one commit",
        Faster("add_all", "commit_per_row", times=10.0, where=waits_for_the_disk),
        "The factor is the price of a disk flush and a round trip: measure where you deploy.",
    ),
    Claim(
        "C30",
        "a commit per row sends one INSERT for each row",
        Statements("commit_per_row", lambda parameters: int(parameters["rows"])),
        "A flush per row does so too: let one flush have many rows.",
    ),
    Claim(
        "C31",
        "insert(Model) with a list of dictionaries is faster than add_all",
        Faster("bulk", "add_all"),
        "Use it where no code needs the entities afterwards.",
    ),
    Claim(
        "C32",
        "dictionaries in Core are faster than ORM objects",
        Faster("core", "add_all"),
        "Check values before they reach either: entities do not validate types unless @validates says so.",
    ),
    Claim(
        "C33",
        "Table.insert() is faster than insert(Model)",
        Faster("core", "bulk", where=by_the_hundred),
        "Take either; insert(Model) knows attribute names and joins the session's transaction.",
    ),
    Claim(
        "C33",
        "the function that shows both ways of a bulk insert inserts its rows twice",
        Raises("IntegrityError", insert_twice, insert_twice_async),
        "Run what a guide prints before it is copied.",
    ),
    Claim(
        "C99",
        "with 100 rows, add_all is ten times as fast as one INSERT per row",
        Faster("add_all", "flush_per_row", times=10.0, where=by_the_hundred),
        "Add all entities first and flush once: what is flushed together is sent together.",
        expected="depends",
        explained=(
            "The saying compares two versions over 100,000 rows; here one version writes 100 rows in two ways. On "
            "servers add_all saves 99 of 102 round trips, but on one machine a round trip is short, and making and "
            "flushing entities is paid either way. On SQLite both ways send an INSERT for each row."
        ),
    ),
    Claim(
        "C100",
        "pages of 1,000 rows are faster than pages of 100",
        Faster("returning", "batches_of_100"),
        "Change insertmanyvalues_page_size only after measuring with rows as wide as yours.",
    ),
    Claim(
        "C100",
        "pages of 1,000 rows are faster than pages as large as the limit of parameters allows",
        Faster("returning", "largest_batches", where=several_pages),
        "Change insertmanyvalues_page_size only after measuring with rows as wide as yours.",
    ),
    Claim(
        "C101",
        "with 100 rows, COPY is 240 times as fast as adding them one by one",
        Faster("copy", "commit_per_row", times=240.0, where=by_the_hundred),
        "Look at the distance from COPY to the way you use now: that is all there is to win.",
    ),
    Claim(
        "C101",
        "COPY is faster than executemany",
        Faster("copy", "core"),
        "Use COPY for imports where a driver's own call is worth its place in the code.",
    ),
)
