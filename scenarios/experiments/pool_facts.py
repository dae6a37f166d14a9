"""The pool as it is: when connections are opened, how many there can be, and what its own figures say.

Connections are counted at the server, by an observer of their own, while so many are held.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import QueuePool, create_engine, select
from sqlalchemy.ext.asyncio import create_async_engine

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.contract import Divergence
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.closing import TIMEOUT
from scenarios.experiments.places import only_sqlite
from scenarios.experiments.stall import ANYBODY, STALL

TEN = Conditions(pool_size=10)
SIZE, OVERFLOW = 3, 2
FIVE = Conditions(pool_size=SIZE, max_overflow=OVERFLOW, pool_timeout_s=0.3)
MOST = SIZE + OVERFLOW
WORKERS = 2
OWN_ENGINES = Divergence("the engines are made by functions of their own")


def queue_pool(lab: Laboratory) -> str:
    """Create an engine with `poolclass=QueuePool`, and look which exception it raises."""
    with Caught() as caught:
        create_engine(lab.route.url, poolclass=QueuePool)
    return caught.name


async def queue_pool_async(lab: AsyncLaboratory) -> str:
    """Create an engine with `poolclass=QueuePool`, and look which exception it raises."""
    with Caught() as caught:
        create_async_engine(lab.route.url, poolclass=QueuePool)
    return caught.name


def settings_for_sqlite(lab: Laboratory) -> dict[str, str]:
    """Create engines with `pool_size` and `max_overflow`, one on a file and one in memory; note what is raised."""
    found = {}
    for place, url in (("file", lab.route.url), ("memory", "sqlite:///:memory:")):
        pool = NOTHING
        with Caught() as caught:
            pool = type(create_engine(url, pool_size=SIZE, max_overflow=OVERFLOW).pool).__name__
        found[place] = f"{caught.name}, pool: {pool}"
    return found


async def settings_for_sqlite_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Create engines with `pool_size` and `max_overflow`, one on a file and one in memory; note what is raised."""
    found = {}
    for place, url in (("file", lab.route.url), ("memory", "sqlite+aiosqlite:///:memory:")):
        pool = NOTHING
        with Caught() as caught:
            pool = type(create_async_engine(url, pool_size=SIZE, max_overflow=OVERFLOW).pool).__name__
        found[place] = f"{caught.name}, pool: {pool}"
    return found


def opened_lazily(lab: Laboratory) -> dict[str, int]:
    """Count connections of a pool of ten: after `create_engine`, one query, ten held at once, and their return."""
    db = lab.database(TEN)
    found = {"after_create_engine": lab.connections()}
    with db.engine.connect() as connection:
        connection.execute(ANYBODY)
    found["after_one_query"] = lab.connections()
    held = [db.engine.connect() for _ in range(TEN.pool_size)]
    found["while_ten_are_held"] = lab.connections()
    for connection in held:
        connection.close()
    found["after_their_return"] = lab.connections()
    return found


async def opened_lazily_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Count connections of a pool of ten: after `create_engine`, one query, ten held at once, and their return."""
    db = lab.database(TEN)
    found = {"after_create_engine": await lab.connections()}
    async with db.engine.connect() as connection:
        await connection.execute(ANYBODY)
    found["after_one_query"] = await lab.connections()
    held = [await db.engine.connect() for _ in range(TEN.pool_size)]
    found["while_ten_are_held"] = await lab.connections()
    for connection in held:
        await connection.close()
    found["after_their_return"] = await lab.connections()
    return found


def fill(lab: Laboratory) -> dict[str, Any]:
    """Hold one connection more at a time, up to six; read the server's count and the figures of the pool."""
    db = lab.database(FIVE)
    server, formula, overflow = [], [], []
    held = []
    for _ in range(MOST + 1):
        server.append(lab.connections())
        formula.append(db.engine.pool.size() + db.engine.pool.overflow())  # type: ignore[attr-defined]  # of QueuePool
        overflow.append(db.engine.pool.overflow())  # type: ignore[attr-defined]  # of QueuePool
        with Caught() as caught:
            held.append(db.engine.connect())
    for connection in held:
        connection.close()
    back = db.engine.pool.size() + db.engine.pool.overflow()  # type: ignore[attr-defined]  # of QueuePool
    return {
        "server": server,
        "formula": formula,
        "overflow": overflow,
        "sixth": caught.name,
        "server_after_return": lab.connections(),
        "formula_after_return": back,
    }


async def fill_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Hold one connection more at a time, up to six; read the server's count and the figures of the pool."""
    db = lab.database(FIVE)
    server, formula, overflow = [], [], []
    held = []
    for _ in range(MOST + 1):
        server.append(await lab.connections())
        formula.append(db.engine.pool.size() + db.engine.pool.overflow())  # type: ignore[attr-defined]  # of QueuePool
        overflow.append(db.engine.pool.overflow())  # type: ignore[attr-defined]  # of QueuePool
        with Caught() as caught:
            held.append(await db.engine.connect())
    for connection in held:
        await connection.close()
    back = db.engine.pool.size() + db.engine.pool.overflow()  # type: ignore[attr-defined]  # of QueuePool
    return {
        "server": server,
        "formula": formula,
        "overflow": overflow,
        "sixth": caught.name,
        "server_after_return": await lab.connections(),
        "formula_after_return": back,
    }


