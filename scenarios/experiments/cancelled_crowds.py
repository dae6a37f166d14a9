"""Crowds of tasks that are cancelled at random: what do they leave in the pool, at the server and in the rows?

A question of async drivers alone. Chance has a part, so it is asked several times.
"""

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
from bench.core.database import AsyncDatabase
from bench.core.drivers import Mode
from bench.core.experiments import Experiment, Prediction, Said, Says
from bench.core.laboratory import AsyncLaboratory
from scenarios.experiments.cancelling import IN_THE_END
from scenarios.experiments.raising import BEGUN_S, FIRST_AT_ONCE, WITHDRAW
from scenarios.experiments.stall import ONE, STALL, Account

CLIENTS = 20
REQUESTS_EACH = 50
WINDOWS_S = {"within_30_ms": 0.03, "within_100_ms": 0.1}
"""A request is cancelled after a random time up to this: while it waits for the pool, connects, asks or commits.

What is left behind may depend on it, so both are tried: within 30 ms hardly a request comes to its COMMIT.
"""
LONGEST_S = 8.0
"""Requests that have not begun by then are not made: each may wait for a lock that a cancelled one has left behind."""
SEED = 115
POOL = Conditions(pool_size=5, pool_timeout_s=5.0)
FINISHED, CANCELLED = "finished", "cancelled"
BALANCE = select(Account.balance_cents).where(Account.id == 1)


async def at_random(lab: AsyncLaboratory) -> dict[str, Any]:
    """Cancel 1,000 requests of 20 clients within 30 ms, and 1,000 within 100 ms; look at pool, server and rows.

    After 8 s no more requests are begun.
    """
    found = {window: await _cancelled(lab, longest_s) for window, longest_s in WINDOWS_S.items()}
    return {**found, "leaked": sum(each["leaked"] for each in found.values())}


async def _cancelled(lab: AsyncLaboratory, longest_s: float) -> dict[str, Any]:
    random, db = Random(SEED), lab.database(POOL)
    before, until_s = (await lab.observe(BALANCE))[0][0], time.monotonic() + LONGEST_S

    async def request() -> str:
        async with db.session() as session:
            await session.execute(WITHDRAW, {"account": 1})
            await session.scalar(ONE)
            await session.commit()
        return FINISHED

    async def client() -> list[str]:
        ends = list[str]()
        while len(ends) < REQUESTS_EACH and time.monotonic() < until_s:
            task = asyncio.create_task(request())
            await asyncio.sleep(random.uniform(0, longest_s))
            task.cancel()
            ends += [_told(each) for each in await asyncio.gather(task, return_exceptions=True)]
        return ends

    ends = [end for each in await asyncio.gather(*(client() for _ in range(CLIENTS))) for end in each]
    return {
        "all_begun": len(ends) == CLIENTS * REQUESTS_EACH,
        "ends": sorted(set(ends)),
        **await _left_behind(lab, db, before - ends.count(FINISHED)),
    }


async def _left_behind(lab: AsyncLaboratory, db: AsyncDatabase, finished_cents: int) -> dict[str, Any]:
    """Look at locks, rows, pool and server; `finished_cents` is the balance if what finished was committed."""
    await lab.pause(BEGUN_S)
    with Caught() as held:
        await lab.observe(_lock(lab.place))
    balance_cents = (await lab.observe(BALANCE))[0][0]
    open_before = await lab.connections()
    checked_out = db.engine.pool.checkedout()  # type: ignore[attr-defined]  # of QueuePool
    asked = await lab.together(lambda _: _ask(db.session()), POOL.pool_size)
    await db.close()
    leaked = await lab.connections()
    gc.collect()
    with Caught() as held_on:
        await lab.observe(_lock(lab.place))
    return {
        "finished_but_not_committed": max(0, balance_cents - finished_cents),
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
    return FIRST_AT_ONCE


def no_tasks(place: Place) -> str | None:
    """Return why blocking drivers are left out."""
    return "a thread that blocks cannot be cancelled" if place.driver.mode is Mode.SYNC else None


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


EXPERIMENTS = [
    Experiment(
        name="cancelled_at_random",
        question="What do 2,000 requests leave behind that are cancelled at random points?",
        dataset=STALL,
        run=None,
        run_async=at_random,
        unable=no_tasks,
        repeats=3,
        limit_s=120,
        expects=Prediction(
            "finished or cancelled, nothing left behind, all that finished is committed",
            lambda found: all(_is_clean(found[window]) for window in WINDOWS_S),
        ),
        explained=(
            "With psycopg_async and aiosqlite connections of cancelled tasks can stay open beside those of the pool "
            "until Python's garbage collector finds them, and one of SQLite can hold the lock for writing so long, for "
            "which all others then wait. It is a matter of chance and of when tasks are cancelled: repetitions differ."
        ),
        explained_at=("aiosqlite", "psycopg_async"),
        claims=(
            Said(
                "C115",
                "cancelled tasks leak connections",
                Prediction(
                    "connections that stay checked out or open, at any time",
                    lambda found: any(
                        found[window][name]
                        for window in WINDOWS_S
                        for name in ("checked_out", "more_than_the_pool", "leaked")
                    ),
                    says=Says.EVER,
                ),
                "Count connections at the server and compare with the pool's size: its own figures show none of these.",
            ),
            Said(
                "C115",
                "cancelled tasks leave locks behind that outlive their statements",
                Prediction(
                    "the row stays locked, at any time",
                    lambda found: any(found[window]["locked"] != NOTHING for window in WINDOWS_S),
                    says=Says.EVER,
                ),
                IN_THE_END,
            ),
        ),
    ),
]
