"""Requests that hold a connection and ask for another: who goes on where the pool has no more than they hold?"""

from __future__ import annotations

from typing import Any

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.closing import TIMEOUT
from scenarios.experiments.stall import ANYBODY, STALL

REQUESTS = 3
POOLS = {
    "as_many_as_requests": Conditions(pool_size=REQUESTS, pool_timeout_s=0.5),
    "one_more": Conditions(pool_size=REQUESTS + 1, pool_timeout_s=0.5),
}
TICK_S = 0.01
PATIENCE = 100
"""Ticks that a request waits for the others."""


def ask_for_a_second(lab: Laboratory) -> dict[str, Any]:
    """Let three requests hold a connection each and ask for another, of a pool of 3 and of 4; count who is done.

    Who gets none keeps the first until all have their answer: given back sooner, it would serve another one.
    """
    found = {}
    for name, conditions in POOLS.items():
        db = lab.database(conditions)
        holding: list[int] = []
        answered: list[int] = []

        def request(
            number: int, db: Database = db, holding: list[int] = holding, answered: list[int] = answered
        ) -> str:
            with db.engine.connect() as first:
                first.execute(ANYBODY)
                holding.append(number)
                for _ in range(PATIENCE):
                    if len(holding) < REQUESTS:
                        lab.pause(TICK_S)
                with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
                    with db.engine.connect() as second:
                        second.execute(ANYBODY)
                answered.append(number)
                for _ in range(PATIENCE):
                    if caught.name != NOTHING and len(answered) < REQUESTS:
                        lab.pause(TICK_S)
            return caught.name

        found[name] = told(lab.together(request, REQUESTS))
    return found


async def ask_for_a_second_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let three requests hold a connection each and ask for another, of a pool of 3 and of 4; count who is done.

    Who gets none keeps the first until all have their answer: given back sooner, it would serve another one.
    """
    found = {}
    for name, conditions in POOLS.items():
        db = lab.database(conditions)
        holding: list[int] = []
        answered: list[int] = []

        async def request(
            number: int, db: AsyncDatabase = db, holding: list[int] = holding, answered: list[int] = answered
        ) -> str:
            async with db.engine.connect() as first:
                await first.execute(ANYBODY)
                holding.append(number)
                for _ in range(PATIENCE):
                    if len(holding) < REQUESTS:
                        await lab.pause(TICK_S)
                with Caught() as caught:
                    async with db.engine.connect() as second:
                        await second.execute(ANYBODY)
                answered.append(number)
                for _ in range(PATIENCE):
                    if caught.name != NOTHING and len(answered) < REQUESTS:
                        await lab.pause(TICK_S)
            return caught.name

        found[name] = told(await lab.together(request, REQUESTS))
    return found


def told(ends: list[Any]) -> dict[str, Any]:
    """Return how many requests are done, and what the others met."""
    return {"done": ends.count(NOTHING), "raised": sorted({str(end) for end in ends if end != NOTHING})}


ENOUGH = (
    "Give a request one session and hand that to all who work for it; where one holds a connection and needs another, "
    "let fewer of them in than the pool has connections."
)

EXPERIMENTS = [
    Experiment(
        name="second_connection",
        question="What becomes of requests that each hold a connection and ask for another, where the pool is full?",
        dataset=STALL,
        run=ask_for_a_second,
        run_async=ask_for_a_second_async,
        expects={
            "as_many_as_requests": {"done": 0, "raised": [TIMEOUT]},
            "one_more": {"done": REQUESTS, "raised": []},
        },
        claims=(
            Said(
                "C94",
                "as many requests as the pool has connections starve, where each holds one and asks for a second",
                Prediction(
                    "none is done, all time out",
                    lambda found: found["as_many_as_requests"] == {"done": 0, "raised": [TIMEOUT]},
                ),
                ENOUGH,
            ),
            Said(
                "C94",
                "with one connection more than such requests they go on, one after the other",
                Prediction("at least one is done", lambda found: found["one_more"]["done"] > 0),
                ENOUGH,
            ),
        ),
    ),
]
