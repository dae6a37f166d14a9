"""SELECT ... FOR UPDATE: whom it protects, whom it does not, and what becomes of two that lock in opposite order."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select, update

from bench.core.caught import NOTHING, Caught, exception_facts
from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_row_locks
from scenarios.experiments.stall import ACCOUNTS, BALANCE_CENTS, STALL, Account

CENTS = 500
ADDERS = 5
CROWD = Conditions(pool_size=ADDERS)
OPPOSITE = ((1, 2), (2, 1))
"""Two transfers, each from the first account to the second."""
TICK_S = 0.01
PATIENCE = 30
"""Ticks that a transfer waits for the other one to have its first lock: in the order of ids it never gets one."""
TOTAL = select(func.sum(Account.balance_cents))
BALANCE = select(Account.balance_cents).where(Account.id == 1)
ADDED_MEANWHILE = update(Account).where(Account.id == 1).values(balance_cents=Account.balance_cents + 100)
ONE_ACCOUNT = select(Account).where(Account.id == 1)
LOCKED = ONE_ACCOUNT.with_for_update()
RELOADS = ("select", "get", "populate_existing", "refresh")


def transfer(lab: Laboratory) -> dict[str, dict[str, Any]]:
    """Transfer from A to B and from B to A at once, each with two FOR UPDATE locks: as they come, and by id."""
    found = {}
    for order in ("as_they_come", "by_id"):
        arrived: list[int] = []

        def move(number: int, order: str = order, arrived: list[int] = arrived) -> bool:
            giver, taker = OPPOSITE[number]
            first, second = (giver, taker) if order == "as_they_come" else sorted((giver, taker))
            with lab.db.session() as session:
                accounts = {first: session.get_one(Account, first, with_for_update=True)}
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < len(OPPOSITE):
                        lab.pause(TICK_S)
                accounts[second] = session.get_one(Account, second, with_for_update=True)
                accounts[giver].balance_cents -= CENTS
                accounts[taker].balance_cents += CENTS
                session.commit()
                return True

        ends = lab.together(move, len(OPPOSITE))
        victims = [exception_facts(each) for each in ends if isinstance(each, BaseException)]
        total = int((lab.observe(TOTAL))[0][0])
        found[order] = {
            "done": ends.count(True),
            "victims": [each.get("code", each["exception"]) for each in victims],
            "money_lost": ACCOUNTS * BALANCE_CENTS - total,
        }
    return found


async def transfer_async(lab: AsyncLaboratory) -> dict[str, dict[str, Any]]:
    """Transfer from A to B and from B to A at once, each with two FOR UPDATE locks: as they come, and by id."""
    found = {}
    for order in ("as_they_come", "by_id"):
        arrived: list[int] = []

        async def move(number: int, order: str = order, arrived: list[int] = arrived) -> bool:
            giver, taker = OPPOSITE[number]
            first, second = (giver, taker) if order == "as_they_come" else sorted((giver, taker))
            async with lab.db.session() as session:
                accounts = {first: await session.get_one(Account, first, with_for_update=True)}
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < len(OPPOSITE):
                        await lab.pause(TICK_S)
                accounts[second] = await session.get_one(Account, second, with_for_update=True)
                accounts[giver].balance_cents -= CENTS
                accounts[taker].balance_cents += CENTS
                await session.commit()
                return True

        ends = await lab.together(move, len(OPPOSITE))
        victims = [exception_facts(each) for each in ends if isinstance(each, BaseException)]
        total = int((await lab.observe(TOTAL))[0][0])
        found[order] = {
            "done": ends.count(True),
            "victims": [each.get("code", each["exception"]) for each in victims],
            "money_lost": ACCOUNTS * BALANCE_CENTS - total,
        }
    return found


def add(lab: Laboratory) -> dict[str, bool]:
    """Let five read a balance, with FOR UPDATE and without, wait a while for the others, and add a cent."""
    found = {}
    for way in ("plain", "for_update"):
        db = lab.database(CROWD)
        arrived: list[int] = []

        def add(number: int, db: Database = db, way: str = way, arrived: list[int] = arrived) -> bool:
            with db.session() as session:
                account = (session.scalars(LOCKED if way == "for_update" else ONE_ACCOUNT)).one()
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < ADDERS:
                        lab.pause(TICK_S)
                account.balance_cents += 1
                session.commit()
                return True

        done = (lab.together(add, ADDERS)).count(True)
        now = (lab.observe(BALANCE))[0][0]
        found[f"{way}_loses"] = now - BALANCE_CENTS < done
        lab.observe(update(Account).values(balance_cents=BALANCE_CENTS))
    return found


async def add_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Let five read a balance, with FOR UPDATE and without, wait a while for the others, and add a cent."""
    found = {}
    for way in ("plain", "for_update"):
        db = lab.database(CROWD)
        arrived: list[int] = []

        async def add(number: int, db: AsyncDatabase = db, way: str = way, arrived: list[int] = arrived) -> bool:
            async with db.session() as session:
                account = (await session.scalars(LOCKED if way == "for_update" else ONE_ACCOUNT)).one()
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < ADDERS:
                        await lab.pause(TICK_S)
                account.balance_cents += 1
                await session.commit()
                return True

        done = (await lab.together(add, ADDERS)).count(True)
        now = (await lab.observe(BALANCE))[0][0]
        found[f"{way}_loses"] = now - BALANCE_CENTS < done
        await lab.observe(update(Account).values(balance_cents=BALANCE_CENTS))
    return found


