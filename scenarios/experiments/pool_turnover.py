"""Connections that come and go: the order in which a pool gives them out, pools that keep none, and two loops."""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy import event

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_server, only_awaited
from scenarios.experiments.raising import IDENTITY, NOTICED_S, TERMINATE
from scenarios.experiments.stall import ANYBODY, STALL

ROUNDS = 10
BURST = 5
ORDERS = ("fifo", "lifo")
LOOP_LIMIT_S = 3.0
SIZE = 3


def give_out(lab: Laboratory) -> dict[str, dict[str, int]]:
    """After a burst of five, use one connection at a time, ten times: count those used, and those still open."""
    found = {}
    before = 0
    for order in ORDERS:
        db = lab.database(Conditions(pool_size=BURST, lifo=order == "lifo"))
        for connection in [db.engine.connect() for _ in range(BURST)]:
            connection.close()
        used: set[int] = set()
        event.listen(db.engine.pool, "checkout", lambda _raw, record, _proxy, used=used: used.add(id(record)))
        for _ in range(ROUNDS):
            with db.engine.connect() as connection:
                connection.execute(ANYBODY)
        found[order] = {"used": len(used), "open": lab.connections() - before}
        before = lab.connections()
    return found


async def give_out_async(lab: AsyncLaboratory) -> dict[str, dict[str, int]]:
    """After a burst of five, use one connection at a time, ten times: count those used, and those still open."""
    found = {}
    before = 0
    for order in ORDERS:
        db = lab.database(Conditions(pool_size=BURST, lifo=order == "lifo"))
        for connection in [await db.engine.connect() for _ in range(BURST)]:
            await connection.close()
        used: set[int] = set()
        event.listen(db.engine.pool, "checkout", lambda _raw, record, _proxy, used=used: used.add(id(record)))
        for _ in range(ROUNDS):
            async with db.engine.connect() as connection:
                await connection.execute(ANYBODY)
        found[order] = {"used": len(used), "open": await lab.connections() - before}
        before = await lab.connections()
    return found


def without_a_pool(lab: Laboratory) -> dict[str, int]:
    """Use a connection ten times, one after the other, with a queue pool and with NullPool; count what is opened."""
    found = {}
    for name, conditions in (("queue", Conditions()), ("null", Conditions(pooled=False))):
        db = lab.database(conditions)
        opened: list[object] = []
        event.listen(db.engine.pool, "connect", lambda raw, _record, opened=opened: opened.append(raw))
        for _ in range(ROUNDS):
            with db.engine.connect() as connection:
                connection.execute(ANYBODY)
        found[name] = len(opened)
    return found


async def without_a_pool_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Use a connection ten times, one after the other, with a queue pool and with NullPool; count what is opened."""
    found = {}
    for name, conditions in (("queue", Conditions()), ("null", Conditions(pooled=False))):
        db = lab.database(conditions)
        opened: list[object] = []
        event.listen(db.engine.pool, "connect", lambda raw, _record, opened=opened: opened.append(raw))
        for _ in range(ROUNDS):
            async with db.engine.connect() as connection:
                await connection.execute(ANYBODY)
        found[name] = len(opened)
    return found


async def two_loops_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Use an engine in one event loop and then in another, as tests do that have a loop each; note what is raised."""
    found = {}
    for name, conditions in (("queue", Conditions()), ("null", Conditions(pooled=False))):
        db = lab.database(conditions)

        async def ask(engine: Any = db.engine) -> None:  # noqa: ANN401 - bound for the loop
            async with asyncio.timeout(LOOP_LIMIT_S), engine.connect() as connection:
                await connection.execute(ANYBODY)

        # Both loops of their own, one after the other: to share a connection between two that run is no test's way.
        await asyncio.to_thread(asyncio.run, ask())
        with Caught() as caught:
            await asyncio.to_thread(asyncio.run, ask())
        found[name] = caught.name
        # A connection whose loop has ended cannot be closed in good order.
        await db.engine.dispose(close=False)
    return found


FAILS_POOLED = Prediction("an exception", lambda found: found["queue"] != NOTHING)


def end_sessions(lab: Laboratory) -> dict[str, dict[str, int]]:
    """Fill a pool of three, end the three sessions at the server, ask until an answer comes; count after each step.

    Counted are the connections at the server, and size() + overflow() of the pool.
    """
    family, db = lab.place.driver.family, lab.database(Conditions(pool_size=SIZE))
    pool: Any = db.engine.pool
    held = [db.engine.connect() for _ in range(SIZE)]
    numbers = [(connection.execute(IDENTITY[family])).scalar_one() for connection in held]
    for connection in held:
        connection.close()
    found = {"filled": {"server": lab.connections(), "formula": pool.size() + pool.overflow()}}
    for number in numbers:
        lab.observe(TERMINATE[family], {"number": number})
    lab.pause(NOTICED_S)
    found["ended"] = {"server": lab.connections(), "formula": pool.size() + pool.overflow()}
    for _ in range(SIZE + 1):
        with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
            with db.engine.connect() as connection:
                connection.execute(ANYBODY)
        if caught.name == NOTHING:
            break
    found["answered"] = {"server": lab.connections(), "formula": pool.size() + pool.overflow()}
    return found


