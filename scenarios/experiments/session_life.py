"""The life of a session: what a commit leaves of its objects, and what becomes of a session that is shared.

Says what becomes of objects and answers; what it costs in time is asked by the scenarios.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.lazy_loading import MISSING, WRAPPED
from scenarios.experiments.stall import ANYBODY, KETTLES, STALL, Customer, Product

SHARERS = 5
RENAME = update(Customer).where(Customer.id == 1).values(name="Renamed by another")
ANSWERS = ("right", "wrong")
COMMITTED, ROLLED_BACK = "committed", "rolled back"
TURN_S = 0.3
"""So long after another a step is taken."""


def read_after_commit(lab: Laboratory) -> dict[str, Any]:
    """Commit with `expire_on_commit` on and off, let another connection rename the row, then read; count SELECTs."""
    found: dict[str, Any] = {}
    for expiring in (True, False):
        with lab.db.session(expire_on_commit=expiring) as session:
            customer = (session.scalars(ANYBODY)).one()
            customer.email = f"new{expiring}@example.com"
            session.commit()
            lab.observe(RENAME)
            name = ""
            with lab.recorded() as heard, Caught() as caught:
                name = customer.name
        case = "expiring" if expiring else "kept"
        found[f"{case}_raises"] = caught.full_name
        found[f"{case}_statements"] = len(heard.statements)
        found[f"{case}_is_stale"] = name == "Customer 1"
        lab.observe(RENAME.values(name="Customer 1"))
    return found


async def read_after_commit_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Commit with `expire_on_commit` on and off, let another connection rename the row, then read; count SELECTs."""
    found: dict[str, Any] = {}
    for expiring in (True, False):
        async with lab.db.session(expire_on_commit=expiring) as session:
            customer = (await session.scalars(ANYBODY)).one()
            customer.email = f"new{expiring}@example.com"
            await session.commit()
            await lab.observe(RENAME)
            name = ""
            with lab.recorded() as heard, Caught() as caught:
                name = customer.name
        case = "expiring" if expiring else "kept"
        found[f"{case}_raises"] = caught.full_name
        found[f"{case}_statements"] = len(heard.statements)
        found[f"{case}_is_stale"] = name == "Customer 1"
        await lab.observe(RENAME.values(name="Customer 1"))
    return found


def share_a_session(lab: Laboratory) -> dict[str, list[str]]:
    """Ask five questions at once through one session, a fresh one and one that has begun; check answers, then close."""
    found = {}
    for state in ("fresh", "begun"):
        session = lab.database(Conditions()).session()
        if state == "begun":
            session.connection()

        def ask(number: int, shared: Session = session) -> str:
            answer = shared.scalar(select(literal(number)))
            return "right" if answer == number else "wrong"

        def close(_: int, shared: Session = session) -> str:
            shared.close()
            return NOTHING

        found[state] = kinds(lab.together(ask, SHARERS))
        found[f"close_{state}"] = kinds(lab.together(close, 1))
    return found


async def share_a_session_async(lab: AsyncLaboratory) -> dict[str, list[str]]:
    """Ask five questions at once through one session, a fresh one and one that has begun; check answers, then close."""
    found = {}
    for state in ("fresh", "begun"):
        session = lab.database(Conditions()).session()
        if state == "begun":
            await session.connection()

        async def ask(number: int, shared: AsyncSession = session) -> str:
            answer = await shared.scalar(select(literal(number)))
            return "right" if answer == number else "wrong"

        async def close(_: int, shared: AsyncSession = session) -> str:
            await shared.close()
            return NOTHING

        found[state] = kinds(await lab.together(ask, SHARERS))
        found[f"close_{state}"] = kinds(await lab.together(close, 1))
    return found


def write_through_one(lab: Laboratory) -> dict[str, Any]:
    """Let one add a row and flush, another roll back a little later, and the first commit; count the rows."""
    session = lab.db.session()

    def work(task: int) -> str:
        if task == 0:
            session.add(Product(name="Kettle", stock=1))
            session.flush()
            lab.pause(2 * TURN_S)
            session.commit()
            return COMMITTED
        lab.pause(TURN_S)
        session.rollback()
        return ROLLED_BACK

    ends = kinds(lab.together(work, 2))
    session.close()
    return {"ends": ends, "rows": lab.observe(KETTLES)[0][0]}


