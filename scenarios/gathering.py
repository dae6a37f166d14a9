"""Answer one request that needs several queries: one after another, all at once, or one query for all?

A page that is put together from several short queries, or from several that wait 5 ms each for the server. Queries
that run at the same time need a session and a connection each, so a request takes up to 20 connections of its pool;
blocking code needs threads for it, async code tasks. One request at a time is measured: when many of them do this at
once they wait for each other's connections, which the numbers do not show.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Integer, bindparam, select

from bench.core.claims import AWAITED, Claim, Faster, Parameters, Statements
from bench.core.conditions import Conditions
from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.one_user import USER, Asked, no_server
from scenarios.shop import User
from scenarios.shop_data import SHOP, ShopSize

POOL_SIZE = 20
THREADS = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="gathering")
"""As many as connections, kept from request to request as a service keeps them; they start with the first use."""

ALL = select(User).where(User.id.in_(bindparam("user_ids", type_=Integer, expanding=True))).order_by(User.id)

Users = list[tuple[Any, ...]]


class Batch(NamedTuple):
    """What one operation asks for: some users, in the order of their ids."""

    asked: tuple[Asked, ...]

    @property
    def values(self) -> dict[str, list[int]]:
        """Return the values of the one query for all."""
        return {"user_ids": [each.user_id for each in self.asked]}


def a_batch(parameters: Parameters, size: ShopSize, random: Random) -> Batch:
    """Draw different users."""
    ids = sorted(random.sample(range(1, size.users + 1), int(parameters["queries"])))
    return Batch(tuple(Asked(user_id, int(parameters["wait_ms"])) for user_id in ids))


def the_pool(parameters: Parameters) -> Conditions:
    """Return a pool with a connection for every thread, and those of it that queries at the same time use."""
    return Conditions(connections=min(int(parameters["queries"]), POOL_SIZE), pool_size=POOL_SIZE)


def one_connection(usual: Conditions) -> Conditions:
    """Return the conditions of an operation with a single session."""
    return replace(usual, connections=1)


def no_single_query(_place: Place, parameters: Parameters) -> str | None:
    """Return why one query cannot take the place of all, or None."""
    return "the waits stand for queries that cannot be put into one" if parameters["wait_ms"] else None


def fetch(db: Database, asked: Asked) -> tuple[Any, ...]:
    """One of the queries, in a session of its own."""
    with db.session() as session:
        return USER(session.execute(asked.statement, asked.values).one()[0])


async def fetch_async(db: AsyncDatabase, asked: Asked) -> tuple[Any, ...]:
    """One of the queries, in a session of its own."""
    async with db.session() as session:
        return USER((await session.execute(asked.statement, asked.values)).one()[0])


def sequential(db: Database, batch: Batch) -> Users:
    """One query after another in one session."""
    with db.session() as session:
        return [USER(session.execute(each.statement, each.values).one()[0]) for each in batch.asked]


async def sequential_async(db: AsyncDatabase, batch: Batch) -> Users:
    """One query after another in one session."""
    async with db.session() as session:
        return [USER((await session.execute(each.statement, each.values)).one()[0]) for each in batch.asked]


def gather(db: Database, batch: Batch) -> Users:
    """All queries at once, a session each (`asyncio.gather`; in blocking code the `map` of 20 threads)."""
    return list(THREADS.map(partial(fetch, db), batch.asked))


async def gather_async(db: AsyncDatabase, batch: Batch) -> Users:
    """All queries at once, a session each (`asyncio.gather`; in blocking code the `map` of 20 threads)."""
    return list(await asyncio.gather(*(fetch_async(db, each) for each in batch.asked)))


def task_group(db: Database, batch: Batch) -> Users:
    """All queries at once, a session each (`asyncio.TaskGroup`; in blocking code submitted to 20 threads)."""
    tasks = [THREADS.submit(fetch, db, each) for each in batch.asked]
    return [task.result() for task in tasks]


async def task_group_async(db: AsyncDatabase, batch: Batch) -> Users:
    """All queries at once, a session each (`asyncio.TaskGroup`; in blocking code submitted to 20 threads)."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(fetch_async(db, each)) for each in batch.asked]
    return [task.result() for task in tasks]


def one_query(db: Database, batch: Batch) -> Users:
    """One query for all of them (`WHERE id IN (...)`)."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(ALL, batch.values).all()]


async def one_query_async(db: AsyncDatabase, batch: Batch) -> Users:
    """One query for all of them (`WHERE id IN (...)`)."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(ALL, batch.values)).all()]


def pair_that_waits(parameters: Parameters) -> bool:
    """Tell whether there are two queries, and both of them wait for the server."""
    return parameters["queries"] == 2 and bool(parameters["wait_ms"])  # noqa: PLR2004 - the saying is about two


def answers_at_once(parameters: Parameters) -> bool:
    """Tell whether the server answers without a wait."""
    return not parameters["wait_ms"]


IN_THREADS = Divergence("blocking code waits for several queries at once in threads, async code in tasks")

CLAIMS = (
    Claim(
        "C1",
        "two queries that wait take half the time when they wait at the same time",
        Faster("gather", "sequential", times=1.8, where=pair_that_waits),
        "Look for waits that can overlap; threads overlap them as tasks do.",
    ),
    Claim(
        "C8",
        "asyncio.gather with a session for each query is a speed-up",
        Faster("gather", "sequential", drivers=AWAITED),
        "Gather queries that wait; each needs a connection of its own, and together no more than the pool has.",
    ),
    Claim(
        "C13",
        "an explicit query in a loop sends a statement for every turn",
        Statements("sequential", lambda parameters: int(parameters["queries"])),
        "Collect the keys first and ask once, with IN.",
    ),
    Claim(
        "C13",
        "one IN instead of a query in a loop is three times as fast, or more",
        Faster("one_query", "sequential", times=3.0, where=answers_at_once),
        "Collect the keys first and ask once, with IN: the loop pays a round trip for every turn.",
    ),
)

SCENARIO = Scenario(
    name="gathering",
    variants=(
        Variant("sequential", sequential, sequential_async, conditions=one_connection),
        Variant("gather", gather, gather_async, divergence=IN_THREADS),
        Variant("task_group", task_group, task_group_async, divergence=IN_THREADS),
        Variant("one_query", one_query, one_query_async, unable=no_single_query, conditions=one_connection),
    ),
    baseline="sequential",
    dataset=SHOP,
    key=a_batch,
    parameters={"queries": (2, 10, 50), "wait_ms": (0, 5)},
    smoke=None,
    quick=None,
    full={"queries": (2, 10)},
    unable=no_server,
    conditions=the_pool,
    claims=CLAIMS,
)
