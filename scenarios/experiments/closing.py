"""The end of sessions and engines: which connections are given back, leaked or closed.

Connections are counted at the server, by an observer of their own.
"""

from __future__ import annotations

import gc
from typing import Any

from sqlalchemy import create_engine, func, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Session

from bench.core.caught import Caught
from bench.core.conditions import Conditions
from bench.core.contract import Divergence
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import only_sqlite
from scenarios.experiments.stall import ANYBODY, STALL, Base, Customer

NARROW = Conditions(pool_size=2, pool_timeout_s=0.5)
TIMEOUT = "TimeoutError"


def never_close(lab: Laboratory) -> dict[str, Any]:
    """Open sessions on a pool of two without closing them: three that are held; four, each forgotten and collected.

    Python's garbage collector is called behind each that is forgotten.
    """
    held = []
    db = lab.database(NARROW)
    with Caught() as third:
        for _ in range(3):
            session = db.session()
            held.append(session)
            session.scalars(ANYBODY)
    for session in held:
        session.close()
    before = lab.connections()
    db = lab.database(NARROW)
    with Caught() as fourth:
        for _ in range(4):
            session = db.session()
            session.scalars(ANYBODY)
            del session
            gc.collect()
    return {"held": third.name, "forgotten": fourth.name, "open_for_forgotten": lab.connections() - before}


async def never_close_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Open sessions on a pool of two without closing them: three that are held; four, each forgotten and collected.

    Python's garbage collector is called behind each that is forgotten.
    """
    held = []
    db = lab.database(NARROW)
    with Caught() as third:
        for _ in range(3):
            session = db.session()
            held.append(session)
            await session.scalars(ANYBODY)
    for session in held:
        await session.close()
    before = await lab.connections()
    db = lab.database(NARROW)
    with Caught() as fourth:
        for _ in range(4):
            session = db.session()
            await session.scalars(ANYBODY)
            del session
            gc.collect()
    return {"held": third.name, "forgotten": fourth.name, "open_for_forgotten": await lab.connections() - before}


def dispose(lab: Laboratory) -> dict[str, int]:
    """Count connections: two idle and one in use, after `dispose`, after the last is back, after a collection."""
    db = lab.database(Conditions())
    with db.engine.connect() as used:
        used.execute(ANYBODY)
        with db.engine.connect() as one, db.engine.connect() as other:
            one.execute(ANYBODY)
            other.execute(ANYBODY)
        found = {"before": lab.connections()}
        db.engine.dispose()
        found["disposed_while_one_is_in_use"] = lab.connections()
    found["after_its_return"] = lab.connections()
    gc.collect()
    found["after_collection"] = lab.connections()
    return found


async def dispose_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Count connections: two idle and one in use, after `dispose`, after the last is back, after a collection."""
    db = lab.database(Conditions())
    async with db.engine.connect() as used:
        await used.execute(ANYBODY)
        async with db.engine.connect() as one, db.engine.connect() as other:
            await one.execute(ANYBODY)
            await other.execute(ANYBODY)
        found = {"before": await lab.connections()}
        await db.engine.dispose()
        found["disposed_while_one_is_in_use"] = await lab.connections()
    found["after_its_return"] = await lab.connections()
    gc.collect()
    found["after_collection"] = await lab.connections()
    return found


def in_memory(_lab: Laboratory) -> dict[str, Any]:
    """Insert in one session on `:memory:`, look for it in another, roll that back, commit the first; count the rows."""
    engine = create_engine("sqlite:///:memory:")
    with engine.begin() as connection:
        Base.metadata.create_all(connection)
    with Session(engine) as writer, Session(engine) as other:
        writer.add(Customer(name="Ada", email="ada@example.com"))
        writer.flush()
        seen = other.scalar(select(func.count(Customer.id)))
        other.rollback()
        writer.commit()
        kept = other.scalar(select(func.count(Customer.id)))
    pool = type(engine.pool).__name__
    engine.dispose()
    return {"pool": pool, "other_sees_uncommitted": seen == 1, "kept_after_commit": kept == 1}


async def in_memory_async(_lab: AsyncLaboratory) -> dict[str, Any]:
    """Insert in one session on `:memory:`, look for it in another, roll that back, commit the first; count the rows."""
    engine = create_async_engine("sqlite+aiosqlite:///:memory:")
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with AsyncSession(engine) as writer, AsyncSession(engine) as other:
        writer.add(Customer(name="Ada", email="ada@example.com"))
        await writer.flush()
        seen = await other.scalar(select(func.count(Customer.id)))
        await other.rollback()
        await writer.commit()
        kept = await other.scalar(select(func.count(Customer.id)))
    pool = type(engine.pool).__name__
    await engine.dispose()
    return {"pool": pool, "other_sees_uncommitted": seen == 1, "kept_after_commit": kept == 1}


EXPERIMENTS = [
    Experiment(
        name="never_closed",
        question="What becomes of the connection of a session that nobody closes?",
        dataset=STALL,
        run=never_close,
        run_async=never_close_async,
        expects=Prediction("TimeoutError while they are held", lambda found: found["held"] == TIMEOUT),
        claims=(
            Said(
                "C65",
                "sessions that are not closed exhaust the pool",
                Prediction("TimeoutError while they are held", lambda found: found["held"] == TIMEOUT),
                "Open every session with `with` or `async with`.",
            ),
            Said(
                "C65",
                "sessions that are forgotten leak their connections, also where the garbage collector comes at once",
                Prediction(
                    "TimeoutError, or connections that stay open",
                    lambda found: found["forgotten"] == TIMEOUT or found["open_for_forgotten"] > NARROW.pool_size,
                ),
                "Do not count on the garbage collector: it comes when it likes.",
            ),
        ),
    ),
    Experiment(
        name="dispose",
        question="Which connections does engine.dispose() close?",
        dataset=STALL,
        run=dispose,
        run_async=dispose_async,
        expects={"before": 3, "disposed_while_one_is_in_use": 1, "after_its_return": 0, "after_collection": 0},
        explained=(
            "A connection that is given back after `dispose` goes into the old pool, which nobody disposes of again: "
            "it is closed when that pool is collected (documentation of Engine.dispose), and with asyncmy, whose "
            "connections do not close themselves when they are collected, not even then."
        ),
        explained_at=("sqlite", "postgresql", "mariadb", "mysql"),
        claims=(
            Said(
                "C66",
                "engine.dispose() at shutdown closes the connections",
                Prediction("none but the one in use", lambda found: found["disposed_while_one_is_in_use"] <= 1),
                "Dispose after the last request has ended.",
            ),
            Said(
                "C66",
                "engine.dispose() closes all connections at once",
                Prediction("none left", lambda found: found["disposed_while_one_is_in_use"] == 0),
                "Connections in use stay open: give all back first, then dispose.",
            ),
        ),
    ),
    Experiment(
        name="in_memory",
        question="Are two sessions on SQLite in memory isolated from each other?",
        dataset=STALL,
        run=in_memory,
        run_async=in_memory_async,
        unable=only_sqlite,
        divergence=Divergence("the engines are made by functions of their own, and create_all goes through run_sync"),
        expects=by_mode(
            sync=SAYS_NOTHING,
            awaited={"pool": "StaticPool", "other_sees_uncommitted": True, "kept_after_commit": False},
        ),
        claims=(
            Said(
                "C80",
                "`:memory:` serves for tests: sessions behave as they do on a real database",
                Prediction(
                    "isolated, and what was committed is kept",
                    lambda found: not found["other_sees_uncommitted"] and found["kept_after_commit"],
                ),
                "Test on a file, or on the database that production uses.",
            ),
        ),
    ),
]