async def write_through_one_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let one add a row and flush, another roll back a little later, and the first commit; count the rows."""
    session = lab.db.session()

    async def work(task: int) -> str:
        if task == 0:
            session.add(Product(name="Kettle", stock=1))
            await session.flush()
            await lab.pause(2 * TURN_S)
            await session.commit()
            return COMMITTED
        await lab.pause(TURN_S)
        await session.rollback()
        return ROLLED_BACK

    ends = kinds(await lab.together(work, 2))
    await session.close()
    return {"ends": ends, "rows": (await lab.observe(KETTLES))[0][0]}


def kinds(answers: list[Any]) -> list[str]:
    """Return the different answers and exceptions that there were: how many of each is left to chance."""
    return sorted({type(each).__name__ if isinstance(each, BaseException) else str(each) for each in answers})


def after_commit(expiring: str, statements: int, *, is_stale: bool) -> dict[str, Any]:
    """Return an outcome of `read_after_commit`; what is kept is always readable and stale."""
    kept = {"kept_raises": NOTHING, "kept_statements": 0, "kept_is_stale": True}
    return {"expiring_raises": expiring, "expiring_statements": statements, "expiring_is_stale": is_stale, **kept}


EXPERIMENTS = [
    Experiment(
        name="after_commit",
        question="What does reading an object after a commit give, with and without expire_on_commit?",
        dataset=STALL,
        run=read_after_commit,
        run_async=read_after_commit_async,
        expects=by_mode(
            sync=after_commit(NOTHING, 1, is_stale=False), awaited=after_commit(MISSING, 0, is_stale=False)
        ),
        explained=f"{WRAPPED} With it the statement is heard before it fails.",
        explained_at=("aiosqlite", "psycopg_async", "asyncpg", "aiomysql", "asyncmy"),
        claims=(
            Said(
                "C26",
                "with expire_on_commit=False objects stay readable after the commit, without a statement",
                Prediction(
                    "no exception and no statement",
                    lambda found: found["kept_raises"] == NOTHING and found["kept_statements"] == 0,
                ),
                "Set it in async code; remember that what is kept does not follow other writers.",
            ),
            Said(
                "C26",
                "objects that are kept after the commit are as good as reloaded ones",
                Prediction("not stale", lambda found: not found["kept_is_stale"]),
                "Refresh what you decide on again after the commit.",
            ),
        ),
    ),
    Experiment(
        name="shared_session",
        question="What happens when tasks share a session?",
        dataset=STALL,
        run=share_a_session,
        run_async=share_a_session_async,
        repeats=3,
        limit_s=60,
        expects=by_mode(
            sync=SAYS_NOTHING,
            awaited=Prediction("an exception in a fresh session", lambda found: found["fresh"] != ["right"]),
        ),
        claims=(
            Said(
                "C9",
                "sharing a session is noticed: it raises when tasks begin on a fresh one",
                Prediction("an exception", lambda found: any(each not in ANSWERS for each in found["fresh"])),
                "Give each task a session of its own.",
            ),
            Said(
                "C9",
                "sharing a session is noticed: it raises when tasks use one that has begun",
                Prediction("an exception", lambda found: any(each not in ANSWERS for each in found["begun"])),
                "Success is no permission: it only shows that the driver, or its adapter, lets one wait for the other.",
            ),
            Said(
                "C9",
                "tasks or threads that only read through a shared session get right answers or an exception",
                Prediction(
                    "no wrong answer", lambda found: "wrong" not in found["fresh"] and "wrong" not in found["begun"]
                ),
                "Give each a session of its own all the same: what they write can be lost without an exception.",
            ),
        ),
    ),
    Experiment(
        name="shared_session_writes",
        question="What becomes of a row that one task writes where another rolls back the session that they share?",
        dataset=STALL,
        run=write_through_one,
        run_async=write_through_one_async,
        expects={"ends": [COMMITTED, ROLLED_BACK], "rows": 0},
        claims=(
            Said(
                "C9",
                "tasks or threads that write through a shared session keep what they commit, or get an exception",
                Prediction(
                    "the row, or an exception",
                    lambda found: found["rows"] == 1 or found["ends"] != [COMMITTED, ROLLED_BACK],
                ),
                "Give each a session of its own: the rollback of one undoes what another has flushed, unnoticed.",
            ),
        ),
    ),
]
