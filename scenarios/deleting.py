"""Delete a row with its children: who follows the foreign key, the ORM or the database?

A crate with 1, 10 or 100 items is taken out of the depot. The ORM's cascade loads the items to delete them one by one;
with `passive_deletes` it leaves them to ON DELETE CASCADE; a direct DELETE does not even fetch the crate. Afterwards
both are gone. Says nothing about children of children, about tables whose foreign keys do not cascade, nor about what
code is listening to the deletion of each entity: only the ORM's own cascade tells it.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from sqlalchemy import Connection, Integer, bindparam, delete, func, insert, select
from sqlalchemy.orm import Mapped, relationship

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import DEPOT, Base, Crate, CrateItem, DepotSize, Template, empty, table_of

KEPT = 1
"""The crate that nobody deletes: whatever takes too much away is found out."""
CRATES = range(2, 2_000_000_000)
"""Keys draw a crate from so many that two operations of a block do not delete the same."""


class CascadingCrate(Base):
    """A crate whose items the ORM deletes."""

    __table__ = table_of(Crate)

    items: Mapped[list[CrateItem]] = relationship(cascade="all, delete-orphan")


class PassiveCrate(Base):
    """A crate whose items the database deletes."""

    __table__ = table_of(Crate)

    items: Mapped[list[CrateItem]] = relationship(cascade="all, delete-orphan", passive_deletes=True, overlaps="items")


ITEMS = select(CrateItem).where(CrateItem.crate_id == bindparam("crate_id"))
DIRECT = delete(Crate).where(table_of(Crate).c.id == bindparam("crate_id"))

NEW_CRATES = insert(table_of(Crate))
NEW_ITEMS = insert(table_of(CrateItem)).from_select(
    ["crate_id", "name", "weight_g"],
    select(bindparam("crate_id", type_=Integer()), Template.name, Template.weight_g).where(
        Template.id <= bindparam("count", type_=Integer())
    ),
)
LEFT = tuple(
    select(func.count()).select_from(table).where(column == bindparam("crate_id"))
    for table, column in (
        (table_of(Crate), table_of(Crate).c.id),
        (table_of(CrateItem), table_of(CrateItem).c.crate_id),
    )
)


class Doomed(NamedTuple):
    """What one operation deletes: a crate, and its so many items."""

    crate: dict[str, int]
    items: int


def a_crate(parameters: Parameters, _size: DepotSize, random: Random) -> Doomed:
    """Draw a crate."""
    return Doomed({"crate_id": random.choice(CRATES)}, int(parameters["children"]))


def orm_cascade(db: Database, doomed: Doomed) -> None:
    """Fetch the crate and delete it; the ORM loads and deletes the items (`cascade="all, delete-orphan"`)."""
    with db.session() as session:
        session.delete(session.get_one(CascadingCrate, doomed.crate["crate_id"]))
        session.commit()


async def orm_cascade_async(db: AsyncDatabase, doomed: Doomed) -> None:
    """Fetch the crate and delete it; the ORM loads and deletes the items (`cascade="all, delete-orphan"`)."""
    async with db.session() as session:
        await session.delete(await session.get_one(CascadingCrate, doomed.crate["crate_id"]))
        await session.commit()


def passive_deletes(db: Database, doomed: Doomed) -> None:
    """Fetch the crate and delete it; the database deletes the items (`passive_deletes=True`)."""
    with db.session() as session:
        session.delete(session.get_one(PassiveCrate, doomed.crate["crate_id"]))
        session.commit()


async def passive_deletes_async(db: AsyncDatabase, doomed: Doomed) -> None:
    """Fetch the crate and delete it; the database deletes the items (`passive_deletes=True`)."""
    async with db.session() as session:
        await session.delete(await session.get_one(PassiveCrate, doomed.crate["crate_id"]))
        await session.commit()


def fetch_delete(db: Database, doomed: Doomed) -> None:
    """Fetch the items and delete each, then the same with the crate; no relationship."""
    with db.session() as session:
        for item in session.scalars(ITEMS, doomed.crate).all():
            session.delete(item)
        session.flush()
        session.delete(session.get_one(Crate, doomed.crate["crate_id"]))
        session.commit()


async def fetch_delete_async(db: AsyncDatabase, doomed: Doomed) -> None:
    """Fetch the items and delete each, then the same with the crate; no relationship."""
    async with db.session() as session:
        for item in (await session.scalars(ITEMS, doomed.crate)).all():
            await session.delete(item)
        await session.flush()
        await session.delete(await session.get_one(Crate, doomed.crate["crate_id"]))
        await session.commit()


def direct(db: Database, doomed: Doomed) -> None:
    """One DELETE ... WHERE; the database deletes the items."""
    with db.session() as session:
        session.execute(DIRECT, doomed.crate)
        session.commit()


async def direct_async(db: AsyncDatabase, doomed: Doomed) -> None:
    """One DELETE ... WHERE; the database deletes the items."""
    async with db.session() as session:
        await session.execute(DIRECT, doomed.crate)
        await session.commit()


def arrange(connection: Connection, doomed: Sequence[Doomed]) -> None:
    """Have the crates there with their items, the one that is kept, and nothing else."""
    empty(connection, CrateItem, Crate)
    ids = {KEPT, *(each.crate["crate_id"] for each in doomed)}
    connection.execute(NEW_CRATES, [{"id": crate_id, "label": f"Crate {crate_id}"} for crate_id in ids])
    connection.execute(NEW_ITEMS, [{"crate_id": crate_id, "count": doomed[0].items} for crate_id in ids])


def outcome(connection: Connection, doomed: Doomed) -> dict[str, list[int]]:
    """Return how many crates and items are left: of the one that goes, and of the one that is kept."""
    asked = {"gone": doomed.crate, "kept": {"crate_id": KEPT}}
    return {name: [connection.execute(count, crate).scalar_one() for count in LEFT] for name, crate in asked.items()}


def has_many(parameters: Parameters) -> bool:
    """Tell whether there are many children."""
    return int(parameters["children"]) > 1


CLAIMS = (
    Claim(
        "C28",
        'cascade="all, delete-orphan" deletes the children, but loads them first: 4 statements',
        Statements("orm_cascade", 4),
        "Add passive_deletes where the foreign key cascades and there can be many children.",
    ),
    Claim(
        "C28",
        "passive_deletes is faster than the ORM's own cascade",
        Faster("passive_deletes", "orm_cascade", where=has_many),
        "Declare ON DELETE CASCADE and passive_deletes=True where no Python code watches the children.",
    ),
    Claim(
        "C35",
        "a direct DELETE is faster than fetching and deleting",
        Faster("direct", "orm_cascade"),
        "Use it where the foreign keys cascade: it goes past every cascade and event of the ORM.",
    ),
    Claim(
        "C35",
        "a direct DELETE is faster than fetching and deleting, even if the database deletes the children both times",
        Faster("direct", "passive_deletes"),
        "Look at what the fetch is for: often it only checks that the row is there, which rowcount tells as well.",
    ),
)

SCENARIO = Scenario(
    name="deleting",
    variants=(
        Variant("orm_cascade", orm_cascade, orm_cascade_async),
        Variant("passive_deletes", passive_deletes, passive_deletes_async),
        Variant("fetch_delete", fetch_delete, fetch_delete_async),
        Variant("direct", direct, direct_async),
    ),
    baseline="orm_cascade",
    dataset=DEPOT,
    key=a_crate,
    parameters={"children": (1, 10, 100)},
    smoke=None,
    quick=None,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
