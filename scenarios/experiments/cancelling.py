"""Tasks that are cancelled: what becomes of the statement and the connection? A question of async drivers alone."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory
from scenarios.experiments.places import only_awaited_with_a_server
from scenarios.experiments.raising import (
    ASLEEP,
    BEGUN_S,
    FIRST_AT_ONCE,
    IDENTITY,
    SLEEP,
    SLEEPERS,
    TERMINATE,
    WITHDRAW,
    Raised,
    caught_by,
    fact,
    raised_facts,
    told_as,
)
from scenarios.experiments.stall import ONE, STALL

NARROW = Conditions(pool_size=1, pool_timeout_s=1.0)
FIRST = {"account": 1}
IN_THE_END = (
    "Set limits at the server too, for statements and for idle transactions (idle_in_transaction_session_timeout, "
    "MariaDB's idle_transaction_timeout, MySQL's wait_timeout): what a cancelled task leaves behind ends there."
)


async def in_a_query(lab: AsyncLaboratory) -> dict[str, Any]:
    """Change a row, sleep, and end that by asyncio.timeout; is the row locked, does the server sleep on? Ask again."""
    family, db = lab.place.driver.family, lab.database(NARROW)
    async with db.session() as session:
        number = await session.scalar(IDENTITY[family])
    with Raised() as raised:
        async with asyncio.timeout(BEGUN_S), db.session() as session:
            await session.execute(WITHDRAW, FIRST)
            await session.execute(SLEEP[family], ASLEEP)
    await lab.pause(BEGUN_S)
    sleepers = (await lab.observe(SLEEPERS[family]))[0][0]
    with Caught() as locked:
        await lab.observe(FIRST_AT_ONCE)
    async with Raised() as after, db.session() as session:
        await session.scalar(ONE)
    await db.close()
    leaked = await lab.connections()
    if leaked:
        await lab.observe(TERMINATE[family], {"number": number})
    found = {"raised": raised.facts, "next": after.name, "leaked": leaked, "runs_on_at_the_server": sleepers}
    return {"cancelled in a query": {**found, "locked": locked.name}}


async def by_hand(lab: AsyncLaboratory) -> dict[str, Any]:
    """Change a row, sleep, and end that by `task.cancel()`; is the row locked, does the server sleep on? Ask again."""
    family, db = lab.place.driver.family, lab.database(NARROW)
    async with db.session() as session:
        number = await session.scalar(IDENTITY[family])

    async def work() -> None:
        async with db.session() as session:
            await session.execute(WITHDRAW, FIRST)
            await session.execute(SLEEP[family], ASLEEP)

    task = asyncio.create_task(work())
    await lab.pause(BEGUN_S)
    task.cancel()
    [end] = await asyncio.gather(task, return_exceptions=True)
    raised = raised_facts(end) if end is not None else Raised().facts
    await lab.pause(BEGUN_S)
    sleepers = (await lab.observe(SLEEPERS[family]))[0][0]
    with Caught() as locked:
        await lab.observe(FIRST_AT_ONCE)
    async with Raised() as after, db.session() as session:
        await session.scalar(ONE)
    await db.close()
    leaked = await lab.connections()
    if leaked:
        await lab.observe(TERMINATE[family], {"number": number})
    found = {"raised": raised, "next": after.name, "leaked": leaked, "runs_on_at_the_server": sleepers}
    return {"task cancelled": {**found, "locked": locked.name}}


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


RUNS_ON = {"next": NOTHING, "leaked": 1, "runs_on_at_the_server": 1, "locked": "OperationalError"}
ENDED = {"next": NOTHING, "leaked": 0, "runs_on_at_the_server": 0, "locked": NOTHING}

EXPERIMENTS = [
    Experiment(
        name="cancelled_in_a_query",
        question="What becomes of the statement and the connection where asyncio.timeout ends the waiting?",
        dataset=STALL,
        run=None,
        run_async=in_a_query,
        unable=only_awaited_with_a_server,
        expects=by_place(
            {
                "mariadb": told_as("TimeoutError", **RUNS_ON),
                "mysql": told_as("TimeoutError", **RUNS_ON),
            },
            otherwise=told_as("TimeoutError", **ENDED),
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
            Said(
                "C115",
                "the locks of a task that asyncio.timeout cancels within a statement are free at once",
                fact("locked", NOTHING),
                IN_THE_END,
            ),
        ),
    ),
    Experiment(
        name="cancelled_by_hand",
        question="What is raised in a task that is cancelled, and what becomes of its statement and connection?",
        dataset=STALL,
        run=None,
        run_async=by_hand,
        unable=only_awaited_with_a_server,
        # As asyncio.timeout leaves it, which cancels the task too.
        expects=by_place(
            {
                "mariadb": told_as("CancelledError", **RUNS_ON),
                "mysql": told_as("CancelledError", **RUNS_ON),
            },
            otherwise=told_as("CancelledError", **ENDED),
        ),
        claims=(
            Said(
                "C74",
                "`except Exception` catches that a request is cancelled",
                caught_by("Exception"),
                "Clean up in `finally` or by `async with`, and let CancelledError pass: it is no Exception.",
            ),
            Said(
                "C115",
                "the locks of a task that `task.cancel()` cancels within a statement are free at once",
                fact("locked", NOTHING),
                IN_THE_END,
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
        unable=only_awaited_with_a_server,
        limit_s=90,
        expects=told_as("TimeoutError", next=NOTHING, leaked=0),
        remark=(
            "A cancelled task ends when its driver lets it. psycopg tries for 5 s to have the server cancel the "
            "statement, by a connection of its own, and waits 5 s more for the answer (source: AsyncConnection.wait). "
            "With asyncpg SQLAlchemy waits up to 2 s for the connection to close in good order (its dialect's "
            "_terminate_graceful_close). aiomysql and asyncmy close the socket at once (_close_on_cancel)."
        ),
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
]
