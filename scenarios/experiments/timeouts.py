"""Time is up at the server, at a lock, or at the pool: what is raised, and is the connection still good?"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from bench.core.caught import NOTHING
from bench.core.conditions import Conditions
from bench.core.contract import Place
from bench.core.experiments import Experiment, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.raising import ASLEEP, SLEEP, WITHDRAW, Raised, caught_by, fact, told_as
from scenarios.experiments.stall import ONE, STALL

STATEMENT_LIMIT = {
    "postgresql": text("SET statement_timeout = 300"),
    "mariadb": text("SET SESSION max_statement_time = 0.3"),
    "mysql": text("SET SESSION max_execution_time = 300"),
}
LONG = {
    "postgresql": SLEEP["postgresql"],
    "mariadb": SLEEP["mysql"],
    # MySQL's sleep() alone returns 1 where it is ended, and raises nothing; as a condition it raises (its manual).
    "mysql": text("SELECT 1 FROM customers WHERE sleep(:seconds)"),
}
"""A statement that takes longer than the limit."""
LOCK_LIMIT = {
    "postgresql": text("SET lock_timeout = 300"),
    "mysql": text("SET SESSION innodb_lock_wait_timeout = 1"),
    "sqlite": text("PRAGMA busy_timeout = 300"),
}
FIRST = {"account": 1}
NARROW = Conditions(pool_size=1)
POOL_LIMITS_S = (0.3, 1.0)
EARLY_S = 0.01
"""So much sooner a limit may end: clocks of event loops count in milliseconds, and begin with the turn of the loop."""


def statement_timeout(lab: Laboratory) -> dict[str, Any]:
    """Set the server's limit for statements, exceed it, roll back, and ask again on the same connection."""
    with lab.db.session() as session:
        session.execute(STATEMENT_LIMIT[lab.place.kind])
        with Raised() as raised:
            session.execute(LONG[lab.place.kind], ASLEEP)
        session.rollback()
        with Raised() as after:
            session.scalar(ONE)
    lab.db.close()
    return {"statement timeout": {"raised": raised.facts, "next": after.name, "leaked": lab.connections()}}


async def statement_timeout_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Set the server's limit for statements, exceed it, roll back, and ask again on the same connection."""
    async with lab.db.session() as session:
        await session.execute(STATEMENT_LIMIT[lab.place.kind])
        with Raised() as raised:
            await session.execute(LONG[lab.place.kind], ASLEEP)
        await session.rollback()
        with Raised() as after:
            await session.scalar(ONE)
    await lab.db.close()
    return {"statement timeout": {"raised": raised.facts, "next": after.name, "leaked": await lab.connections()}}


def lock_timeout(lab: Laboratory) -> dict[str, Any]:
    """Hold a row, set the limit for waiting on another connection, wait there for the row, roll back, ask again."""
    with lab.db.session() as other, lab.db.session() as session:
        session.execute(LOCK_LIMIT[lab.place.driver.family])
        other.execute(WITHDRAW, FIRST)
        with Raised() as raised:
            session.execute(WITHDRAW, FIRST)
        session.rollback()
        with Raised() as after:
            session.scalar(ONE)
    lab.db.close()
    return {"lock timeout": {"raised": raised.facts, "next": after.name, "leaked": lab.connections()}}


