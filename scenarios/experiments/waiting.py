"""Two requests that each wait at the server: how many waits does it take, one after the other and both at once?"""

from __future__ import annotations

import time

from bench.core.conditions import Conditions
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_server
from scenarios.experiments.raising import SLEEP
from scenarios.experiments.stall import STALL

WAIT = {"seconds": 0.2}
BRIEFLY = {"seconds": 0.0}
TWO = 2


def wait_twice(lab: Laboratory) -> dict[str, int]:
    """Have the server wait 200 ms twice, one after the other and by two at the same time; round to whole waits.

    At the same time means two threads, or two tasks by asyncio.gather; their connections are open before.
    """
    db, sleep = lab.database(Conditions(pool_size=TWO)), SLEEP[lab.place.driver.family]

    def ask(_number: int) -> None:
        with db.engine.connect() as connection:
            connection.execute(sleep, WAIT)

    def open_one(_number: int) -> None:
        with db.engine.connect() as connection:
            connection.execute(sleep, BRIEFLY)
            lab.pause(WAIT["seconds"])

    lab.together(open_one, TWO)
    began_s = time.monotonic()
    for number in range(TWO):
        ask(number)
    between_s = time.monotonic()
    lab.together(ask, TWO)
    ended_s = time.monotonic()
    return {"in_turn": waits(between_s - began_s), "at_the_same_time": waits(ended_s - between_s)}


async def wait_twice_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Have the server wait 200 ms twice, one after the other and by two at the same time; round to whole waits.

    At the same time means two threads, or two tasks by asyncio.gather; their connections are open before.
    """
    db, sleep = lab.database(Conditions(pool_size=TWO)), SLEEP[lab.place.driver.family]

    async def ask(_number: int) -> None:
        async with db.engine.connect() as connection:
            await connection.execute(sleep, WAIT)

    async def open_one(_number: int) -> None:
        async with db.engine.connect() as connection:
            await connection.execute(sleep, BRIEFLY)
            await lab.pause(WAIT["seconds"])

    await lab.together(open_one, TWO)
    began_s = time.monotonic()
    for number in range(TWO):
        await ask(number)
    between_s = time.monotonic()
    await lab.together(ask, TWO)
    ended_s = time.monotonic()
    return {"in_turn": waits(between_s - began_s), "at_the_same_time": waits(ended_s - between_s)}


def waits(elapsed_s: float) -> int:
    """Return how many waits a time is, rounded: there is room for half a wait of everything else."""
    return round(elapsed_s / WAIT["seconds"])


ONE_WAIT = Prediction("1 wait", lambda found: found["at_the_same_time"] == 1)
BOTH_WAITS = Prediction("2 waits", lambda found: found["at_the_same_time"] == TWO)

EXPERIMENTS = [
    Experiment(
        name="two_waits",
        question="How many waits of 200 ms do two requests take that wait at the server?",
        dataset=STALL,
        run=wait_twice,
        run_async=wait_twice_async,
        unable=no_server,
        expects={"in_turn": TWO, "at_the_same_time": 1},
        claims=(
            Said(
                "C1",
                "2 requests of 200 ms take 400 ms sync, in two threads too",
                by_mode(sync=BOTH_WAITS, awaited=SAYS_NOTHING),
                "Count threads before you count on async: a pool of threads overlaps waits as well.",
            ),
            Said(
                "C1",
                "2 requests of 200 ms take 200 ms async, at the same time",
                by_mode(sync=SAYS_NOTHING, awaited=ONE_WAIT),
                "Only what is awaited at the same time overlaps: one after the other it takes 400 ms as well.",
            ),
        ),
    ),
]
