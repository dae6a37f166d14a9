"""Fetch one user by its id with many workers at once: how large a pool, and what becomes of those that find it empty?

A busy service whose workers (threads, or tasks of one event loop) share one engine, each with one short query after
another and no pause in between. Where there are more workers than connections they wait, or overflow connections are
opened and closed again. A pool never opens more connections than there are workers, so which of them lie idle after
a burst does not show here, nor does a limit of the server, nor a second process with a pool of its own.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from bench.core.claims import Claim, Faster, Parameters, Raises
from bench.core.conditions import Conditions
from bench.core.contract import Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.one_user import USER, a_user_id
from scenarios.shop import User
from scenarios.shop_data import SHOP, ShopSize

MOST_CONNECTIONS = 50
"""Connections of one engine: a group has an engine for every driver and setting, all of them on one server."""
MOST_WITHOUT_POOL = 20
CORES_POOL = min(MOST_CONNECTIONS, 2 * (os.cpu_count() or 1) + 1)
"""The rule of PostgreSQL's wiki and of HikariCP, (cores x 2) + effective spindles, here for one disk."""
POOL_OF_ONE: dict[str, Any] = {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.1}
"""A pool of which the error can be had without a wait of 30 seconds."""


def a_pool(parameters: Parameters) -> Conditions:
    """Return the pool and the workers that share it."""
    return Conditions(
        in_flight=int(parameters["workers"]),
        pool_size=int(parameters["pool_size"]),
        max_overflow=int(parameters["overflow"]),
    )


def nobody_waits(parameters: Parameters) -> bool:
    """Tell whether there is one connection for every worker."""
    return parameters["pool_size"] == parameters["workers"]


def says_nothing(parameters: Parameters, _size: ShopSize) -> str | None:
    """Return why these numbers would say nothing, or None."""
    size, overflow, workers = (int(parameters[name]) for name in ("pool_size", "overflow", "workers"))
    if size > workers:
        return f"{workers} workers open {workers} connections at most; a pool of {size} would never be full"
    if overflow and size == workers:
        return f"{workers} workers have a connection each; overflow would never be opened"
    if size + overflow > MOST_CONNECTIONS:
        return f"{size} + {overflow} connections for each driver and setting are more than a server may have"
    return None


def no_choice(_place: Place, parameters: Parameters) -> str | None:
    """Return why the order of the pool cannot matter, or None."""
    if nobody_waits(parameters):
        return None
    return "with more workers than connections each goes from one worker to the next: none lies there to be chosen"


def no_overflow(_place: Place, parameters: Parameters) -> str | None:
    """Return why there is no overflow to leave out, or None."""
    return None if parameters["overflow"] else "the pool has no overflow as it is"


def same_as_the_rule(_place: Place, parameters: Parameters) -> str | None:
    """Return why the rule for the size would not be another pool, or None."""
    if parameters["overflow"]:
        return "the rule is about all connections; it is compared with pools without overflow"
    if int(parameters["pool_size"]) == min(CORES_POOL, int(parameters["workers"])):
        return f"the {CORES_POOL} connections of the rule, or one for every worker, are there as it is"
    return None


def too_many(_place: Place, parameters: Parameters) -> str | None:
    """Return why so many workers need a pool, or None."""
    if int(parameters["workers"]) <= MOST_WITHOUT_POOL:
        return None
    return f"nothing limits connections without a pool, and more than {MOST_WITHOUT_POOL} workers open too many at once"


