"""A connection is lost: in a query, in a transaction, or idle in the pool. What is raised, and is all well afterwards?

The server is killed, stopped, or ends this one session; or the network resets the connection.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.core.caught import NOTHING
from bench.core.conditions import Conditions
from bench.core.experiments import Experiment, Need, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.raising import (
    ASLEEP,
    BEGUN_S,
    CLOSED_TRANSPORT,
    IDENTITY,
    NOTICED_S,
    SLEEP,
    TERMINATE,
    Raised,
    caught_by,
    fact,
    told_as,
)
from scenarios.experiments.stall import ONE, STALL

TERMINATED = "session terminated"
HARMS: Mapping[str, Callable[[Any], Any]] = {
    "server killed": lambda lab: lab.server.kill(),
    "server stopped": lambda lab: lab.server.stop(),
    "network cut": lambda lab: lab.wire.cut(),
}
"""What is done to either laboratory; that of awaited code returns what is to be awaited."""
FAULTS = (*HARMS, TERMINATED)
NARROW = Conditions(pool_size=1, pool_timeout_s=1.0)
PINGED = Conditions(pool_size=1, pool_timeout_s=1.0, pre_ping=True)


def in_a_query(lab: Laboratory) -> dict[str, Any]:
    """Break the connection while the server works on a statement, mend what is broken, and ask again."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        db = lab.database(NARROW)
        with db.session() as session:
            number = session.scalar(IDENTITY[family])

        def suffer(side: int) -> dict[str, Any]:
            with Raised() as raised:
                if side == 0:
                    with db.session() as session:  # noqa: B023 - it is done before the loop goes on
                        session.execute(SLEEP[family], ASLEEP)
                else:
                    lab.pause(BEGUN_S)
                    if fault == TERMINATED:  # noqa: B023 - it is done before the loop goes on
                        lab.observe(TERMINATE[family], {"number": number})  # noqa: B023 - it is done before the loop goes on
                    else:
                        HARMS[fault](lab)  # noqa: B023 - it is done before the loop goes on
            return raised.facts

        raised = (lab.together(suffer, 2))[0]
        lab.server.start()
        with Raised() as after, db.session() as session:
            session.scalar(ONE)
        db.close()
        leaked = lab.connections()
        if leaked:
            lab.observe(TERMINATE[family], {"number": number})
        found[fault] = {"raised": raised, "next": after.name, "leaked": leaked}
    return found


async def in_a_query_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Break the connection while the server works on a statement, mend what is broken, and ask again."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        db = lab.database(NARROW)
        async with db.session() as session:
            number = await session.scalar(IDENTITY[family])

        async def suffer(side: int) -> dict[str, Any]:
            with Raised() as raised:
                if side == 0:
                    async with db.session() as session:  # noqa: B023 - it is done before the loop goes on
                        await session.execute(SLEEP[family], ASLEEP)
                else:
                    await lab.pause(BEGUN_S)
                    if fault == TERMINATED:  # noqa: B023 - it is done before the loop goes on
                        await lab.observe(TERMINATE[family], {"number": number})  # noqa: B023 - it is done before the loop goes on
                    else:
                        await HARMS[fault](lab)  # noqa: B023 - it is done before the loop goes on
            return raised.facts

        raised = (await lab.together(suffer, 2))[0]
        await lab.server.start()
        async with Raised() as after, db.session() as session:
            await session.scalar(ONE)
        await db.close()
        leaked = await lab.connections()
        if leaked:
            await lab.observe(TERMINATE[family], {"number": number})
        found[fault] = {"raised": raised, "next": after.name, "leaked": leaked}
    return found


def in_a_transaction(lab: Laboratory) -> dict[str, Any]:
    """Break the connection between two statements of a transaction, with pre-ping; mend what is broken, ask again."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        db = lab.database(PINGED)
        with Raised() as raised, db.session() as session:
            number = session.scalar(IDENTITY[family])
            if fault == TERMINATED:
                lab.observe(TERMINATE[family], {"number": number})
            else:
                HARMS[fault](lab)
            lab.pause(NOTICED_S)
            session.scalar(ONE)
        lab.server.start()
        with Raised() as after, db.session() as session:
            session.scalar(ONE)
        db.close()
        found[fault] = {"raised": raised.facts, "next": after.name, "leaked": lab.connections()}
    return found


async def in_a_transaction_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Break the connection between two statements of a transaction, with pre-ping; mend what is broken, ask again."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        db = lab.database(PINGED)
        async with Raised() as raised, db.session() as session:
            number = await session.scalar(IDENTITY[family])
            if fault == TERMINATED:
                await lab.observe(TERMINATE[family], {"number": number})
            else:
                await HARMS[fault](lab)
            await lab.pause(NOTICED_S)
            await session.scalar(ONE)
        await lab.server.start()
        async with Raised() as after, db.session() as session:
            await session.scalar(ONE)
        await db.close()
        found[fault] = {"raised": raised.facts, "next": after.name, "leaked": await lab.connections()}
    return found


def idle(lab: Laboratory) -> dict[str, Any]:
    """Break a connection that lies in the pool, mend it, and ask twice; and once on an engine that pings."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        plain, pinged = lab.database(NARROW), lab.database(PINGED)
        numbers = []
        for db in (plain, pinged):
            with db.session() as session:
                numbers.append(session.scalar(IDENTITY[family]))
        if fault == TERMINATED:
            for number in numbers:
                lab.observe(TERMINATE[family], {"number": number})
        else:
            HARMS[fault](lab)
        lab.pause(NOTICED_S)
        lab.server.start()
        asked = []
        for db in (plain, plain, pinged):
            with Raised() as raised, db.session() as session:
                session.scalar(ONE)
            asked.append(raised)
        plain.close()
        pinged.close()
        leaked, pinging = lab.connections(), asked[2].name
        found[fault] = {"raised": asked[0].facts, "next": asked[1].name, "pinged": pinging, "leaked": leaked}
    return found


