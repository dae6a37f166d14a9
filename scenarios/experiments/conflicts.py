"""Two transactions that cannot both succeed: what is raised in the one that loses, and can it be tried again?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bench.core.caught import NOTHING
from bench.core.conditions import Conditions
from bench.core.experiments import SAYS_NOTHING, Experiment, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_row_locks
from scenarios.experiments.raising import WITHDRAW, Raised, caught_by, told_as
from scenarios.experiments.stall import BALANCE_CENTS, STALL, Account

BALANCE = select(Account.balance_cents).where(Account.id == 1)
MEETING_S = 0.3
"""After so long both transactions have done their first half."""


def deadlock(lab: Laboratory) -> dict[str, Any]:
    """Two transactions change the same two rows, one in the opposite order; the victim tries again in a new session."""
    db = lab.database(Conditions(pool_size=2))

    def transfer(side: int) -> tuple[dict[str, Any], str]:
        with Raised() as raised, db.session() as session:
            session.execute(WITHDRAW, {"account": 1 + side})
            lab.pause(MEETING_S)
            session.execute(WITHDRAW, {"account": 2 - side})
            session.commit()
        with Raised() as after:
            if raised.name != NOTHING:
                with db.session() as session:
                    session.execute(WITHDRAW, {"account": 1 + side})
                    session.commit()
        return raised.facts, after.name

    sides = lab.together(transfer, 2)
    lost = [side for side in sides if side[0]["exception"] != NOTHING]
    return {"deadlock": {"raised": lost[0][0], "next": lost[0][1], "victims": len(lost)}} if lost else {}


async def deadlock_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Two transactions change the same two rows, one in the opposite order; the victim tries again in a new session."""
    db = lab.database(Conditions(pool_size=2))

    async def transfer(side: int) -> tuple[dict[str, Any], str]:
        async with Raised() as raised, db.session() as session:
            await session.execute(WITHDRAW, {"account": 1 + side})
            await lab.pause(MEETING_S)
            await session.execute(WITHDRAW, {"account": 2 - side})
            await session.commit()
        with Raised() as after:
            if raised.name != NOTHING:
                async with db.session() as session:
                    await session.execute(WITHDRAW, {"account": 1 + side})
                    await session.commit()
        return raised.facts, after.name

    sides = await lab.together(transfer, 2)
    lost = [side for side in sides if side[0]["exception"] != NOTHING]
    return {"deadlock": {"raised": lost[0][0], "next": lost[0][1], "victims": len(lost)}} if lost else {}


def serialization(lab: Laboratory) -> dict[str, Any]:
    """Two transactions at SERIALIZABLE read one row and then both write it; the loser tries again in a new session."""
    db = lab.database(Conditions(pool_size=2, isolation_level="SERIALIZABLE"))

    def withdraw(_side: int) -> tuple[dict[str, Any], str]:
        with Raised() as raised, db.session() as session:
            account = session.get_one(Account, 1)
            lab.pause(MEETING_S)
            account.balance_cents -= 1
            session.commit()
        with Raised() as after:
            if raised.name != NOTHING:
                with db.session() as session:
                    (session.get_one(Account, 1)).balance_cents -= 1
                    session.commit()
        return raised.facts, after.name

    sides = lab.together(withdraw, 2)
    lost = [side for side in sides if side[0]["exception"] != NOTHING]
    found = {"raised": lost[0][0], "next": lost[0][1], "victims": len(lost)} if lost else {}
    return {"serialization failure": found} if lost else {}


