"""What a monitor asks: whether the process lives, whether it can work, what its pools and its loop do, and its metrics.

All of it is `async def`, so that it is answered when requests hold every thread.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, field
from statistics import fmean
from threading import Lock
from typing import Annotated, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from pydantic import Field
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from target_app.databases import Databases
from target_app.loop_lag import KEPT_S, NAP_S, LoopLag
from target_app.metrics import pool_states
from target_app.problems import Unavailable, documented
from target_app.schemas.base import Answered
from target_app.settings import Settings

LONGEST_S = 2.0
"""Who has no answer from the database by then, is not ready: whatever the pools' own timeout is."""

_ONE = text("SELECT 1")

router = APIRouter(tags=["monitoring"])


@dataclass(frozen=True)
class Asking:
    """What goes on from one question about readiness to the next one: who has no answer yet from a dead network."""

    alone: Lock = field(default_factory=Lock)
    """A thread that hangs cannot be ended: the next one waits for it, so that they do not heap up."""
    late: set[asyncio.Task[None]] = field(default_factory=set)
    """Tasks that are to end, and still wait for their connection to close. An event loop itself keeps no task alive."""

    def leave(self, task: asyncio.Task[None]) -> None:
        """End a task without waiting for it, whatever becomes of it."""
        self.late.add(task)
        task.add_done_callback(self._forget)
        task.cancel()

    def _forget(self, task: asyncio.Task[None]) -> None:
        self.late.discard(task)
        if not task.cancelled():
            # Looked at, so that asyncio does not complain that nobody did.
            task.exception()


class Life(Answered):
    """That the process runs."""

    status: Literal["alive"] = "alive"


class Readiness(Answered):
    """That both modes reach the database."""

    status: Literal["ready"] = "ready"


class PoolState(Answered):
    """The connections of one pool at this moment."""

    size: int
    checked_in: int
    checked_out: int
    overflow: int = Field(description="Open beyond the size of the pool.")
    waiting: int = Field(description="Requests that asked for a connection and have none yet.")


class Threads(Answered):
    """The threads for sync requests."""

    total: int
    borrowed: int
    waiting: int = Field(description="Requests that asked for a thread and have none yet.")


class DatabaseState(Answered):
    """What the pools of this process hold; with several workers, each answers for itself."""

    pools: dict[Literal["sync", "async"], PoolState]
    threads: Threads
    most_connections: int = Field(description="As many as both pools together may open.")


class LoopState(Answered):
    """How late the event loop of this process woke a task; with several workers, each answers for itself."""

    process: int
    interval_ms: float = Field(description="The task asks to be woken so long after it was woken.")
    until: float | None = Field(description="When it was woken for the last time, in s since the epoch.")
    lags_ms: list[float] = Field(description="By how much it was woken too late each time, the oldest first.")
    worst_ms: float | None
    mean_ms: float | None


Since = Annotated[
    float, Query(description=f"Only what came after this moment, in s since the epoch; {KEPT_S:g} s are kept.")
]


@router.get("/health/live")
async def live() -> Life:
    """Say that the process runs; the database is not asked."""
    return Life()


@router.get("/health/ready", responses=documented())
async def ready(request: Request) -> Readiness:
    """Say that a request of either mode gets a connection and an answer within two seconds."""
    databases: Databases = request.app.state.databases
    asking: Asking = request.app.state.asking
    tasks = [
        asyncio.create_task(_ask_in_thread(asking.alone, databases.sync.engine)),
        asyncio.create_task(_ask_awaited(databases.awaited.engine)),
    ]
    done, late = await asyncio.wait(tasks, timeout=LONGEST_S)
    for task in late:
        # Not awaited: in a dead network even ending it takes as long as the network is dead.
        asking.leave(task)
    failures = [failure for task in done if (failure := task.exception()) is not None]
    for failure in failures:
        if not isinstance(failure, SQLAlchemyError | OSError):
            raise failure
    if late or failures:
        message = f"The database gave no answer within {LONGEST_S:g} s, in one mode at least; see /health/database."
        raise Unavailable(message) from next(iter(failures), None)
    return Readiness()


@router.get("/health/database")
async def database(request: Request) -> DatabaseState:
    """Return what the pools hold at this moment, and how many threads are in use."""
    settings: Settings = request.app.state.settings
    states = pool_states(request.app.state.databases)
    limiter = to_thread.current_default_thread_limiter()
    return DatabaseState.model_validate({
        "pools": states,
        "threads": {
            "total": int(limiter.total_tokens),
            "borrowed": limiter.borrowed_tokens,
            "waiting": limiter.statistics().tasks_waiting,
        },
        "most_connections": len(states) * (settings.pool_size + settings.max_overflow),
    })  # fmt: skip


@router.get("/health/loop")
async def loop(request: Request, since: Since = 0.0) -> LoopState:
    """Return how late the event loop woke a task each time: every request that comes then waits as long."""
    measured: LoopLag = request.app.state.loop_lag
    wakes = measured.since(since)
    lags_ms = [round(each.lag_s * 1e3, 3) for each in wakes]
    return LoopState(
        process=os.getpid(),
        interval_ms=NAP_S * 1e3,
        until=wakes[-1].time if wakes else None,
        lags_ms=lags_ms,
        worst_ms=max(lags_ms, default=None),
        mean_ms=round(fmean(lags_ms), 3) if lags_ms else None,
    )


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(request: Request) -> Response:
    """Return the metrics of this process for Prometheus."""
    registry: CollectorRegistry = request.app.state.registry
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)


async def _ask_awaited(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(_ONE)


async def _ask_in_thread(alone: Lock, engine: Engine) -> None:
    # With a limiter of its own it does not wait behind sync requests for a thread.
    await to_thread.run_sync(_ask, alone, engine, abandon_on_cancel=True, limiter=CapacityLimiter(1))


def _ask(alone: Lock, engine: Engine) -> None:
    if not alone.acquire(timeout=LONGEST_S):
        raise TimeoutError
    try:
        with engine.connect() as connection:
            connection.execute(_ONE)
    finally:
        alone.release()