async def lock_timeout_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Hold a row, set the limit for waiting on another connection, wait there for the row, roll back, ask again."""
    async with lab.db.session() as other, lab.db.session() as session:
        await session.execute(LOCK_LIMIT[lab.place.driver.family])
        await other.execute(WITHDRAW, FIRST)
        with Raised() as raised:
            await session.execute(WITHDRAW, FIRST)
        await session.rollback()
        with Raised() as after:
            await session.scalar(ONE)
    await lab.db.close()
    return {"lock timeout": {"raised": raised.facts, "next": after.name, "leaked": await lab.connections()}}


def pool_timeout(lab: Laboratory) -> dict[str, Any]:
    """Hold a pool's only connection, ask for one with a limit of 0.3 s and of 1 s, give it back, and ask again.

    In time: the error came after the limit, and before twice the limit.
    """
    found: dict[str, Any] = {}
    for limit_s in POOL_LIMITS_S:
        db = lab.database(replace(NARROW, pool_timeout_s=limit_s))
        with db.session() as other:
            other.execute(ONE)
            began_s = time.monotonic()
            with Raised() as raised, db.session() as session:
                session.scalar(ONE)
            waited_s = time.monotonic() - began_s
        with Raised() as after, db.session() as session:
            session.scalar(ONE)
        db.close()
        leaked, in_time = lab.connections(), limit_s - EARLY_S <= waited_s < 2 * limit_s
        facts = {"raised": raised.facts, "next": after.name, "leaked": leaked, "in_time": in_time}
        found[f"pool timeout of {limit_s:g} s"] = facts
    return found


async def pool_timeout_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Hold a pool's only connection, ask for one with a limit of 0.3 s and of 1 s, give it back, and ask again.

    In time: the error came after the limit, and before twice the limit.
    """
    found: dict[str, Any] = {}
    for limit_s in POOL_LIMITS_S:
        db = lab.database(replace(NARROW, pool_timeout_s=limit_s))
        async with db.session() as other:
            await other.execute(ONE)
            began_s = time.monotonic()
            async with Raised() as raised, db.session() as session:
                await session.scalar(ONE)
            waited_s = time.monotonic() - began_s
        async with Raised() as after, db.session() as session:
            await session.scalar(ONE)
        await db.close()
        leaked, in_time = await lab.connections(), limit_s - EARLY_S <= waited_s < 2 * limit_s
        facts = {"raised": raised.facts, "next": after.name, "leaked": leaked, "in_time": in_time}
        found[f"pool timeout of {limit_s:g} s"] = facts
    return found


def no_clock(place: Place) -> str | None:
    """Return why SQLite is left out."""
    return "SQLite has no limit for statements" if place.kind == "sqlite" else None


GOOD = {"next": NOTHING, "leaked": 0}
IN_ORDER = {"is_disconnect": False, **GOOD}
OPERATIONAL = caught_by("OperationalError")
BY_CODE = "Tell a timeout by its code: 57014, 55P03, 1969, 3024, 1205 or SQLITE_BUSY."

EXPERIMENTS = [
    Experiment(
        name="statement_timeout",
        question="What is raised where the server ends a statement that takes too long?",
        dataset=STALL,
        run=statement_timeout,
        run_async=statement_timeout_async,
        unable=no_clock,
        expects=by_place(
            {
                "asyncpg": told_as("DBAPIError", code="57014", **IN_ORDER),
                "postgresql": told_as("OperationalError", code="57014", **IN_ORDER),
                "mariadb": told_as("OperationalError", code=1969, **IN_ORDER),
                "mysql": told_as("OperationalError", code=3024, **IN_ORDER),
            }
        ),
        claims=(
            Said("C71", "`except OperationalError` catches a statement timeout", OPERATIONAL, BY_CODE),
            Said(
                "C83",
                "a timeout of the server leaves the connection usable",
                fact("next", NOTHING),
                "Set a limit at the server and roll back at once when it strikes: it ends the statement, but MariaDB "
                "and MySQL keep the locks of its transaction until then, and MySQL's limit is for SELECT alone.",
            ),
        ),
    ),
    Experiment(
        name="lock_timeout",
        question="What is raised where a lock is waited for too long?",
        dataset=STALL,
        run=lock_timeout,
        run_async=lock_timeout_async,
        expects=by_place(
            {
                "asyncpg": told_as("DBAPIError", code="55P03", **IN_ORDER),
                "postgresql": told_as("OperationalError", code="55P03", **IN_ORDER),
                "mariadb": told_as("OperationalError", code=1205, **IN_ORDER),
                "mysql": told_as("OperationalError", code=1205, **IN_ORDER),
                "sqlite": told_as("OperationalError", code="SQLITE_BUSY", **IN_ORDER),
            }
        ),
        claims=(Said("C71", "`except OperationalError` catches a lock timeout", OPERATIONAL, BY_CODE),),
    ),
    Experiment(
        name="pool_timeout",
        question="What is raised where the pool has no connection for too long?",
        dataset=STALL,
        run=pool_timeout,
        run_async=pool_timeout_async,
        expects=told_as("TimeoutError", in_time=True, **GOOD),
        claims=(
            Said(
                "C71",
                "`except OperationalError` catches an exhausted pool",
                OPERATIONAL,
                "Catch sqlalchemy.exc.TimeoutError as well and answer 503: it is no DBAPIError.",
            ),
            Said(
                "C43",
                "who finds the pool empty gets an error after pool_timeout, not sooner and not twice as late",
                told_as("TimeoutError", in_time=True),
                "Set pool_timeout below the time that a user waits, and catch sqlalchemy.exc.TimeoutError, which is "
                "not Python's.",
            ),
        ),
    ),
]
