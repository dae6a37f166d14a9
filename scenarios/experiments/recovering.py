"""Connections that died in the pool, all at once or one by one: how many requests fail until all is well again?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from bench.core.caught import NOTHING
from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_server
from scenarios.experiments.raising import BEGUN_S, CLOSED_TRANSPORT, Raised, fact, told_as
from scenarios.experiments.stall import ONE, STALL

SIZE = 5
LATER = 10
SHORT_LIFE = {
    "postgresql": text("SET idle_session_timeout = 2000"),
    "mysql": text("SET SESSION wait_timeout = 2"),
}
"""The server closes a session that has been idle for so long: two seconds, and pool_recycle is one."""
IDLE_S = 3.5
WAYS = {
    "plain": Conditions(pool_size=1, pool_timeout_s=1.0),
    "pinged": Conditions(pool_size=1, pool_timeout_s=1.0, pre_ping=True),
    "recycled": Conditions(pool_size=1, pool_timeout_s=1.0, recycle_s=1),
}


def restart(lab: Laboratory) -> dict[str, Any]:
    """Fill a pool of five, restart the server, ask five at a time and then ten times; with pre-ping and without."""
    found: dict[str, Any] = {}
    for way in ("plain", "pinged"):
        db = lab.database(Conditions(pool_size=SIZE, pool_timeout_s=1.0, pre_ping=way == "pinged"))

        def ask(_number: int) -> str:
            with Raised() as raised, db.session() as session:  # noqa: B023 - it is done before the loop goes on
                session.scalar(ONE)
                lab.pause(BEGUN_S)
            return raised.name

        lab.together(ask, SIZE)
        lab.server.stop()
        lab.server.start()
        crowd = lab.together(ask, SIZE)
        later: list[str] = []
        for _ in range(LATER):
            with Raised() as raised, db.session() as session:
                session.scalar(ONE)
            later.append(raised.name)
        db.close()
        failed_at_once, failed_later = SIZE - crowd.count(NOTHING), LATER - later.count(NOTHING)
        found[way] = {"failed_at_once": failed_at_once, "failed_later": failed_later}
    return {**found, "leaked": lab.connections()}


async def restart_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Fill a pool of five, restart the server, ask five at a time and then ten times; with pre-ping and without."""
    found: dict[str, Any] = {}
    for way in ("plain", "pinged"):
        db = lab.database(Conditions(pool_size=SIZE, pool_timeout_s=1.0, pre_ping=way == "pinged"))

        async def ask(_number: int) -> str:
            async with Raised() as raised, db.session() as session:  # noqa: B023 - it is done before the loop goes on
                await session.scalar(ONE)
                await lab.pause(BEGUN_S)
            return raised.name

        await lab.together(ask, SIZE)
        await lab.server.stop()
        await lab.server.start()
        crowd = await lab.together(ask, SIZE)
        later: list[str] = []
        for _ in range(LATER):
            async with Raised() as raised, db.session() as session:
                await session.scalar(ONE)
            later.append(raised.name)
        await db.close()
        failed_at_once, failed_later = SIZE - crowd.count(NOTHING), LATER - later.count(NOTHING)
        found[way] = {"failed_at_once": failed_at_once, "failed_later": failed_later}
    return {**found, "leaked": await lab.connections()}


def outlive(lab: Laboratory) -> dict[str, Any]:
    """Let the server close what is idle for 2 s, wait 3.5 s, ask: plainly twice, with pre-ping, with pool_recycle=1."""
    family = lab.place.driver.family
    engines: dict[str, Database] = {}
    for way, conditions in WAYS.items():
        db = engines[way] = lab.database(conditions)
        with db.session() as session:
            session.execute(SHORT_LIFE[family])
            session.commit()
    lab.pause(IDLE_S)
    asked: dict[str, Raised] = {}
    for way, db in (*engines.items(), ("again", engines["plain"])):
        with Raised() as raised, db.session() as session:
            session.scalar(ONE)
        asked[way] = raised
    for db in engines.values():
        db.close()
    found = {"raised": asked["plain"].facts, "next": asked["again"].name, "leaked": lab.connections()}
    return {"idle timeout": {**found, "pinged": asked["pinged"].name, "recycled": asked["recycled"].name}}


async def outlive_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let the server close what is idle for 2 s, wait 3.5 s, ask: plainly twice, with pre-ping, with pool_recycle=1."""
    family = lab.place.driver.family
    engines: dict[str, AsyncDatabase] = {}
    for way, conditions in WAYS.items():
        db = engines[way] = lab.database(conditions)
        async with db.session() as session:
            await session.execute(SHORT_LIFE[family])
            await session.commit()
    await lab.pause(IDLE_S)
    asked: dict[str, Raised] = {}
    for way, db in (*engines.items(), ("again", engines["plain"])):
        async with Raised() as raised, db.session() as session:
            await session.scalar(ONE)
        asked[way] = raised
    for db in engines.values():
        await db.close()
    found = {"raised": asked["plain"].facts, "next": asked["again"].name, "leaked": await lab.connections()}
    return {"idle timeout": {**found, "pinged": asked["pinged"].name, "recycled": asked["recycled"].name}}


HEALTHY = {"is_disconnect": True, "next": NOTHING, "leaked": 0, "pinged": NOTHING, "recycled": NOTHING}

EXPERIMENTS = [
    Experiment(
        name="recovery_after_restart",
        question="How many requests fail after a restart of the server, with pre-ping and without?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=restart,
        run_async=restart_async,
        repeats=3,
        limit_s=60,
        expects=Prediction(
            "without pre-ping the five that meet dead connections, with it none, later none",
            lambda found: (
                [found[way]["failed_at_once"] for way in ("plain", "pinged")] == [SIZE, 0]
                and found["plain"]["failed_later"] == found["pinged"]["failed_later"] == found["leaked"] == 0
            ),
        ),
        explained=(
            "The first loss that SQLAlchemy notices replaces every connection that is checked out after it: of five "
            "requests at once only those fail that have their connection by then, between one and five of them."
        ),
        explained_at=("postgresql", "mariadb", "mysql"),
        claims=(
            Said(
                "C45",
                "with pool_pre_ping no request fails once the server is back from a restart",
                Prediction(
                    "none fails", lambda found: found["pinged"]["failed_at_once"] + found["pinged"]["failed_later"] == 0
                ),
                "Switch it on where the server restarts under the service.",
            ),
            Said(
                "C45",
                "without pool_pre_ping requests go on failing until the service restarts",
                Prediction("later ones fail", lambda found: found["plain"]["failed_later"] > 0),
                "Let a few requests fail, or repeat them: SQLAlchemy replaces the whole pool at the first loss.",
            ),
        ),
    ),
    Experiment(
        name="idle_timeout",
        question="What is raised where the server has closed an idle connection, and what prevents it?",
        dataset=STALL,
        run=outlive,
        run_async=outlive_async,
        unable=no_server,
        expects=by_place(
            {"asyncpg": told_as("DBAPIError", "InterfaceError", **HEALTHY)},
            otherwise=told_as("OperationalError", **HEALTHY),
        ),
        explained=CLOSED_TRANSPORT,
        explained_at=("aiomysql",),
        claims=(
            Said(
                "C44",
                "pool_recycle below the server's limit prevents errors of connections that were idle too long",
                fact("recycled", NOTHING),
                "Set pool_recycle a little below the time after which server or firewall close an idle connection.",
            ),
            Said(
                "C45",
                "pool_pre_ping prevents errors of connections that were idle too long",
                fact("pinged", NOTHING),
                "Switch it on where you do not know the limits between the service and its database.",
            ),
        ),
    ),
]
