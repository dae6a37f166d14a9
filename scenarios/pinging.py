"""Fetch one user by its id: what does it cost to make sure that the connection is alive and young?

A request of a quiet service, one at a time. The settings are those that guides give against "server has gone away":
a ping at every checkout, an age at which connections are replaced (here so low that each is, which is what a value
below the time between two requests comes to), and no pool at all. Says nothing about what happens when a connection
is dead, and on one machine a round trip costs almost nothing: add a delay to see what a ping costs in a data centre.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from bench.core.claims import Claim, Faster
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.one_user import USER, a_user_id
from scenarios.shop import User
from scenarios.shop_data import SHOP


def plain(db: Database, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool, taken as it is."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def plain_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool, taken as it is."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def pinged(db: Database, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool, pinged first (`pool_pre_ping=True`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def pinged_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool, pinged first (`pool_pre_ping=True`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def recycled(db: Database, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool that is too old every time (`pool_recycle=0`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def recycled_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A connection of the pool that is too old every time (`pool_recycle=0`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def unpooled(db: Database, user_id: int) -> tuple[Any, ...]:
    """A connection of its own, closed afterwards (`NullPool`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def unpooled_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A connection of its own, closed afterwards (`NullPool`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


CLAIMS = (
    Claim(
        "C44",
        "a pool_recycle that is too short makes every checkout a reconnect, and halves the speed or worse",
        Faster("plain", "recycle_0", times=2.0),
        "Set pool_recycle a little below the time after which server or firewall close an idle connection, not lower.",
    ),
    Claim(
        "C45",
        "a request that reads one row is faster without pool_pre_ping",
        Faster("plain", "pre_ping"),
        "Switch it on where connections die while they are idle; it does not help one that dies in a transaction.",
    ),
    Claim(
        "C106",
        "a pool that pings gets 1.2 times as much done as NullPool",
        Faster("pre_ping", "null_pool", times=1.2),
        "Take NullPool only behind a pooler such as PgBouncer, and measure it with the pooler.",
    ),
)

SCENARIO = Scenario(
    name="pinging",
    variants=(
        Variant("plain", plain, plain_async),
        Variant("pre_ping", pinged, pinged_async, conditions=lambda given: replace(given, pre_ping=True)),
        Variant("recycle_0", recycled, recycled_async, conditions=lambda given: replace(given, recycle_s=0)),
        Variant("null_pool", unpooled, unpooled_async, conditions=lambda given: replace(given, pooled=False)),
    ),
    baseline="plain",
    dataset=SHOP,
    key=a_user_id,
    smoke=None,
    quick=None,
    claims=CLAIMS,
)
