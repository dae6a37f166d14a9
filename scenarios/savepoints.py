"""Write items one by one: what does a savepoint for each of them cost?

An order with 1, 10 or 100 items, written one after the other, so that an item that fails can be left out: each in a
savepoint of its own, all in one, or without any. Nothing fails here. The order itself is written first; without it
SQLite's driver would begin no transaction, and a savepoint would be a commit. Says nothing about what a rollback to a
savepoint costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from sqlalchemy import Connection

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import DEPOT, Batch, Delivery, DepotSize, Parcel, empty, new_batch, parcels_of


def an_order(parameters: Parameters, _size: DepotSize, random: Random) -> Batch:
    """Draw an order of so many items."""
    return new_batch(random, int(parameters["items"]))


def no_savepoint(db: Database, order: Batch) -> int:
    """No savepoint; every item is flushed."""
    with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        session.flush()
        for row in order.rows:
            session.add(Parcel(**row))
            session.flush()
        session.commit()
        return len(order.rows)


async def no_savepoint_async(db: AsyncDatabase, order: Batch) -> int:
    """No savepoint; every item is flushed."""
    async with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        await session.flush()
        for row in order.rows:
            session.add(Parcel(**row))
            await session.flush()
        await session.commit()
        return len(order.rows)


def one_savepoint(db: Database, order: Batch) -> int:
    """One savepoint around all items; every item is flushed."""
    with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        session.flush()
        with session.begin_nested():
            for row in order.rows:
                session.add(Parcel(**row))
                session.flush()
        session.commit()
        return len(order.rows)


async def one_savepoint_async(db: AsyncDatabase, order: Batch) -> int:
    """One savepoint around all items; every item is flushed."""
    async with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        await session.flush()
        async with session.begin_nested():
            for row in order.rows:
                session.add(Parcel(**row))
                await session.flush()
        await session.commit()
        return len(order.rows)


def savepoint_each(db: Database, order: Batch) -> int:
    """A savepoint around each item, which flushes it (`begin_nested`)."""
    with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        session.flush()
        for row in order.rows:
            with session.begin_nested():
                session.add(Parcel(**row))
        session.commit()
        return len(order.rows)


async def savepoint_each_async(db: AsyncDatabase, order: Batch) -> int:
    """A savepoint around each item, which flushes it (`begin_nested`)."""
    async with db.session() as session:
        session.add(Delivery(batch=order.number, receiver="Ada Chen"))
        await session.flush()
        for row in order.rows:
            async with session.begin_nested():
                session.add(Parcel(**row))
        await session.commit()
        return len(order.rows)


def arrange(connection: Connection, _orders: Sequence[Batch]) -> None:
    """Take all orders and items away."""
    empty(connection, Parcel, Delivery)


def outcome(connection: Connection, order: Batch) -> list[tuple[Any, ...]]:
    """Return the items of the order."""
    return parcels_of(connection, order.number)


def has_many(parameters: Parameters) -> bool:
    """Tell whether there are many items."""
    return int(parameters["items"]) > 1


CLAIMS = (
    Claim(
        "C51",
        "a savepoint for each item costs two statements more for each item",
        Statements("savepoint_each", lambda parameters: 1 + 3 * int(parameters["items"])),
        "Multiply by your round trip: SAVEPOINT and RELEASE each wait for one.",
    ),
    Claim(
        "C51",
        "a savepoint for each item doubles the time",
        Faster("no_savepoint", "savepoint_each", times=2.0, where=has_many),
        "Check items before they are written where that is possible, and keep savepoints for those that can fail.",
    ),
)

SCENARIO = Scenario(
    name="savepoints",
    variants=(
        Variant("no_savepoint", no_savepoint, no_savepoint_async),
        Variant("one_savepoint", one_savepoint, one_savepoint_async),
        Variant("savepoint_each", savepoint_each, savepoint_each_async),
    ),
    baseline="no_savepoint",
    dataset=DEPOT,
    key=an_order,
    parameters={"items": (1, 10, 100)},
    smoke=None,
    quick=None,
    full={"items": (1, 10)},
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