def fifo(db: Database, user_id: int) -> tuple[Any, ...]:
    """A pool that gives out the connection that has waited longest (SQLAlchemy's default)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def fifo_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A pool that gives out the connection that has waited longest (SQLAlchemy's default)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def lifo(db: Database, user_id: int) -> tuple[Any, ...]:
    """A pool that gives out the connection that came back last (`pool_use_lifo`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def lifo_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A pool that gives out the connection that came back last (`pool_use_lifo`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def fixed(db: Database, user_id: int) -> tuple[Any, ...]:
    """The same pool without overflow: workers wait (`max_overflow=0`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def fixed_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """The same pool without overflow: workers wait (`max_overflow=0`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def by_cores(db: Database, user_id: int) -> tuple[Any, ...]:
    """A pool of twice the cores and one more."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def by_cores_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """A pool of twice the cores and one more."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def unpooled(db: Database, user_id: int) -> tuple[Any, ...]:
    """No pool: a connection is opened and closed every time (`NullPool`)."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def unpooled_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """No pool: a connection is opened and closed every time (`NullPool`)."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def one_too_many(db: Database, _user_id: int) -> None:
    """Ask a pool of one for a second connection."""
    engine = create_engine(db.engine.url, **POOL_OF_ONE)
    try:
        with engine.connect(), engine.connect():
            pass
    finally:
        engine.dispose()


async def one_too_many_async(db: AsyncDatabase, _user_id: int) -> None:
    """Ask a pool of one for a second connection."""
    engine = create_async_engine(db.engine.url, **POOL_OF_ONE)
    try:
        async with engine.connect(), engine.connect():
            pass
    finally:
        await engine.dispose()


def crowded(parameters: Parameters) -> bool:
    """Tell whether workers are many times as many as connections in the pool."""
    return int(parameters["workers"]) >= 4 * int(parameters["pool_size"])


def one_over(parameters: Parameters) -> bool:
    """Tell whether one worker is without a connection of the pool and overflow has one for it."""
    return bool(parameters["overflow"]) and int(parameters["workers"]) == int(parameters["pool_size"]) + 1


def large_pool(parameters: Parameters) -> bool:
    """Tell whether the pool has several times the connections that the rule gives."""
    return int(parameters["pool_size"]) >= 2 * CORES_POOL and not parameters["overflow"]


CLAIMS = (
    Claim(
        "C42",
        "workers many times the size of the pool are served faster with an overflow of 20 than without",
        Faster("fifo", "no_overflow", where=lambda parameters: bool(parameters["overflow"]) and crowded(parameters)),
        "Give the connections that the normal load needs to pool_size, and keep overflow for what is rare.",
    ),
    Claim(
        "C43",
        "who finds the pool empty gets an error after pool_timeout",
        Raises("TimeoutError", one_too_many, one_too_many_async),
        "Set pool_timeout to the few seconds that a user would wait, and answer 503 when they are over.",
    ),
    Claim(
        "C92",
        "a pool of twice as many connections as cores, and one more, is faster than one of several times as many",
        Faster("cores_pool", "fifo", where=large_pool),
        "Begin with a small pool and enlarge it only for as long as your own throughput grows.",
    ),
    Claim(
        "C107",
        "one worker more than pool_size is served faster without overflow, whose connections are opened and closed",
        Faster("no_overflow", "fifo", where=one_over),
        "Choose pool_size for the workers that you have: overflow connections are closed when they come back.",
    ),
)

SCENARIO = Scenario(
    name="pooling",
    variants=(
        Variant("fifo", fifo, fifo_async),
        Variant("lifo", lifo, lifo_async, conditions=lambda given: replace(given, lifo=True), unable=no_choice),
        Variant(
            "no_overflow",
            fixed,
            fixed_async,
            conditions=lambda given: replace(given, max_overflow=0),
            unable=no_overflow,
        ),
        Variant(
            "cores_pool",
            by_cores,
            by_cores_async,
            conditions=lambda given: replace(given, pool_size=CORES_POOL),
            unable=same_as_the_rule,
        ),
        Variant(
            "null_pool",
            unpooled,
            unpooled_async,
            conditions=lambda given: replace(given, pooled=False),
            unable=too_many,
        ),
    ),
    baseline="fifo",
    dataset=SHOP,
    key=a_user_id,
    parameters={"pool_size": (1, 5, 20, 50), "overflow": (0, 20), "workers": (1, 5, 6, 20, 80)},
    smoke=None,
    quick=None,
    full={"pool_size": (5, 20), "workers": (5, 6, 80)},
    lacks=says_nothing,
    conditions=a_pool,
    claims=CLAIMS,
)