def lock_again(lab: Laboratory) -> dict[str, bool]:
    """Read an account, let another add to it, lock it four ways, and add a cent: is the other's addition lost?"""
    found = {}
    for way in RELOADS:
        with lab.db.session() as session:
            account = (session.scalars(ONE_ACCOUNT)).one()
            lab.observe(ADDED_MEANWHILE)
            with Caught() as caught:
                if way == "select":
                    account = (session.scalars(LOCKED)).one()
                elif way == "get":
                    account = session.get_one(Account, 1, with_for_update=True)
                elif way == "populate_existing":
                    account = (session.scalars(LOCKED.execution_options(populate_existing=True))).one()
                else:
                    session.refresh(account, with_for_update=True)
                account.balance_cents += 1
                session.commit()
        found[way] = caught.name == NOTHING and (lab.observe(BALANCE))[0][0] != BALANCE_CENTS + 101
        lab.observe(update(Account).values(balance_cents=BALANCE_CENTS))
    return found


async def lock_again_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Read an account, let another add to it, lock it four ways, and add a cent: is the other's addition lost?"""
    found = {}
    for way in RELOADS:
        async with lab.db.session() as session:
            account = (await session.scalars(ONE_ACCOUNT)).one()
            await lab.observe(ADDED_MEANWHILE)
            with Caught() as caught:
                if way == "select":
                    account = (await session.scalars(LOCKED)).one()
                elif way == "get":
                    account = await session.get_one(Account, 1, with_for_update=True)
                elif way == "populate_existing":
                    account = (await session.scalars(LOCKED.execution_options(populate_existing=True))).one()
                else:
                    await session.refresh(account, with_for_update=True)
                account.balance_cents += 1
                await session.commit()
        found[way] = caught.name == NOTHING and (await lab.observe(BALANCE))[0][0] != BALANCE_CENTS + 101
        await lab.observe(update(Account).values(balance_cents=BALANCE_CENTS))
    return found


def deadlock(code: str | int) -> dict[str, Any]:
    """Return the outcome where the victim of a deadlock gets this code."""
    return {
        "as_they_come": {"done": 1, "victims": [code], "money_lost": 0},
        "by_id": {"done": 2, "victims": [], "money_lost": 0},
    }


EXPERIMENTS = [
    Experiment(
        name="opposite_transfers",
        question="What becomes of two opposite transfers that lock both accounts?",
        dataset=STALL,
        run=transfer,
        run_async=transfer_async,
        unable=no_row_locks,
        expects=by_place({"postgresql": deadlock("40P01")}, otherwise=deadlock(1213)),
        claims=(
            Said(
                "C57",
                "a transfer with two FOR UPDATE locks is safe: no money is lost",
                Prediction("none lost", lambda found: found["as_they_come"]["money_lost"] == 0),
                "The victim of a deadlock has done nothing: try it again from its beginning, in a new session.",
            ),
            Said(
                "C57",
                "a transfer with two FOR UPDATE locks is safe: none fails",
                Prediction("both done", lambda found: found["as_they_come"]["done"] == len(OPPOSITE)),
                "Lock in one order everywhere, by id for instance, or in one SELECT with ORDER BY.",
            ),
            Said(
                "C57",
                "transfers that lock in the order of ids do not fail",
                Prediction("both done", lambda found: found["by_id"]["done"] == len(OPPOSITE)),
                "Lock in one order everywhere, by id for instance, or in one SELECT with ORDER BY.",
            ),
        ),
    ),
    Experiment(
        name="for_update",
        question="Does FOR UPDATE keep five who add to one row from overwriting each other?",
        dataset=STALL,
        run=add,
        run_async=add_async,
        limit_s=60,
        expects=by_place(
            {"sqlite": {"plain_loses": True, "for_update_loses": True}},
            otherwise={"plain_loses": True, "for_update_loses": False},
        ),
        claims=(
            Said(
                "C58",
                "FOR UPDATE makes a concurrent update safe",
                Prediction("none lost", lambda found: not found["for_update_loses"]),
                "Add in SQL where you can; where you lock, read what you decide on with the lock.",
            ),
            Said(
                "C59",
                "FOR UPDATE makes an update safe on SQLite",
                by_place({"sqlite": Prediction("none lost", lambda found: not found["for_update_loses"])}),
                "SQLAlchemy leaves the clause out on SQLite: add in SQL, or begin with BEGIN IMMEDIATE.",
            ),
        ),
    ),
    Experiment(
        name="lock_after_read",
        question="Does FOR UPDATE bring an object up to date that the session has read before?",
        dataset=STALL,
        run=lock_again,
        run_async=lock_again_async,
        expects={"select": True, "get": True, "populate_existing": False, "refresh": False},
        claims=(
            Said(
                "C59",
                "FOR UPDATE is safe after an earlier unlocked read of the row",
                Prediction("none lost by `select`", lambda found: not found["select"]),
                "Add populate_existing=True, or refresh with with_for_update.",
            ),
            Said(
                "C59",
                "`session.get` with with_for_update is safe after an earlier unlocked read of the row",
                Prediction("none lost by `get`", lambda found: not found["get"]),
                "Add populate_existing=True, or refresh with with_for_update.",
            ),
        ),
    ),
]
