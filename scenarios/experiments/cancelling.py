"""Tasks that are cancelled: what is left in the pool and at the server? A question of async drivers alone."""

from __future__ import annotations

import asyncio
import gc
import time
from random import Random
from typing import Any

from sqlalchemy import Executable, select, update

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.contract import Place
from bench.core.drivers import Mode
from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory
from scenarios.experiments.raising import (
    ASLEEP,
    BEGUN_S,
    IDENTITY,
    ONE,
    SLEEP,
    SLEEPERS,
    TERMINATE,
    WITHDRAW,
    Raised,
    fact,
    told_as,
)
from scenarios.experiments.stall import STALL, Account

CLIENTS = 20
REQUESTS_EACH = 50
WINDOWS_S = {"within_30_ms": 0.03, "within_100_ms": 0.1}
"""A request is cancelled after a random time up to this: while it waits for the pool, connects, asks or commits.

What is left behind may depend on it, so both are tried: within 30 ms hardly a request comes to its COMMIT.
"""
SEED = 115
POOL = Conditions(pool_size=5, pool_timeout_s=5.0)
NARROW = Conditions(pool_size=1, pool_timeout_s=1.0)
FINISHED, CANCELLED = "finished", "cancelled"


async def in_a_query(lab: AsyncLaboratory) -> dict[str, Any]:
    """Give a statement that sleeps a limit with asyncio.timeout; ask the server whether it sleeps on, and ask again."""
    family, db = lab.place.driver.family, lab.database(NARROW)
    async with db.session() as session:
        number = await session.scalar(IDENTITY[family])
    with Raised() as raised:
        async with asyncio.timeout(BEGUN_S), db.session() as session:
            await session.execute(SLEEP[family], ASLEEP)
    await lab.pause(BEGUN_S)
    sleepers = (await lab.observe(SLEEPERS[family]))[0][0]
    async with Raised() as after, db.session() as session:
        await session.scalar(ONE)
    await db.close()
    leaked = await lab.connections()
    if leaked:
        await lab.observe(TERMINATE[family], {"number": number})
    found = {"raised": raised.facts, "next": after.name, "leaked": leaked, "runs_on_at_the_server": sleepers}
    return {"cancelled in a query": found}


