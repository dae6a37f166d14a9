"""Change one column of many rows: fetch and change them, or one UPDATE?

A price list or a status that changes for one row, for a hundred or for a thousand: here the parcels of one batch become
heavier. Fetching first is what code does that has to look at the rows; one UPDATE says what happens to all of them;
a bulk update by key is for values that were worked out elsewhere. Afterwards the rows are the same. Says nothing about
columns with an index, about rows that others change at the same time, nor about rules in Python that a direct UPDATE
goes past.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import (
    DEPOT,
    DepotSize,
    Parcel,
    Row,
    a_batch,
    add_batches,
    empty,
    first_parcel,
    new_parcel,
    parcels_of,
)

HEAVIER_G = range(1, 500)

OF_BATCH = Parcel.batch == bindparam("of_batch")
FETCH = select(Parcel).where(OF_BATCH).order_by(Parcel.id)
DIRECT = update(Parcel).where(OF_BATCH).values(weight_g=Parcel.weight_g + bindparam("more_g"))
BY_KEY = update(Parcel)


class Change(NamedTuple):
    """What one operation does: all parcels of a batch become so much heavier."""

    batch: dict[str, int]
    more_g: dict[str, int]
    by_key: list[Row]
    """The same, worked out elsewhere: the id of every parcel with its new weight."""


def a_change(parameters: Parameters, _size: DepotSize, random: Random) -> Change:
    """Draw a batch of so many parcels, and how much heavier they become."""
    batch, more_g = a_batch(random), random.choice(HEAVIER_G)
    numbers = range(1, int(parameters["rows"]) + 1)
    by_key = [{"id": first_parcel(batch) + each, "weight_g": new_parcel(each)["weight_g"] + more_g} for each in numbers]
    return Change({"of_batch": batch}, {"of_batch": batch, "more_g": more_g}, by_key)


def fetch_change(db: Database, change: Change) -> int:
    """Fetch the entities, change each of them, commit."""
    with db.session() as session:
        parcels = session.scalars(FETCH, change.batch).all()
        for parcel in parcels:
            parcel.weight_g += change.more_g["more_g"]
        session.commit()
        return len(parcels)


async def fetch_change_async(db: AsyncDatabase, change: Change) -> int:
    """Fetch the entities, change each of them, commit."""
    async with db.session() as session:
        parcels = (await session.scalars(FETCH, change.batch)).all()
        for parcel in parcels:
            parcel.weight_g += change.more_g["more_g"]
        await session.commit()
        return len(parcels)


def direct(db: Database, change: Change) -> int:
    """One UPDATE ... WHERE for all of them."""
    with db.session() as session:
        changed: int = session.execute(DIRECT, change.more_g).rowcount  # type: ignore[attr-defined]  # it is a CursorResult
        session.commit()
        return changed


async def direct_async(db: AsyncDatabase, change: Change) -> int:
    """One UPDATE ... WHERE for all of them."""
    async with db.session() as session:
        changed: int = (await session.execute(DIRECT, change.more_g)).rowcount  # type: ignore[attr-defined]  # see direct
        await session.commit()
        return changed


def direct_reselect(db: Database, change: Change) -> int:
    """One UPDATE ... WHERE; the entities are fetched afterwards."""
    with db.session() as session:
        session.execute(DIRECT, change.more_g)
        parcels = session.scalars(FETCH, change.batch).all()
        session.commit()
        return len(parcels)


async def direct_reselect_async(db: AsyncDatabase, change: Change) -> int:
    """One UPDATE ... WHERE; the entities are fetched afterwards."""
    async with db.session() as session:
        await session.execute(DIRECT, change.more_g)
        parcels = (await session.scalars(FETCH, change.batch)).all()
        await session.commit()
        return len(parcels)


def bulk_by_key(db: Database, change: Change) -> int:
    """New values for given ids (`update(Model)` with dictionaries)."""
    with db.session() as session:
        session.execute(BY_KEY, change.by_key)
        session.commit()
        return len(change.by_key)


async def bulk_by_key_async(db: AsyncDatabase, change: Change) -> int:
    """New values for given ids (`update(Model)` with dictionaries)."""
    async with db.session() as session:
        await session.execute(BY_KEY, change.by_key)
        await session.commit()
        return len(change.by_key)


def arrange(connection: Connection, changes: Sequence[Change]) -> None:
    """Put the parcels there as they were before."""
    empty(connection, Parcel)
    add_batches(connection, (change.batch["of_batch"] for change in changes), len(changes[0].by_key))


def outcome(connection: Connection, change: Change) -> list[tuple[Any, ...]]:
    """Return the parcels of the batch."""
    return parcels_of(connection, change.batch["of_batch"])


def changes_many(parameters: Parameters) -> bool:
    """Tell whether it is a whole category of rows."""
    return int(parameters["rows"]) > 1


CLAIMS = (
    Claim(
        "C34",
        "a direct UPDATE is faster than fetching and changing",
        Faster("direct", "fetch_change"),
        "Use it where Python need not look at the rows; validators and events of the ORM do not see them.",
    ),
    Claim(
        "C34",
        "a direct UPDATE is faster than fetching and changing even if the rows are read afterwards",
        Faster("direct_reselect", "fetch_change"),
        "Ask whether anybody needs the rows back; UPDATE ... RETURNING brings them in one statement where it exists.",
    ),
    Claim(
        "C36",
        "one UPDATE for a whole category beats a loop over its rows",
        Faster("direct", "fetch_change", times=2.0, where=changes_many),
        "Let the database work out new values that follow from old ones.",
    ),
    Claim(
        "C36",
        "a bulk update by primary key beats a loop over fetched rows",
        Faster("bulk_by_key", "fetch_change", where=changes_many),
        "Use it where the new values come from elsewhere and differ from row to row.",
    ),
)

SCENARIO = Scenario(
    name="updating",
    variants=(
        Variant("fetch_change", fetch_change, fetch_change_async),
        Variant("direct", direct, direct_async),
        Variant("direct_reselect", direct_reselect, direct_reselect_async),
        Variant("bulk_by_key", bulk_by_key, bulk_by_key_async),
    ),
    baseline="fetch_change",
    dataset=DEPOT,
    key=a_change,
    parameters={"rows": (1, 100, 1_000)},
    smoke=None,
    quick=None,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
