"""A thousand requests that never close their session: who gives the connections back, and who notices?

Nobody keeps the sessions either, so that Python may find them when it likes: by its counts of references at once, or by
its collector later. Nothing asks the collector to come while they are answered.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import SAWarning

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import ANYBODY, STALL

REQUESTS = 1_000
POOL = Conditions(pool_size=5, pool_timeout_s=0.001)
"""Nobody gives a connection back while a request waits for it, so that a longer wait would change nothing."""


def forget(lab: Laboratory) -> dict[str, Any]:
    """Answer 1,000 requests on a pool of five, one after the other; no session is closed or kept.

    Who finds no connection gives up after 1 ms. Count answers, errors, warnings of SQLAlchemy and connections.
    """

    def answer() -> None:
        session = db.session()
        (session.scalars(ANYBODY)).all()

    db = lab.database(POOL)
    ends: list[str] = []
    opened: list[None] = []
    event.listen(db.engine.pool, "connect", lambda *_: opened.append(None))
    with db.session() as first:
        (first.scalars(ANYBODY)).all()
    # What is made once is there by now, and the collector begins to count: the outcome is the same whatever ran before.
    gc.collect()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for _ in range(REQUESTS):
            with Caught() as caught:
                answer()
            ends.append(caught.name)
    found = told(ends, warned) | {"opened": len(opened)}
    found["more_open_than_the_pool_has"] = max(0, lab.connections() - POOL.pool_size)
    gc.collect()
    db.close()
    return {**found, "open_in_the_end": lab.connections()}


async def forget_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Answer 1,000 requests on a pool of five, one after the other; no session is closed or kept.

    Who finds no connection gives up after 1 ms. Count answers, errors, warnings of SQLAlchemy and connections.
    """

    async def answer() -> None:
        session = db.session()
        (await session.scalars(ANYBODY)).all()

    db = lab.database(POOL)
    ends: list[str] = []
    opened: list[None] = []
    event.listen(db.engine.pool, "connect", lambda *_: opened.append(None))
    async with db.session() as first:
        (await first.scalars(ANYBODY)).all()
    # What is made once is there by now, and the collector begins to count: the outcome is the same whatever ran before.
    gc.collect()
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for _ in range(REQUESTS):
            with Caught() as caught:
                await answer()
            ends.append(caught.name)
    found = told(ends, warned) | {"opened": len(opened)}
    found["more_open_than_the_pool_has"] = max(0, await lab.connections() - POOL.pool_size)
    gc.collect()
    await db.close()
    return {**found, "open_in_the_end": await lab.connections()}


def told(ends: Sequence[str], warned: Iterable[warnings.WarningMessage]) -> dict[str, Any]:
    """Return how the requests ended, and how many warnings of SQLAlchemy there were."""
    return {
        "answered": ends.count(NOTHING),
        "raised": sorted(set(ends) - {NOTHING}),
        "warnings": sum(issubclass(each.category, SAWarning) for each in warned),
    }


def is_failed(found: dict[str, Any]) -> bool:
    """Tell whether a request found no connection, or failed otherwise."""
    return bool(found["raised"])


EXPERIMENTS = [
    Experiment(
        name="thousand_forgotten",
        question="How far do a thousand requests get whose sessions nobody closes?",
        dataset=STALL,
        run=forget,
        run_async=forget_async,
        limit_s=120,
        expects=by_mode(
            sync=Prediction(
                "all answered, without a warning, on no more connections than the pool has",
                lambda found: (
                    found["answered"] == REQUESTS and not found["warnings"] and found["opened"] <= POOL.pool_size
                ),
            ),
            awaited=Prediction(
                "a warning, or a request that fails", lambda found: found["warnings"] or is_failed(found)
            ),
        ),
        explained=(
            "A session that has begun and its transaction refer to each other: only Python's garbage collector finds "
            "one that is forgotten, and it comes when enough new objects are there, not when connections run out."
        ),
        explained_at=("pysqlite", "psycopg", "psycopg2", "pymysql", "mysqlclient"),
        claims=(
            Said(
                "C65",
                "a thousand requests that do not close their sessions find no connection any more, some of them",
                Prediction("a request that fails", is_failed),
                "Open every session with `with` or `async with`; that it ever goes well without is an accident.",
            ),
            Said(
                "C65",
                "sessions that are not closed cost connections: the pool has to open new ones all the time",
                Prediction("more opened than the pool has", lambda found: found["opened"] > POOL.pool_size),
                "Watch how many connections are opened in a minute: in a healthy pool it is next to none.",
            ),
            Said(
                "C65",
                "SQLAlchemy warns of sessions that were not closed",
                by_mode(sync=SAYS_NOTHING, awaited=Prediction("a warning", lambda found: found["warnings"] > 0)),
                "In tests assert that pool.checkedout() is 0, then call gc.collect() and fail on ERROR records of the "
                "logger sqlalchemy.pool: the warning as an error would be raised where Python ignores it.",
            ),
        ),
    ),
]
