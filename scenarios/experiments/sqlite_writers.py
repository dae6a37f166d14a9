"""SQLite with several writers: what a read that becomes a write meets in WAL mode, and what BEGIN IMMEDIATE changes.

The busy timeout is five seconds, as of every connection of ormbench to SQLite.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import select, text, update

from bench.core.caught import NOTHING, Caught, exception_facts
from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import only_sqlite
from scenarios.experiments.stall import ACCOUNTS, BALANCE_CENTS, STALL, Account

WRITERS = 5
CROWD = Conditions(pool_size=WRITERS)
BEGINNINGS = {"unsaid": text("SELECT 1"), "deferred": text("BEGIN"), "immediate": text("BEGIN IMMEDIATE")}
"""How a transaction begins. Unsaid, the driver begins it before the first write: reads are outside of it."""
TICK_S = 0.01
PATIENCE = 30
AT_ONCE_S = 1.0
"""What is over before this did not wait for the busy timeout of five seconds."""
ACCOUNT = select(Account).where(Account.id == 1)
BALANCE = select(Account.balance_cents).where(Account.id == 1)
MEANWHILE = update(Account).where(Account.id == ACCOUNTS).values(version=Account.version + 1)
RESET = update(Account).values(balance_cents=BALANCE_CENTS)


def upgrade(lab: Laboratory) -> dict[str, dict[str, Any]]:
    """Read in a transaction, let another connection write another row, then write; note the error and the wait."""
    found = {}
    for beginning in ("unsaid", "deferred"):
        with lab.db.session() as session:
            session.execute(BEGINNINGS[beginning])
            account = (session.scalars(ACCOUNT)).one()
            lab.observe(MEANWHILE)
            account.balance_cents += 1
            began_s = time.monotonic()
            with Caught() as caught:
                session.commit()
            waited = time.monotonic() - began_s > AT_ONCE_S
        found[beginning] = {"error": caught.facts.get("code", caught.name), "waited": waited}
    return found


async def upgrade_async(lab: AsyncLaboratory) -> dict[str, dict[str, Any]]:
    """Read in a transaction, let another connection write another row, then write; note the error and the wait."""
    found = {}
    for beginning in ("unsaid", "deferred"):
        async with lab.db.session() as session:
            await session.execute(BEGINNINGS[beginning])
            account = (await session.scalars(ACCOUNT)).one()
            await lab.observe(MEANWHILE)
            account.balance_cents += 1
            began_s = time.monotonic()
            with Caught() as caught:
                await session.commit()
            waited = time.monotonic() - began_s > AT_ONCE_S
        found[beginning] = {"error": caught.facts.get("code", caught.name), "waited": waited}
    return found


def write(lab: Laboratory) -> dict[str, dict[str, Any]]:
    """Let five read a balance, wait a while for the others, and add a cent; count who succeeds and what is lost."""
    found = {}
    for beginning, begin in BEGINNINGS.items():
        db = lab.database(CROWD)
        arrived: list[int] = []

        def add(number: int, db: Database = db, begin: Any = begin, arrived: list[int] = arrived) -> bool:  # noqa: ANN401 - bound for the loop
            with db.session() as session:
                session.execute(begin)
                account = (session.scalars(ACCOUNT)).one()
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < WRITERS:
                        lab.pause(TICK_S)
                account.balance_cents += 1
                session.commit()
                return True

        ends = lab.together(add, WRITERS)
        done = ends.count(True)
        raised = {str(exception_facts(each).get("code")) for each in ends if isinstance(each, BaseException)}
        lost = done - ((lab.observe(BALANCE))[0][0] - BALANCE_CENTS)
        found[beginning] = {"done": done, "lost": lost, "errors": sorted(raised)}
        lab.observe(RESET)
    return found


async def write_async(lab: AsyncLaboratory) -> dict[str, dict[str, Any]]:
    """Let five read a balance, wait a while for the others, and add a cent; count who succeeds and what is lost."""
    found = {}
    for beginning, begin in BEGINNINGS.items():
        db = lab.database(CROWD)
        arrived: list[int] = []

        async def add(number: int, db: AsyncDatabase = db, begin: Any = begin, arrived: list[int] = arrived) -> bool:  # noqa: ANN401 - bound for the loop
            async with db.session() as session:
                await session.execute(begin)
                account = (await session.scalars(ACCOUNT)).one()
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < WRITERS:
                        await lab.pause(TICK_S)
                account.balance_cents += 1
                await session.commit()
                return True

        ends = await lab.together(add, WRITERS)
        done = ends.count(True)
        raised = {str(exception_facts(each).get("code")) for each in ends if isinstance(each, BaseException)}
        lost = done - ((await lab.observe(BALANCE))[0][0] - BALANCE_CENTS)
        found[beginning] = {"done": done, "lost": lost, "errors": sorted(raised)}
        await lab.observe(RESET)
    return found


def read_on(lab: Laboratory) -> dict[str, Any]:
    """Keep a read transaction open while another connection writes; read again in it, and after it."""
    with lab.db.session() as session:
        session.execute(BEGINNINGS["deferred"])
        before = session.scalar(BALANCE)
        with Caught() as writing:
            lab.observe(RESET.values(balance_cents=1))
        within = session.scalar(BALANCE)
        session.rollback()
        after = session.scalar(BALANCE)
    return {"writer_raises": writing.name, "reader_sees_it": within != before, "reader_sees_it_afterwards": after == 1}


async def read_on_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Keep a read transaction open while another connection writes; read again in it, and after it."""
    async with lab.db.session() as session:
        await session.execute(BEGINNINGS["deferred"])
        before = await session.scalar(BALANCE)
        with Caught() as writing:
            await lab.observe(RESET.values(balance_cents=1))
        within = await session.scalar(BALANCE)
        await session.rollback()
        after = await session.scalar(BALANCE)
    return {"writer_raises": writing.name, "reader_sees_it": within != before, "reader_sees_it_afterwards": after == 1}