async def idle_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Break a connection that lies in the pool, mend it, and ask twice; and once on an engine that pings."""
    family = lab.place.driver.family
    found: dict[str, Any] = {}
    for fault in FAULTS:
        plain, pinged = lab.database(NARROW), lab.database(PINGED)
        numbers = []
        for db in (plain, pinged):
            async with db.session() as session:
                numbers.append(await session.scalar(IDENTITY[family]))
        if fault == TERMINATED:
            for number in numbers:
                await lab.observe(TERMINATE[family], {"number": number})
        else:
            await HARMS[fault](lab)
        await lab.pause(NOTICED_S)
        await lab.server.start()
        asked = []
        for db in (plain, plain, pinged):
            async with Raised() as raised, db.session() as session:
                await session.scalar(ONE)
            asked.append(raised)
        await plain.close()
        await pinged.close()
        leaked, pinging = await lab.connections(), asked[2].name
        found[fault] = {"raised": asked[0].facts, "next": asked[1].name, "pinged": pinging, "leaked": leaked}
    return found


WELL = {"is_disconnect": True, "next": NOTHING, "leaked": 0}
CATCH = "Ask `connection_invalidated` of DBAPIError whether the connection is lost; the class differs between drivers."


def lost(also: Mapping[str, object]) -> Callable[..., Any]:
    """Return what is expected: OperationalError, but with asyncpg DBAPIError or InterfaceError."""
    return by_place(
        {"asyncpg": told_as("DBAPIError", "InterfaceError", **also)}, otherwise=told_as("OperationalError", **also)
    )


def said(moment: str) -> tuple[Said, ...]:
    """Return what people say about every loss."""
    return tuple(
        Said(claim, f"`except {clause}` catches a connection that is lost {moment}", caught_by(clause), CATCH)
        for claim, clause in (("C71", "OperationalError"), ("C74", "SQLAlchemyError"))
    )


EXPERIMENTS = [
    Experiment(
        name="lost_in_a_query",
        question="What is raised where the connection is lost while a statement runs?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=in_a_query,
        run_async=in_a_query_async,
        repeats=3,
        limit_s=90,
        expects=lost(WELL),
        explained=(
            "Where the network is cut the server works on until it has something to send; PostgreSQL can ask in "
            "between (client_connection_check_interval, which is off)."
        ),
        explained_at=("postgresql", "mariadb", "mysql"),
        claims=said("in a query"),
    ),
    Experiment(
        name="lost_in_a_transaction",
        question="What is raised where the connection is lost between the statements of a transaction?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=in_a_transaction,
        run_async=in_a_transaction_async,
        repeats=3,
        limit_s=90,
        expects=lost(WELL),
        explained=CLOSED_TRANSPORT,
        explained_at=("aiomysql",),
        claims=(
            *said("in a transaction"),
            Said(
                "C45",
                "pool_pre_ping prevents errors of lost connections in a transaction",
                told_as(NOTHING),
                "Repeat the whole transaction where it may be repeated: a ping at checkout cannot save it.",
            ),
        ),
    ),
    Experiment(
        name="lost_while_idle",
        question="What is raised where a connection was lost while it lay in the pool, and does pre-ping prevent it?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=idle,
        run_async=idle_async,
        repeats=3,
        limit_s=90,
        expects=lost({**WELL, "pinged": NOTHING}),
        explained=CLOSED_TRANSPORT,
        explained_at=("aiomysql",),
        claims=(
            *said("while it is idle"),
            Said(
                "C45",
                "pool_pre_ping replaces connections that died in the pool",
                fact("pinged", NOTHING),
                "Switch it on where connections die while they are idle.",
            ),
        ),
    ),
]
