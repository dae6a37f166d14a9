"""Create a row and answer with it: what do flush, refresh and `expire_on_commit` cost?

A POST request that writes one row and returns it with what the database gave it, its id and a default. Guides flush,
commit and refresh; where INSERT can return these values none of that is needed but the commit. With `expire_on_commit`,
which is on unless a session says otherwise, reading the row loads it again. Commits wait for the disk or not, because a
slow disk hides everything else. Says nothing about how stale an object may be that is not loaded again.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from random import Random
from typing import Any

from sqlalchemy import Connection, select

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import DEPOT, Delivery, DepotSize, Row, a_batch, durability, empty, never_undurable

Record = tuple[Any, ...]

SHOWN: attrgetter[Record] = attrgetter("batch", "receiver", "status", "id")
ALL = select(Delivery.batch, Delivery.receiver, Delivery.status).order_by(Delivery.id)


def a_delivery(_parameters: Parameters, _size: DepotSize, random: Random) -> Row:
    """Draw what a request brings."""
    batch = a_batch(random)
    return {"batch": batch, "receiver": f"Receiver {batch}"}


def flush_commit_refresh(db: Database, delivery: Row) -> Record:
    """Add, flush, commit, refresh, read: what guides show."""
    with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        session.flush()
        session.commit()
        session.refresh(created)
        return SHOWN(created)


async def flush_commit_refresh_async(db: AsyncDatabase, delivery: Row) -> Record:
    """Add, flush, commit, refresh, read: what guides show."""
    async with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        await session.flush()
        await session.commit()
        await session.refresh(created)
        return SHOWN(created)


def expired(db: Database, delivery: Row) -> Record:
    """Add, commit, read; the commit expires the object (`expire_on_commit=True`)."""
    with db.session(expire_on_commit=True) as session:
        created = Delivery(**delivery)
        session.add(created)
        session.commit()
        return SHOWN(created)


async def expired_async(db: AsyncDatabase, delivery: Row) -> Record:
    """Add, commit, read; the commit expires the object (`expire_on_commit=True`)."""
    async with db.session(expire_on_commit=True) as session:
        created = Delivery(**delivery)
        session.add(created)
        await session.commit()
        await created.awaitable_attrs.status  # One expired attribute loads all of them.
        return SHOWN(created)


def flush_commit(db: Database, delivery: Row) -> Record:
    """Add, flush, read, commit (`expire_on_commit=False`)."""
    with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        session.flush()
        shown = SHOWN(created)
        session.commit()
        return shown


async def flush_commit_async(db: AsyncDatabase, delivery: Row) -> Record:
    """Add, flush, read, commit (`expire_on_commit=False`)."""
    async with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        await session.flush()
        shown = SHOWN(created)
        await session.commit()
        return shown


def commit_only(db: Database, delivery: Row) -> Record:
    """Add, commit, read (`expire_on_commit=False`)."""
    with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        session.commit()
        return SHOWN(created)


async def commit_only_async(db: AsyncDatabase, delivery: Row) -> Record:
    """Add, commit, read (`expire_on_commit=False`)."""
    async with db.session() as session:
        created = Delivery(**delivery)
        session.add(created)
        await session.commit()
        return SHOWN(created)


def arrange(connection: Connection, _deliveries: Sequence[Row]) -> None:
    """Take all deliveries away, so that the next one has the id 1 again."""
    empty(connection, Delivery)


def outcome(connection: Connection, _delivery: Row) -> list[Record]:
    """Return all deliveries."""
    return [tuple(row) for row in connection.execute(ALL)]


def default_unknown(place: Place, _parameters: Parameters) -> str | None:
    """Return why the default of the database cannot be read without asking for it, or None."""
    if place.kind == "mysql":
        return "MySQL has no INSERT ... RETURNING: what the database gave the row is not known until it is read"
    return None


CLAIMS = (
    Claim(
        "C26",
        "committing and reading the row is faster with expire_on_commit=False",
        Faster("commit_only", "expired"),
        "Switch it off where a request ends with its commit; what is kept may be stale.",
    ),
    Claim(
        "C26",
        "with expire_on_commit, reading the row after the commit sends a second statement",
        Statements("expired", 2),
        "In async code the reload must be awaited: an expired attribute that is only read raises MissingGreenlet, "
        "inside of a StatementError with most drivers.",
    ),
    Claim(
        "C27",
        "without refresh one statement gives the id and the default of the database",
        Statements("commit_only", 1),
        "Refresh only where the database changes the row and INSERT cannot return it, as with MySQL's defaults.",
    ),
    Claim(
        "C27",
        "refresh after the commit is one statement more",
        Statements("flush_commit_refresh", 2),
        "Leave refresh out where the session does not expire its objects.",
    ),
    Claim(
        "C27",
        "creating a row is 1.6 times as fast without refresh",
        Faster("commit_only", "flush_commit_refresh", times=1.6),
        "Count the round trips: SELECT, and BEGIN and ROLLBACK around it.",
    ),
)

SCENARIO = Scenario(
    name="committing",
    variants=(
        Variant("flush_commit_refresh", flush_commit_refresh, flush_commit_refresh_async),
        Variant(
            "expired",
            expired,
            expired_async,
            divergence=Divergence("reading an expired attribute blocks, so async code awaits `awaitable_attrs`"),
        ),
        Variant("flush_commit", flush_commit, flush_commit_async, unable=default_unknown),
        Variant("commit_only", commit_only, commit_only_async, unable=default_unknown),
    ),
    baseline="flush_commit_refresh",
    dataset=DEPOT,
    key=a_delivery,
    parameters={"durable": (True, False)},
    smoke=None,
    quick=None,
    unable=never_undurable,
    conditions=durability,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
