"""Answer requests that compute more than they query: does async help where Python itself is busy?

A request that reads one user and then works some milliseconds in Python, as rendering, validation or a report does. One
interpreter runs one of them at a time, in threads and in tasks alike. Says nothing about several processes, which is
how such a service gets faster, nor about work that a library does with the interpreter lock released.
"""

from __future__ import annotations

import hashlib
from typing import Any

from bench.core.claims import ASYNC_OVER_SYNC, Claim, DriverFaster, Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.one_user import USER, a_user_id
from scenarios.shop import User
from scenarios.shop_data import SHOP

POOL_SIZE = 20
STEPS = 2_000
"""Digests of a few bytes, each some hundred nanoseconds of Python: about a millisecond in all."""


def render(row: tuple[Any, ...]) -> str:
    """Work on a row in Python and return what came out."""
    text = repr(row)
    for _ in range(STEPS):
        text = hashlib.blake2s(text.encode(), digest_size=8).hexdigest()
    return text


def computed(db: Database, user_id: int) -> tuple[Any, ...]:
    """Read a user and work on it in Python."""
    with db.session() as session:
        row = USER(session.get_one(User, user_id))
    return (*row, render(row))


async def computed_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """Read a user and work on it in Python."""
    async with db.session() as session:
        row = USER(await session.get_one(User, user_id))
    return (*row, render(row))


def query(db: Database, user_id: int) -> tuple[Any, ...]:
    """Read a user."""
    with db.session() as session:
        return USER(session.get_one(User, user_id))


async def query_async(db: AsyncDatabase, user_id: int) -> tuple[Any, ...]:
    """Read a user."""
    async with db.session() as session:
        return USER(await session.get_one(User, user_id))


def together(parameters: Parameters) -> bool:
    """Tell whether several requests are under way."""
    return int(parameters["in_flight"]) > 1


SCENARIO = Scenario(
    name="computing",
    variants=(
        Variant("computed", computed, computed_async),
        Variant("query", query, query_async, answers="the row, without the work"),
    ),
    baseline="computed",
    dataset=SHOP,
    key=a_user_id,
    parameters={"in_flight": (1, 16)},
    smoke=None,
    quick=None,
    conditions=lambda parameters: Conditions(in_flight=int(parameters["in_flight"]), pool_size=POOL_SIZE),
    claims=(
        Claim(
            "C5",
            "async makes requests that compute 10 % faster, or more",
            DriverFaster("computed", ASYNC_OVER_SYNC, times=1.1, where=together),
            "Take work that computes out of the event loop: into another process, or a queue.",
            expected="refuted",
            explained=(
                "Async gains around the computing, not in it. In the published run the client's processor time for a "
                "request rises from one to 16 at once with psycopg's threads, which take turns at the interpreter, and "
                "falls with its tasks, which share turns of the loop. On SQLite async loses: each call that is awaited "
                "crosses to another thread and back."
            ),
        ),
    ),
)
