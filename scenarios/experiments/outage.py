"""Somebody asks all the time while the server restarts: for how long do requests fail?"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from bench.core.caught import NOTHING
from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Need, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.raising import Raised
from scenarios.experiments.stall import ONE, STALL

WAYS = {
    "plain": Conditions(pool_size=1, pool_timeout_s=1.0),
    "pinged": Conditions(pool_size=1, pool_timeout_s=1.0, pre_ping=True),
}
EVERY_S = 0.02
BEFORE_S = 0.1
AFTER_S = 0.5
"""So long it is asked before the server is stopped, and after it accepts connections again."""
SOON_S = 0.3
"""Errors that come so long after the server's return at most came with it."""
LONGEST_S = 8.0
"""Asking ends then if the server does not come back."""


def ask_through(lab: Laboratory) -> dict[str, Any]:
    """Ask every 20 ms before, during and after a restart of the server, with pre-ping and without; note when it fails.

    The server is away from the order to stop until it accepts connections.
    """
    found: dict[str, Any] = {}
    for way, conditions in WAYS.items():
        db, failed_s = lab.database(conditions), list[float]()
        clock_s = {"end": time.monotonic() + LONGEST_S}

        def work(
            side: int, db: Database = db, clock_s: dict[str, float] = clock_s, failed_s: list[float] = failed_s
        ) -> None:
            if side == 0:
                lab.pause(BEFORE_S)
                clock_s["down"] = time.monotonic()
                lab.server.stop()
                lab.server.start()
                clock_s["up"] = time.monotonic()
                clock_s["end"] = clock_s["up"] + AFTER_S
                return
            while time.monotonic() < clock_s["end"]:
                with Raised() as raised, db.session() as session:
                    session.scalar(ONE)
                if raised.name != NOTHING:
                    failed_s.append(time.monotonic())
                lab.pause(EVERY_S)

        lab.together(work, 2)
        db.close()
        found[way] = told(clock_s, failed_s)
    return {**found, "leaked": lab.connections()}


async def ask_through_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Ask every 20 ms before, during and after a restart of the server, with pre-ping and without; note when it fails.

    The server is away from the order to stop until it accepts connections.
    """
    found: dict[str, Any] = {}
    for way, conditions in WAYS.items():
        db, failed_s = lab.database(conditions), list[float]()
        clock_s = {"end": time.monotonic() + LONGEST_S}

        async def work(
            side: int, db: AsyncDatabase = db, clock_s: dict[str, float] = clock_s, failed_s: list[float] = failed_s
        ) -> None:
            if side == 0:
                await lab.pause(BEFORE_S)
                clock_s["down"] = time.monotonic()
                await lab.server.stop()
                await lab.server.start()
                clock_s["up"] = time.monotonic()
                clock_s["end"] = clock_s["up"] + AFTER_S
                return
            while time.monotonic() < clock_s["end"]:
                async with Raised() as raised, db.session() as session:
                    await session.scalar(ONE)
                if raised.name != NOTHING:
                    failed_s.append(time.monotonic())
                await lab.pause(EVERY_S)

        await lab.together(work, 2)
        await db.close()
        found[way] = told(clock_s, failed_s)
    return {**found, "leaked": await lab.connections()}


def told(clock_s: Mapping[str, float], failed_s: Sequence[float]) -> dict[str, float]:
    """Return in seconds how long the server was away, and from the first error to the last; and those after its return.

    A KeyError says that it did not come back.
    """
    first_s, last_s = (failed_s[0], failed_s[-1]) if failed_s else (0.0, 0.0)
    spans_s = {
        "away_s": clock_s["up"] - clock_s["down"],
        "errors_s": last_s - first_s,
        "errors_after_return_s": max(0.0, last_s - clock_s["up"]),
    }
    return {"failed": bool(failed_s), **{name: round(span_s, 1) for name, span_s in spans_s.items()}}


def fails(found: Mapping[str, Any], way: str) -> bool:
    """Tell whether requests failed."""
    return bool(found[way]["failed"])


EXPERIMENTS = [
    Experiment(
        name="seconds_of_errors",
        question="For how many seconds do requests fail where the server restarts, with pre-ping and without?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=ask_through,
        run_async=ask_through_async,
        repeats=3,
        limit_s=60,
        expects=Prediction(
            "requests fail both ways while the server is away, and less than 0.3 s beyond",
            lambda found: (
                all(fails(found, way) and found[way]["errors_after_return_s"] < SOON_S for way in WAYS)
                and found["leaked"] == 0
            ),
        ),
        claims=(
            Said(
                "C45",
                "with pool_pre_ping no request fails while the server restarts",
                Prediction("none fails", lambda found: not fails(found, "pinged")),
                "Repeat what may be repeated: a ping replaces dead connections, not a server that is away.",
            ),
        ),
    ),
]
