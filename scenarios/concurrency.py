"""Answer many requests at once, each with one query that waits at the server: is it async that helps, or the pool?

A service under load: so many requests under way in threads or in tasks, each waiting some milliseconds for the server
and reading one user. The variants change only what usually changes together with async: the size of the pool, and the
limit of 40 threads that a framework sets, on a pool that has a connection for each of them. The wait is idle time at
the server, as for a lock, a disk or another service; it costs the server no CPU as real queries do. Where it is short,
the processors are what requests wait for, whatever the pool. Requests come one after another without a pause, so
nothing is said about how long a queue grows when more of them arrive than can be answered.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from bench.core.claims import ASYNC_OVER_SYNC, NO_SLOWER, SYNC_OVER_ASYNC, Claim, DriverFaster, Faster, Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from scenarios.one_user import USER, Asked, a_user_id, no_server
from scenarios.shop_data import SHOP, ShopSize

POOL_SIZE = 20
BIGGER_POOL_SIZE = 64
"""More connections than threads, and one for each of 64 requests."""
THREADS = 40
"""What AnyIO's thread limiter allows, and with it Starlette and FastAPI for `def` endpoints."""
MANY = 16
"""Requests under way at a time that people have in mind when they speak of concurrency."""
DEFAULT_POOL_SIZE, DEFAULT_OVERFLOW = 5, 10
"""What `create_engine` takes where nothing is said."""
LONG_WAIT_MS = 50
"""From here on it is connections or threads that requests wait for, and not processors.

At 5 ms the 15 connections of the default pool answer 3,000 requests a second, more than two cores compute; at 50 ms
they answer 300, and 64 connections fewer than 1,300.
"""


def a_request(parameters: Parameters, size: ShopSize, random: Random) -> Asked:
    """Draw any user."""
    return Asked(a_user_id(parameters, size, random), int(parameters["wait_ms"]))


def requests(parameters: Parameters) -> Conditions:
    """Return so many operations in flight on one pool."""
    return Conditions(in_flight=int(parameters["in_flight"]), pool_size=POOL_SIZE)


def pool_suffices(_place: Place, parameters: Parameters) -> str | None:
    """Return why a bigger pool would not be another one, or None."""
    if int(parameters["in_flight"]) > POOL_SIZE:
        return None
    return f"no more than {POOL_SIZE} in flight never need a connection more than the other pool has"


def threads_suffice(place: Place, parameters: Parameters) -> str | None:
    """Return why a limit of threads would not be felt, or None."""
    if place.driver.mode is Mode.ASYNC:
        return "tasks of an event loop need no threads whose number could be limited"
    if int(parameters["in_flight"]) > THREADS:
        return None
    return f"no more than {THREADS} in flight are not kept back by a limit of {THREADS}"


def default_suffices(_place: Place, parameters: Parameters) -> str | None:
    """Return why the default pool would not be felt, or None."""
    if int(parameters["in_flight"]) > DEFAULT_POOL_SIZE:
        return None
    return f"no more than {DEFAULT_POOL_SIZE} in flight have a connection each in this pool as in the other"


