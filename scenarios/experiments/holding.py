"""What a request keeps while it waits for something else: its connection, or the whole event loop."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Self

from sqlalchemy import Executable, text

from bench.core.caught import NOTHING, Caught
from bench.core.experiments import Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.closing import NARROW, TIMEOUT
from scenarios.experiments.places import only_awaited, only_blocking
from scenarios.experiments.stall import ANYBODY, STALL

BEFORE_WAITING = ("nothing", "commit", "rollback", "close")
TICK_S = 0.01
BUSY_S = 0.3
SLOW = {
    "sqlite": text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000) SELECT count(*) FROM n"
    ),
    "postgresql": text("SELECT pg_sleep(0.3)"),
    "mariadb": text("SELECT sleep(0.3)"),
    "mysql": text("SELECT sleep(0.3)"),
}
"""A statement during which only the server, or for SQLite its library, is busy."""
FEW = 2
"""Ticks that do not count as going on: the one before, and the one after."""


class Ticker:
    """Another task of the event loop: it counts how often its turn comes, and how late it came at worst."""

    def __init__(self) -> None:
        self.ticks = 0
        self.latest_s = 0.0
        self._seen_s = 0.0

    async def run(self) -> None:
        """Wait and count until it is cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            self.ticks += 1
            self._look()

    def _look(self) -> None:
        now_s = time.monotonic()
        self.latest_s = max(self.latest_s, now_s - self._seen_s - TICK_S)
        self._seen_s = now_s

    async def __aenter__(self) -> Self:
        self._seen_s = time.monotonic()
        self._task = asyncio.create_task(self.run())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        # A turn that has been due since the loop was stopped comes no more.
        self._look()
        self._task.cancel()

    @property
    def went_on(self) -> bool:
        """Say whether it had its turns."""
        return self.ticks > FEW


def wait_while_holding(lab: Laboratory) -> dict[str, str]:
    """Use both connections of a pool, end the work four ways while the sessions stay open, and ask for a third."""
    found = {}
    for ending in BEFORE_WAITING:
        db = lab.database(NARROW)
        sessions = [db.session() for _ in range(NARROW.pool_size)]
        for session in sessions:
            session.execute(ANYBODY)
            if ending == "commit":
                session.commit()
            elif ending == "rollback":
                session.rollback()
            elif ending == "close":
                session.close()
        with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
            with db.engine.connect() as connection:
                connection.execute(ANYBODY)
        for session in sessions:
            session.close()
        found[ending] = caught.name
    return found


async def wait_while_holding_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Use both connections of a pool, end the work four ways while the sessions stay open, and ask for a third."""
    found = {}
    for ending in BEFORE_WAITING:
        db = lab.database(NARROW)
        sessions = [db.session() for _ in range(NARROW.pool_size)]
        for session in sessions:
            await session.execute(ANYBODY)
            if ending == "commit":
                await session.commit()
            elif ending == "rollback":
                await session.rollback()
            elif ending == "close":
                await session.close()
        with Caught() as caught:
            async with db.engine.connect() as connection:
                await connection.execute(ANYBODY)
        for session in sessions:
            await session.close()
        found[ending] = caught.name
    return found


def block(lab: Laboratory) -> dict[str, bool]:
    """Send a slow statement from a coroutine, directly and by `to_thread`; look whether another task goes on."""

    def ask() -> None:
        with lab.db.session() as session:
            session.execute(SLOW[lab.place.kind])

    async def go_on() -> dict[str, bool]:
        async with Ticker() as beside_direct:
            ask()
        async with Ticker() as beside_thread:
            await asyncio.to_thread(ask)
        return {"direct": beside_direct.went_on, "in_thread": beside_thread.went_on}

    return asyncio.run(go_on())


async def run_sync_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Send a slow statement, and compute, in functions that `run_sync` runs; look whether another task goes on."""

    def ask(connection: Any) -> None:  # noqa: ANN401 - a connection of run_sync
        slow: Executable = SLOW[lab.place.kind]
        connection.execute(slow)

    def compute(_connection: object) -> None:
        end_s = time.monotonic() + BUSY_S
        while time.monotonic() < end_s:
            pass

    async with lab.db.engine.connect() as connection:
        async with Ticker() as beside_statement:
            await connection.run_sync(ask)
        async with Ticker() as beside_computing:
            await connection.run_sync(compute)
    return {"statement": beside_statement.went_on, "computing": beside_computing.went_on}


EXPERIMENTS = [
    Experiment(
        name="waiting_with_a_session",
        question="What must a session do so that others can work while its request waits for something else?",
        dataset=STALL,
        run=wait_while_holding,
        run_async=wait_while_holding_async,
        expects={"nothing": TIMEOUT, "commit": NOTHING, "rollback": NOTHING, "close": NOTHING},
        claims=(
            Said(
                "C64",
                "a session that has only read and stays open keeps its connection from others",
                Prediction(TIMEOUT, lambda found: found["nothing"] == TIMEOUT),
                "End the transaction before waiting for another service or streaming a reply.",
            ),
            Said(
                "C64",
                "a session must be closed before waiting: a commit is not enough",
                Prediction(TIMEOUT, lambda found: found["commit"] == TIMEOUT),
                "Commit or rollback gives the connection back; the next statement takes one again.",
            ),
        ),
    ),
    Experiment(
        name="blocking_the_loop",
        question="Does an event loop go on while a coroutine makes a blocking database call?",
        dataset=STALL,
        run=block,
        run_async=None,
        unable=only_blocking,
        expects={"direct": False, "in_thread": True},
        claims=(
            Said(
                "C7",
                "a sync database call inside `async def` stops all other requests",
                by_mode(sync=Prediction("stopped", lambda found: not found["direct"]), awaited=NOTHING),
                "Declare such an endpoint with `def`, or call in a thread.",
            ),
        ),
    ),
    Experiment(
        name="run_sync",
        question="Does the event loop go on while `run_sync` runs a function?",
        dataset=STALL,
        run=None,
        run_async=run_sync_async,
        unable=only_awaited,
        expects={"statement": True, "computing": False},
        claims=(
            Said(
                "C11",
                "`run_sync` runs a function without stopping other tasks: while its statements wait",
                Prediction("goes on", lambda found: found["statement"]),
                "Use it for ORM code and for create_all.",
            ),
            Said(
                "C11",
                "`run_sync` runs a function without stopping other tasks: while it computes",
                Prediction("goes on", lambda found: found["computing"]),
                "It is no thread: put what computes long into `asyncio.to_thread` or another process.",
            ),
        ),
    ),
]
