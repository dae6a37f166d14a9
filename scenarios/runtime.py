"""Fetch a page of users: what do the event loop, the garbage collector, the logging and the caches cost?

A service whose code stays as it is while somebody turns the switches around it: of Python, of SQLAlchemy's engine and
of the driver. One request at a time sends the same statement again and again, so every cache has what is asked for;
the numbers do not say what happens when more statements are in use than a cache holds. Nor do they say how long a full
collection stops a service that keeps many objects: blocks are too short for one. Log lines go nowhere: a terminal or a
file costs more.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from random import Random
from typing import Any

from sqlalchemy import Integer, bindparam, select

from bench.core.claims import Claim, Faster, Parameters
from bench.core.conditions import Collector, Loop
from bench.core.contract import Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from scenarios.one_user import USER
from scenarios.shop import User
from scenarios.shop_data import SHOP, ShopSize

PAGE = (
    select(User)
    .where(User.id.between(bindparam("low", type_=Integer), bindparam("high", type_=Integer)))
    .order_by(User.id)
)
PREPARING = ("psycopg", "psycopg_async", "asyncpg")
"""Drivers that prepare statements on the server and let the number be set."""
MANY_STATEMENTS = 500

Users = list[tuple[Any, ...]]


def a_page(parameters: Parameters, size: ShopSize, random: Random) -> dict[str, int]:
    """Draw a run of neighbouring users at a random place."""
    rows = int(parameters["rows"])
    low = random.randint(1, size.users - rows + 1)
    return {"low": low, "high": low + rows - 1}


def no_other_loop(place: Place, _parameters: Parameters) -> str | None:
    """Return why another event loop makes no difference, or None."""
    if place.driver.mode is Mode.SYNC:
        return "a blocking driver has no event loop"
    return None if find_spec("uvloop") else "uvloop is not installed: asyncio's own loop is in use as it is"


def no_statement_cache(place: Place, _parameters: Parameters) -> str | None:
    """Return why the number of prepared statements cannot be set, or None."""
    if place.driver.name in PREPARING:
        return None
    return f"{place.driver.name} keeps no prepared statements whose number could be set"


def plain(db: Database, bounds: dict[str, int]) -> Users:
    """As the other scenarios run: uvloop, no collection in a block, SQLAlchemy's and the driver's own caches."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def plain_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """As the other scenarios run: uvloop, no collection in a block, SQLAlchemy's and the driver's own caches."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def collected(db: Database, bounds: dict[str, int]) -> Users:
    """Python's garbage collector on; only young generations are collected in so short a time."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def collected_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """Python's garbage collector on; only young generations are collected in so short a time."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def asyncio_loop(db: Database, bounds: dict[str, int]) -> Users:
    """The event loop of asyncio itself instead of uvloop."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def asyncio_loop_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """The event loop of asyncio itself instead of uvloop."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def uncompiled(db: Database, bounds: dict[str, int]) -> Users:
    """Every statement compiled anew (`query_cache_size=0`)."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def uncompiled_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """Every statement compiled anew (`query_cache_size=0`)."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def echoing(db: Database, bounds: dict[str, int]) -> Users:
    """Every statement logged (`echo=True`); the lines are formatted and thrown away."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def echoing_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """Every statement logged (`echo=True`); the lines are formatted and thrown away."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def unprepared(db: Database, bounds: dict[str, int]) -> Users:
    """Nothing prepared on the server (a statement cache of 0)."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def unprepared_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """Nothing prepared on the server (a statement cache of 0)."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def well_prepared(db: Database, bounds: dict[str, int]) -> Users:
    """Up to 500 statements kept prepared on each connection."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(PAGE, bounds).all()]


async def well_prepared_async(db: AsyncDatabase, bounds: dict[str, int]) -> Users:
    """Up to 500 statements kept prepared on each connection."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(PAGE, bounds)).all()]


def few_rows(parameters: Parameters) -> bool:
    """Tell whether a query is short."""
    return parameters["rows"] == 1


CLAIMS = (
    Claim(
        "C49",
        "echo=True halves the speed of short queries, or worse",
        Faster("plain", "echo", times=2.0, where=few_rows),
        "Keep echo for development, and count or sample statements in production.",
        expected="upheld",
        explained=(
            "In the published run formatting the lines takes longer than a query of one row to SQLite in the process, "
            "and less than one to a server. They are written nowhere: a terminal or a file, which the saying has in "
            "mind, comes on top."
        ),
    ),
    Claim(
        "C104",
        "the cache of compiled statements makes repeated ones 30 % faster, or more",
        Faster("plain", "no_compiled_cache", times=1.3),
        "Keep statements cacheable: bind values, and give types of your own `cache_ok = True`.",
    ),
    Claim(
        "C113",
        "uvloop makes database code faster",
        Faster("plain", "asyncio_loop"),
        "Install uvloop where the platform has it, and look for the larger gains in the queries.",
    ),
)

SCENARIO = Scenario(
    name="runtime",
    variants=(
        Variant("plain", plain, plain_async),
        Variant("gc_on", collected, collected_async, conditions=lambda given: replace(given, collector=Collector.ON)),
        Variant(
            "asyncio_loop",
            asyncio_loop,
            asyncio_loop_async,
            conditions=lambda given: replace(given, loop=Loop.ASYNCIO),
            unable=no_other_loop,
        ),
        Variant(
            "no_compiled_cache",
            uncompiled,
            uncompiled_async,
            conditions=lambda given: replace(given, compiled_cache=0),
        ),
        Variant("echo", echoing, echoing_async, conditions=lambda given: replace(given, echo=True)),
        Variant(
            "no_statement_cache",
            unprepared,
            unprepared_async,
            conditions=lambda given: replace(given, statement_cache=0),
            unable=no_statement_cache,
        ),
        Variant(
            "statement_cache_500",
            well_prepared,
            well_prepared_async,
            conditions=lambda given: replace(given, statement_cache=MANY_STATEMENTS),
            unable=no_statement_cache,
        ),
    ),
    baseline="plain",
    dataset=SHOP,
    key=a_page,
    parameters={"rows": (1, 1_000)},
    smoke=None,
    quick=None,
    claims=CLAIMS,
)