def equal(db: Database, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on a pool of 20."""
    with db.session() as session:
        return USER(session.execute(asked.statement, asked.values).one()[0])


async def equal_async(db: AsyncDatabase, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on a pool of 20."""
    async with db.session() as session:
        return USER((await session.execute(asked.statement, asked.values)).one()[0])


def bigger(db: Database, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on a pool of 64."""
    with db.session() as session:
        return USER(session.execute(asked.statement, asked.values).one()[0])


async def bigger_async(db: AsyncDatabase, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on a pool of 64."""
    async with db.session() as session:
        return USER((await session.execute(asked.statement, asked.values)).one()[0])


def limited(db: Database, asked: Asked) -> tuple[Any, ...]:
    """At most 40 requests at once on a pool of 64, as a framework's threads allow."""
    with db.session() as session:
        return USER(session.execute(asked.statement, asked.values).one()[0])


async def limited_async(db: AsyncDatabase, asked: Asked) -> tuple[Any, ...]:
    """At most 40 requests at once on a pool of 64, as a framework's threads allow."""
    async with db.session() as session:
        return USER((await session.execute(asked.statement, asked.values)).one()[0])


def by_default(db: Database, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on SQLAlchemy's default pool, 5 and an overflow of 10."""
    with db.session() as session:
        return USER(session.execute(asked.statement, asked.values).one()[0])


async def by_default_async(db: AsyncDatabase, asked: Asked) -> tuple[Any, ...]:
    """All requests at once on SQLAlchemy's default pool, 5 and an overflow of 10."""
    async with db.session() as session:
        return USER((await session.execute(asked.statement, asked.values)).one()[0])


def crowded(parameters: Parameters) -> bool:
    """Tell whether there are requests for all connections of any pool, and more than threads, and the server waits."""
    return int(parameters["in_flight"]) >= BIGGER_POOL_SIZE and bool(parameters["wait_ms"])


def crowded_for_long(parameters: Parameters) -> bool:
    """Tell whether so many wait so long that connections and threads are what they lack, not processors."""
    return crowded(parameters) and int(parameters["wait_ms"]) >= LONG_WAIT_MS


def alone(parameters: Parameters) -> bool:
    """Tell whether one request is under way at a time."""
    return parameters["in_flight"] == 1


def many_that_wait(parameters: Parameters) -> bool:
    """Tell whether many requests wait for the server at the same time."""
    return int(parameters["in_flight"]) >= MANY and bool(parameters["wait_ms"])


CLAIMS = (
    Claim(
        "C2",
        "a thread serves one request at a time, so hundreds of users need hundreds of threads",
        Faster("bigger_pool", "threads_40", where=crowded_for_long),
        "Count connections before threads: a thread that waits for a connection serves nobody.",
    ),
    Claim(
        "C3",
        "one thread with an event loop handles very many requests: it takes no longer for them than threads do",
        DriverFaster("equal", ASYNC_OVER_SYNC, times=NO_SLOWER, where=crowded),
        "Watch the processor time of one request: it is what a single loop runs out of.",
    ),
    Claim(
        "C4",
        "async significantly improves throughput for work that waits for a database",
        DriverFaster("equal", ASYNC_OVER_SYNC, times=1.1, where=many_that_wait),
        "Compare with threads on the same pool before a rewrite: they wait as well as tasks do.",
    ),
    Claim(
        "C6",
        "for one user at a time sync is enough: it takes no longer than async",
        DriverFaster("equal", SYNC_OVER_ASYNC, times=NO_SLOWER, where=alone),
        "Choose by what the team knows while requests are few.",
    ),
    Claim(
        "C94",
        "a crowd is served faster by a pool of 20 than by the default one of 5 + 10",
        Faster("equal", "default_pool", where=crowded_for_long),
        "Give the pool a connection for every request that may be under way, as far as the server allows.",
    ),
    Claim(
        "C96",
        "a larger pool carries more users, in either mode",
        Faster("bigger_pool", "equal", where=crowded),
        "Before a change to async, give the blocking service the pool that the other one would get.",
    ),
    Claim(
        "C96",
        "the pool alone explains a factor of 3 and more between two services",
        Faster("bigger_pool", "default_pool", times=3.0, where=crowded_for_long),
        "Distrust a comparison of frameworks that does not name the pools.",
    ),
    Claim(
        "C118",
        "for CRUD, sync is faster than async, whatever the number of requests and the wait",
        DriverFaster("equal", SYNC_OVER_ASYNC),
        "Look at the number of requests under way and at the wait, not at the style of the code.",
    ),
)

SCENARIO = Scenario(
    name="concurrency",
    variants=(
        Variant("equal", equal, equal_async),
        Variant(
            "bigger_pool",
            bigger,
            bigger_async,
            conditions=lambda given: replace(given, pool_size=BIGGER_POOL_SIZE),
            unable=pool_suffices,
        ),
        Variant(
            "threads_40",
            limited,
            limited_async,
            conditions=lambda given: replace(
                given, in_flight=min(THREADS, given.in_flight), pool_size=BIGGER_POOL_SIZE
            ),
            unable=threads_suffice,
        ),
        Variant(
            "default_pool",
            by_default,
            by_default_async,
            conditions=lambda given: replace(given, pool_size=DEFAULT_POOL_SIZE, max_overflow=DEFAULT_OVERFLOW),
            unable=default_suffices,
        ),
    ),
    baseline="equal",
    dataset=SHOP,
    key=a_request,
    parameters={"in_flight": (1, 4, 16, 64, 256), "wait_ms": (0, 1, 5, 50)},
    smoke=None,
    quick={"in_flight": (16,), "wait_ms": (1,)},
    full={"in_flight": (1, 16, 64), "wait_ms": (0, 5)},
    unable=no_server,
    conditions=requests,
    claims=CLAIMS,
)
