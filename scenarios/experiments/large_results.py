"""A large result in one event loop: how late are others while it is fetched at once, and while it is streamed?"""

from __future__ import annotations

import gc
from typing import Any

from sqlalchemy import delete, func, select, text

from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory
from scenarios.experiments.holding import Ticker
from scenarios.experiments.places import only_awaited
from scenarios.experiments.stall import STALL, Account

ROWS = 20_736
FILL = text(
    "INSERT INTO accounts (balance_cents, version) SELECT 1, 1 "
    "FROM items AS a CROSS JOIN items AS b CROSS JOIN items AS c CROSS JOIN items AS d"
)
"""One row for each way to take four of twelve items, into the table that no other table refers to."""
FILLED = select(func.count(Account.id)).where(Account.version == 1)
EMPTY = delete(Account).where(Account.version == 1)
ALL = select(Account).where(Account.version == 1).order_by(Account.id)
STREAM = ALL.execution_options(yield_per=100)
TIMES = 5
"""So many times as late is later on any machine: others of this machine make a loop late too, by some milliseconds."""
TRIES = 3
"""The least of so many counts: what others of this machine add comes and goes."""


async def fetch_and_stream(lab: AsyncLaboratory) -> dict[str, Any]:
    """Read 20,736 entities by `all()`, then by `stream_scalars` with yield_per=100; note how late another task is.

    It wants its turn every 10 ms. Of three tries the one counts in which it was least late. Python's garbage
    collector, which stops the loop too, is off meanwhile.
    """
    await lab.observe(FILL)
    rows = (await lab.observe(FILLED))[0][0]
    by_all_s, by_stream_s = [], []
    gc.disable()
    try:
        for _ in range(TRIES):
            gc.collect()
            async with lab.db.session() as session, Ticker() as beside_all:
                (await session.scalars(ALL)).all()
            gc.collect()
            async with lab.db.session() as session, Ticker() as beside_stream:
                async for _ in await session.stream_scalars(STREAM):
                    pass
            by_all_s.append(beside_all.latest_s)
            by_stream_s.append(beside_stream.latest_s)
    finally:
        gc.enable()
    await lab.observe(EMPTY)
    all_s, stream_s = min(by_all_s), min(by_stream_s)
    return {
        "rows": rows,
        "all_late_ms": round(1000 * all_s, 1),
        "stream_late_ms": round(1000 * stream_s, 1),
        "all_5_times_as_late": all_s >= TIMES * stream_s,
    }


FIVE_TIMES = Prediction("all() at least 5 times as late", lambda found: found["all_5_times_as_late"])

EXPERIMENTS = [
    Experiment(
        name="large_result",
        question="For how long does a large result stop the event loop, fetched at once and streamed?",
        dataset=STALL,
        run=None,
        run_async=fetch_and_stream,
        unable=only_awaited,
        limit_s=60,
        expects=Prediction(
            "20,736 rows, and all() at least 5 times as late as the stream",
            lambda found: found["rows"] == ROWS and found["all_5_times_as_late"],
        ),
        explained=(
            "MariaDB sends all rows unasked, and aiomysql and asyncmy suspend only where bytes are missing (source: "
            "StreamReader.readexactly; asyncmy's own protocol): rows that have arrived are read in one go, streamed "
            "or not. asyncpg, psycopg and aiosqlite ask for every 100 rows, and wait for the answer."
        ),
        explained_at=("aiomysql", "asyncmy"),
        claims=(
            Said(
                "C111",
                "a large result stops the loop, and streaming avoids it: others are 5 times as late with `all()`",
                FIVE_TIMES,
                "Stream or page what is large, and look at the lag of the loop while it is read.",
            ),
        ),
    ),
]