EXPERIMENTS = [
    Experiment(
        name="sqlite_upgrade",
        question="Does the busy timeout help a transaction that has read and wants to write?",
        dataset=STALL,
        run=upgrade,
        run_async=upgrade_async,
        unable=only_sqlite,
        expects={
            "unsaid": {"error": NOTHING, "waited": False},
            "deferred": {"error": "SQLITE_BUSY_SNAPSHOT", "waited": False},
        },
        claims=(
            Said(
                "C116",
                "after an explicit BEGIN the busy timeout does not help a read that becomes a write: it fails at once",
                Prediction(
                    "an error without a wait",
                    lambda found: found["deferred"]["error"] != NOTHING and not found["deferred"]["waited"],
                ),
                "Begin transactions that will write with BEGIN IMMEDIATE. Without a BEGIN of your own the driver reads "
                "outside of a transaction: then nothing fails, and what was read may be old.",
            ),
        ),
    ),
    Experiment(
        name="sqlite_writers",
        question="How many of five writers that read first succeed, and do they overwrite each other?",
        dataset=STALL,
        run=write,
        run_async=write_async,
        unable=only_sqlite,
        limit_s=60,
        expects={
            "unsaid": {"done": WRITERS, "lost": WRITERS - 1, "errors": []},
            "deferred": {"done": 1, "lost": 0, "errors": ["SQLITE_BUSY_SNAPSHOT"]},
            "immediate": {"done": WRITERS, "lost": 0, "errors": []},
        },
        explained=(
            "A reader that wants to write gets SQLITE_BUSY_SNAPSHOT where another one has written meanwhile, and "
            "SQLITE_BUSY where it is just writing (https://sqlite.org/rescode.html#busy_snapshot); which of the two is "
            "left to chance, and to how busy the machine is."
        ),
        explained_at=("sqlite",),
        claims=(
            Said(
                "C116",
                "with BEGIN IMMEDIATE the busy timeout serves: all writers succeed and lose nothing",
                Prediction(
                    "5 done, none lost",
                    lambda found: (found["immediate"]["done"], found["immediate"]["lost"]) == (WRITERS, 0),
                ),
                "Begin transactions that will write with BEGIN IMMEDIATE.",
            ),
            Said(
                "C116",
                "writers that leave the beginning to the driver succeed and lose nothing",
                Prediction(
                    "5 done, none lost",
                    lambda found: (found["unsaid"]["done"], found["unsaid"]["lost"]) == (WRITERS, 0),
                ),
                "That there is no error is no proof: reads are outside of the transaction that the driver begins.",
            ),
        ),
    ),
    Experiment(
        name="sqlite_reader",
        question="Does an open read transaction keep others from writing in WAL mode?",
        dataset=STALL,
        run=read_on,
        run_async=read_on_async,
        unable=only_sqlite,
        expects={"writer_raises": NOTHING, "reader_sees_it": False, "reader_sees_it_afterwards": True},
        claims=(
            Said(
                "C116",
                "in WAL mode readers do not block a writer",
                Prediction("nothing raised", lambda found: found["writer_raises"] == NOTHING),
                "Set journal_mode=WAL; a reader that stays keeps the log from shrinking.",
            ),
        ),
    ),
]