async def in_a_black_hole(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let the network swallow everything, ask with asyncio.timeout of 0.3 s, let it flow again, and ask again."""
    db = lab.database(NARROW)
    async with db.session() as session:
        await session.scalar(ONE)
    await lab.wire.pause()
    began_s = time.perf_counter()
    with Raised() as raised:
        async with asyncio.timeout(BEGUN_S), db.session() as session:
            await session.scalar(ONE)
    back_s = time.perf_counter() - began_s
    await lab.wire.resume()
    async with Raised() as after, db.session() as session:
        await session.scalar(ONE)
    await db.close()
    found = {"raised": raised.facts, "next": after.name, "leaked": await lab.connections()}
    return {"black hole": {**found, "back_after_s": round(back_s, 1)}}


async def at_random(lab: AsyncLaboratory) -> dict[str, Any]:
    """Cancel 1,000 requests of 20 clients within 30 ms, and 1,000 within 100 ms; look at pool, server and rows."""
    found = {window: await _cancelled(lab, longest_s) for window, longest_s in WINDOWS_S.items()}
    return {**found, "leaked": sum(each["leaked"] for each in found.values())}


async def _cancelled(lab: AsyncLaboratory, longest_s: float) -> dict[str, Any]:
    random, db = Random(SEED), lab.database(POOL)
    balance = select(Account.balance_cents).where(Account.id == 1)
    before = (await lab.observe(balance))[0][0]

    async def request() -> str:
        async with db.session() as session:
            await session.execute(WITHDRAW, {"account": 1})
            await session.scalar(ONE)
            await session.commit()
        return FINISHED

    async def client() -> list[str]:
        ends = []
        for _ in range(REQUESTS_EACH):
            task = asyncio.create_task(request())
            await asyncio.sleep(random.uniform(0, longest_s))
            task.cancel()
            ends += [_told(each) for each in await asyncio.gather(task, return_exceptions=True)]
        return ends

    ends = [end for each in await asyncio.gather(*(client() for _ in range(CLIENTS))) for end in each]
    await lab.pause(BEGUN_S)
    with Caught() as held:
        await lab.observe(_lock(lab.place))
    withdrawn = before - (await lab.observe(balance))[0][0]
    open_before = await lab.connections()
    checked_out = db.engine.pool.checkedout()  # type: ignore[attr-defined]  # of QueuePool
    asked = await lab.together(lambda _: _ask(db.session()), POOL.pool_size)
    await db.close()
    leaked = await lab.connections()
    gc.collect()
    with Caught() as held_on:
        await lab.observe(_lock(lab.place))
    return {
        "ends": sorted(set(ends)),
        "finished_but_not_committed": max(0, ends.count(FINISHED) - withdrawn),
        "locked": held.name,
        "checked_out": checked_out,
        "more_than_the_pool": max(0, open_before - POOL.pool_size),
        "asked_afterwards": sorted({_told(each) for each in asked}),
        "leaked": leaked,
        "leaked_after_collection": await lab.connections(),
        "locked_after_collection": held_on.name,
    }


async def _ask(session: Any) -> str:  # noqa: ANN401 - a session that nobody else has
    async with session:
        await session.scalar(ONE)
    return FINISHED


def _told(end: object) -> str:
    match end:
        case asyncio.CancelledError():
            return CANCELLED
        case BaseException():
            return type(end).__name__
        case _:
            return str(end)


def _lock(place: Place) -> Executable:
    """Return a statement that fails where somebody else holds the row."""
    if place.kind == "sqlite":
        return update(Account).where(Account.id == 1).values(version=Account.version + 1)
    return select(Account.id).where(Account.id == 1).with_for_update(nowait=True)


def no_tasks(place: Place) -> str | None:
    """Return why blocking drivers are left out."""
    return "a thread that blocks cannot be cancelled" if place.driver.mode is Mode.SYNC else None


def no_sleep(place: Place) -> str | None:
    """Return why SQLite is left out too."""
    return "SQLite has no statement that sleeps" if place.kind == "sqlite" else no_tasks(place)


CLEAN = {
    "finished_but_not_committed": 0,
    "locked": NOTHING,
    "checked_out": 0,
    "more_than_the_pool": 0,
    "asked_afterwards": [FINISHED],
    "leaked": 0,
}


def _is_clean(found: dict[str, Any]) -> bool:
    ends = found["ends"] in ([CANCELLED], [CANCELLED, FINISHED])
    return ends and all(found[name] == value for name, value in CLEAN.items())


IN_THE_END = "Set a limit at the server too: what a cancelled task leaves behind ends there."

EXPERIMENTS = [
    Experiment(
        name="cancelled_in_a_query",
        question="What becomes of the statement and the connection where asyncio.timeout ends the waiting?",
        dataset=STALL,
        run=None,
        run_async=in_a_query,
        unable=no_sleep,
        expects=by_place(
            {
                "mariadb": told_as("TimeoutError", next=NOTHING, leaked=1, runs_on_at_the_server=1),
                "mysql": told_as("TimeoutError", next=NOTHING, leaked=1, runs_on_at_the_server=1),
            },
            otherwise=told_as("TimeoutError", next=NOTHING, leaked=0, runs_on_at_the_server=0),
        ),
        claims=(
            Said(
                "C83",
                "asyncio.timeout ends the statement at the server",
                fact("runs_on_at_the_server", 0),
                IN_THE_END,
            ),
            Said(
                "C83",
                "asyncio.timeout frees the connection for others",
                fact("next", NOTHING),
                "Count on the pool to replace what was cancelled, and give it room for that.",
            ),
        ),
    ),
    Experiment(
        name="black_hole",
        question="Does asyncio.timeout give control back in time where the network swallows everything?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=None,
        run_async=in_a_black_hole,
        unable=no_sleep,
        limit_s=90,
        expects=told_as("TimeoutError", next=NOTHING, leaked=0),
        claims=(
            Said(
                "C83",
                "asyncio.timeout gives control back within a second of its time, whatever the network does",
                Prediction(
                    "back after 1.3 s at most", lambda found: found["black hole"]["back_after_s"] <= 1 + BEGUN_S
                ),
                "Measure it with your driver: some talk to the server once more before they give up.",
            ),
        ),
    ),
    Experiment(
        name="cancelled_at_random",
        question="What do 2,000 requests leave behind that are cancelled at random points?",
        dataset=STALL,
        run=None,
        run_async=at_random,
        unable=no_tasks,
        limit_s=120,
        expects=Prediction(
            "finished or cancelled, nothing left behind, all that finished is committed",
            lambda found: all(_is_clean(found[window]) for window in WINDOWS_S),
        ),
        explained=(
            "With psycopg_async and aiosqlite connections of cancelled tasks can stay open beside those of the pool "
            "until Python's garbage collector finds them, and one of SQLite can hold the lock for writing so long. It "
            "is a matter of chance and of when tasks are cancelled: runs differ."
        ),
        claims=(
            Said(
                "C115",
                "cancelled tasks leak connections",
                Prediction(
                    "connections that stay checked out or open in one of the windows",
                    lambda found: any(
                        found[window][name]
                        for window in WINDOWS_S
                        for name in ("checked_out", "more_than_the_pool", "leaked")
                    ),
                ),
                "Keep driver and SQLAlchemy up to date, and watch checked-out connections.",
            ),
            Said(
                "C115",
                "cancelled tasks leave locks behind",
                Prediction(
                    "the row stays locked in one of the windows",
                    lambda found: any(found[window]["locked"] != NOTHING for window in WINDOWS_S),
                ),
                IN_THE_END,
            ),
        ),
    ),
]