async def end_sessions_async(lab: AsyncLaboratory) -> dict[str, dict[str, int]]:
    """Fill a pool of three, end the three sessions at the server, ask until an answer comes; count after each step.

    Counted are the connections at the server, and size() + overflow() of the pool.
    """
    family, db = lab.place.driver.family, lab.database(Conditions(pool_size=SIZE))
    pool: Any = db.engine.pool
    held = [await db.engine.connect() for _ in range(SIZE)]
    numbers = [(await connection.execute(IDENTITY[family])).scalar_one() for connection in held]
    for connection in held:
        await connection.close()
    found = {"filled": {"server": await lab.connections(), "formula": pool.size() + pool.overflow()}}
    for number in numbers:
        await lab.observe(TERMINATE[family], {"number": number})
    await lab.pause(NOTICED_S)
    found["ended"] = {"server": await lab.connections(), "formula": pool.size() + pool.overflow()}
    for _ in range(SIZE + 1):
        with Caught() as caught:
            async with db.engine.connect() as connection:
                await connection.execute(ANYBODY)
        if caught.name == NOTHING:
            break
    found["answered"] = {"server": await lab.connections(), "formula": pool.size() + pool.overflow()}
    return found


EXPERIMENTS = [
    Experiment(
        name="pool_after_a_loss",
        question="What do the figures of a pool say after the server has ended its connections?",
        dataset=STALL,
        run=end_sessions,
        run_async=end_sessions_async,
        unable=no_server,
        expects={
            "filled": {"server": SIZE, "formula": SIZE},
            "ended": {"server": 0, "formula": SIZE},
            "answered": {"server": 1, "formula": SIZE},
        },
        claims=(
            Said(
                "C46",
                "size() + overflow() is the total number of connections, also after the server has ended some",
                Prediction(
                    "as the server counts",
                    lambda found: all(each["formula"] == each["server"] for each in found.values()),
                ),
                "Count connections at the server: the pool counts its places, and one whose connection is lost stays "
                "a place.",
            ),
        ),
    ),
    Experiment(
        name="fifo_or_lifo",
        question="Which connections does a pool use after a burst, and does it close the others?",
        dataset=STALL,
        run=give_out,
        run_async=give_out_async,
        expects={"fifo": {"used": BURST, "open": BURST}, "lifo": {"used": 1, "open": BURST}},
        claims=(
            Said(
                "C108",
                "a LIFO pool leaves idle connections alone, so that the server can time them out",
                Prediction("one is used", lambda found: found["lifo"]["used"] == 1),
                "Use pool_use_lifo together with pre-ping and an idle timeout of the server.",
            ),
            Said(
                "C108",
                "a LIFO pool shrinks by itself",
                Prediction("fewer open than FIFO", lambda found: found["lifo"]["open"] < found["fifo"]["open"]),
                "No pool closes idle connections unasked: it is the server that must.",
            ),
        ),
    ),
    Experiment(
        name="null_pool",
        question="How often does NullPool connect?",
        dataset=STALL,
        run=without_a_pool,
        run_async=without_a_pool_async,
        expects={"queue": 1, "null": ROUNDS},
        claims=(
            Said(
                "C47",
                "NullPool costs tests nothing",
                Prediction("as many connections as a queue pool", lambda found: found["null"] == found["queue"]),
                "Use it where tests have event loops of their own; else keep the pool of production.",
            ),
        ),
    ),
    Experiment(
        name="two_loops",
        question="Can an engine be used in a second event loop?",
        dataset=STALL,
        run=None,
        run_async=two_loops_async,
        unable=only_awaited,
        expects=by_place(
            {"sqlite": {"queue": NOTHING, "null": NOTHING}},
            otherwise=Prediction(
                "an exception with a queue, none with NullPool",
                lambda found: found["queue"] != NOTHING and found["null"] == NOTHING,
            ),
        ),
        explained=(
            "psycopg waits for its socket in whichever loop is running (source of psycopg.waiting.wait_async), so its "
            "connections belong to none of them."
        ),
        explained_at=("psycopg_async",),
        claims=(
            Said(
                "C47",
                "an engine with a pool fails in the event loop of the next test",
                FAILS_POOLED,
                "One loop for all tests is the better cure, as the service has one too.",
            ),
            Said(
                "C47",
                "with NullPool an engine can be used in every event loop",
                Prediction("no exception", lambda found: found["null"] == NOTHING),
                "Use it where tests have event loops of their own; else keep the pool of production.",
            ),
        ),
    ),
]