def fill_workers(lab: Laboratory) -> dict[str, int]:
    """Let two engines, as two workers have them, hold all that their pools of 3 + 2 give; then give all back."""
    engines = [lab.database(FIVE).engine for _ in range(WORKERS)]
    held = [engine.connect() for engine in engines for _ in range(MOST)]
    for connection in held:
        connection.execute(select(1))
    busy = lab.connections()
    for connection in held:
        connection.close()
    return {"busy": busy, "idle": lab.connections()}


async def fill_workers_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Let two engines, as two workers have them, hold all that their pools of 3 + 2 give; then give all back."""
    engines = [lab.database(FIVE).engine for _ in range(WORKERS)]
    held = [await engine.connect() for engine in engines for _ in range(MOST)]
    for connection in held:
        await connection.execute(select(1))
    busy = await lab.connections()
    for connection in held:
        await connection.close()
    return {"busy": busy, "idle": await lab.connections()}


STEPS = list(range(MOST + 1))

EXPERIMENTS = [
    Experiment(
        name="queue_pool_on_async",
        question="Does an engine take `poolclass=QueuePool`?",
        dataset=STALL,
        run=queue_pool,
        run_async=queue_pool_async,
        divergence=OWN_ENGINES,
        expects=by_mode(sync=NOTHING, awaited="ArgumentError"),
        claims=(
            Said(
                "C39",
                "production uses `poolclass=QueuePool` on the async engine",
                by_mode(sync=SAYS_NOTHING, awaited=NOTHING),
                "Leave poolclass out: the async engine has a queue pool of its own, AsyncAdaptedQueuePool.",
            ),
        ),
    ),
    Experiment(
        name="pool_settings_for_sqlite",
        question="Does an engine on SQLite take `pool_size` and `max_overflow`?",
        dataset=STALL,
        run=settings_for_sqlite,
        run_async=settings_for_sqlite_async,
        unable=only_sqlite,
        divergence=OWN_ENGINES,
        expects=by_mode(
            sync={"file": f"{NOTHING}, pool: QueuePool", "memory": f"TypeError, pool: {NOTHING}"},
            awaited={"file": f"{NOTHING}, pool: AsyncAdaptedQueuePool", "memory": f"TypeError, pool: {NOTHING}"},
        ),
        claims=(
            Said(
                "C48",
                "pool settings can be passed with a SQLite file",
                Prediction("no exception", lambda found: found["file"].startswith(NOTHING)),
                "This holds from SQLAlchemy 2.0.38 on for aiosqlite; pin what you deploy.",
            ),
            Said(
                "C48",
                "pool settings can be passed with SQLite in memory",
                Prediction("no exception", lambda found: found["memory"].startswith(NOTHING)),
                "Pass pool settings by environment: the pool of a database in memory takes `pool_size` at most "
                "(SingletonThreadPool), and `max_overflow` never.",
            ),
        ),
    ),
    Experiment(
        name="opened_lazily",
        question="When does a pool open its connections?",
        dataset=STALL,
        run=opened_lazily,
        run_async=opened_lazily_async,
        expects={"after_create_engine": 0, "after_one_query": 1, "while_ten_are_held": 10, "after_their_return": 10},
        claims=(
            Said(
                "C40",
                "`pool_size=10` keeps 10 connections ready",
                Prediction("10 after one query", lambda found: found["after_one_query"] == TEN.pool_size),
                "Open connections at start-up yourself where the first requests must not wait for them.",
            ),
        ),
    ),
    Experiment(
        name="pool_limit",
        question="How many connections does a pool of 3 with an overflow of 2 open, and what do its figures say?",
        dataset=STALL,
        run=fill,
        run_async=fill_async,
        expects={
            "server": STEPS,
            "formula": STEPS,
            "overflow": [step - SIZE for step in STEPS],
            "sixth": TIMEOUT,
            "server_after_return": SIZE,
            "formula_after_return": SIZE,
        },
        claims=(
            Said(
                "C41",
                "the most connections are pool_size + max_overflow",
                Prediction(
                    "5, and the sixth is refused",
                    lambda found: (max(found["server"]), found["sixth"]) == (MOST, TIMEOUT),
                ),
                "It holds for each engine of each process: multiply by the workers.",
            ),
            Said(
                "C46",
                "size() + overflow() is the total number of connections, while all of them are well",
                Prediction("as the server counts", lambda found: found["formula"] == found["server"]),
                "Show checkedout() and the limit beside it.",
            ),
            Said(
                "C46",
                "overflow() is the number of connections above pool_size",
                Prediction("never below 0", lambda found: min(found["overflow"]) >= 0),
                "It begins at minus pool_size: show max(0, overflow()), or none of it.",
            ),
        ),
    ),
    Experiment(
        name="workers_times_pool",
        question="How many connections do two workers hold, busy and idle?",
        dataset=STALL,
        run=fill_workers,
        run_async=fill_workers_async,
        expects={"busy": WORKERS * MOST, "idle": WORKERS * SIZE},
        claims=(
            Said(
                "C93",
                "total connections = workers x (pool_size + max_overflow)",
                Prediction("10 when all are busy", lambda found: found["busy"] == WORKERS * MOST),
                "Keep this product below max_connections, with room for administrators.",
            ),
            Said(
                "C93",
                "workers that are idle hold workers x (pool_size + max_overflow) connections",
                Prediction("10 when all are idle", lambda found: found["idle"] == WORKERS * MOST),
                "Idle workers keep pool_size each; a limit that suffices for them may not suffice under load.",
            ),
        ),
    ),
]