async def serialization_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Two transactions at SERIALIZABLE read one row and then both write it; the loser tries again in a new session."""
    db = lab.database(Conditions(pool_size=2, isolation_level="SERIALIZABLE"))

    async def withdraw(_side: int) -> tuple[dict[str, Any], str]:
        async with Raised() as raised, db.session() as session:
            account = await session.get_one(Account, 1)
            await lab.pause(MEETING_S)
            account.balance_cents -= 1
            await session.commit()
        with Raised() as after:
            if raised.name != NOTHING:
                async with db.session() as session:
                    (await session.get_one(Account, 1)).balance_cents -= 1
                    await session.commit()
        return raised.facts, after.name

    sides = await lab.together(withdraw, 2)
    lost = [side for side in sides if side[0]["exception"] != NOTHING]
    found = {"raised": lost[0][0], "next": lost[0][1], "victims": len(lost)} if lost else {}
    return {"serialization failure": found} if lost else {}


def overtaken(lab: Laboratory) -> dict[str, Any]:
    """Read a row at REPEATABLE READ, let another transaction change it and commit, change it; count lost changes."""
    db = lab.database(Conditions(pool_size=2, isolation_level="REPEATABLE READ"))
    with Raised() as raised, db.session() as session, db.session() as other:
        account = session.get_one(Account, 1)
        other.execute(WITHDRAW, {"account": 1})
        other.commit()
        account.balance_cents -= 1
        session.commit()
    lost = lost_changes(raised, (lab.observe(BALANCE))[0][0])
    return {"overtaken at repeatable read": {"raised": raised.facts, "lost_changes": lost}}


async def overtaken_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Read a row at REPEATABLE READ, let another transaction change it and commit, change it; count lost changes."""
    db = lab.database(Conditions(pool_size=2, isolation_level="REPEATABLE READ"))
    async with Raised() as raised, db.session() as session, db.session() as other:
        account = await session.get_one(Account, 1)
        await other.execute(WITHDRAW, {"account": 1})
        await other.commit()
        account.balance_cents -= 1
        await session.commit()
    lost = lost_changes(raised, (await lab.observe(BALANCE))[0][0])
    return {"overtaken at repeatable read": {"raised": raised.facts, "lost_changes": lost}}


def lost_changes(raised: Raised, balance_cents: int) -> int:
    """Return how many of the changes, of a cent each, were committed and are not there."""
    committed = 1 + (raised.name == NOTHING)
    return committed - (BALANCE_CENTS - balance_cents)


RETRY = "Try the whole transaction again in a new session, and tell by the code: 40001, 40P01, 1213, 1020."


def said(what: str) -> tuple[Said, ...]:
    """Return what people say about the transaction that loses."""
    return (Said("C71", f"`except OperationalError` catches {what}", caught_by("OperationalError"), RETRY),)


LOSES = {"is_disconnect": False, "next": NOTHING, "victims": 1}

EXPERIMENTS = [
    Experiment(
        name="deadlock_error",
        question="What is raised in the victim of a deadlock?",
        dataset=STALL,
        run=deadlock,
        run_async=deadlock_async,
        unable=no_row_locks,
        expects=by_place(
            {
                "asyncpg": told_as("DBAPIError", code="40P01", **LOSES),
                "postgresql": told_as("OperationalError", code="40P01", **LOSES),
                "mariadb": told_as("OperationalError", code=1213, **LOSES),
                "mysql": told_as("OperationalError", code=1213, **LOSES),
            }
        ),
        claims=said("a deadlock"),
    ),
    Experiment(
        name="serialization_error",
        question="What is raised at SERIALIZABLE where two transactions read a row and both write it?",
        dataset=STALL,
        run=serialization,
        run_async=serialization_async,
        unable=no_row_locks,
        # MariaDB and MySQL lock what is read at this level: both wait for each other, which is a deadlock.
        expects=by_place(
            {
                "asyncpg": told_as("DBAPIError", code="40001", **LOSES),
                "postgresql": told_as("OperationalError", code="40001", **LOSES),
                "mariadb": told_as("OperationalError", code=1213, **LOSES),
                "mysql": told_as("OperationalError", code=1213, **LOSES),
            }
        ),
        claims=said("a serialization failure"),
    ),
    Experiment(
        name="overtaken_error",
        question="What is raised at REPEATABLE READ where somebody else changed the row that one has read?",
        dataset=STALL,
        run=overtaken,
        run_async=overtaken_async,
        unable=no_row_locks,
        # MariaDB by its version: since 11.6.2 innodb_snapshot_isolation is on, and the loser is told 1020.
        expects=by_place(
            {
                "asyncpg": told_as("DBAPIError", code="40001", lost_changes=0),
                "postgresql": told_as("OperationalError", code="40001", lost_changes=0),
                "mysql": told_as(NOTHING, lost_changes=1),
            }
        ),
        remark=(
            "Where nothing is raised, the change of the other transaction is overwritten, and nobody is told. MySQL "
            "does so at REPEATABLE READ, and MariaDB without innodb_snapshot_isolation, which is on since 11.6.2: lock "
            "the row with FOR UPDATE when it is read, let the UPDATE compute, or compare a version."
        ),
        claims=(
            Said(
                "C71",
                "`except OperationalError` catches a row that was changed meanwhile",
                by_place({"mariadb": SAYS_NOTHING, "mysql": SAYS_NOTHING}, otherwise=caught_by("OperationalError")),
                RETRY,
            ),
        ),
    ),
]
