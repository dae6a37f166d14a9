"""Many at once who look before they write: duplicates and oversold stock, and which ways of writing prevent them.

All meet after they have read and before they write, as far as the database lets them: chance has no part in the counts.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from bench.core.conditions import Conditions
from bench.core.database import AsyncDatabase, Database
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL, STOCK, Customer, Product

CALLERS = 10
BUYERS = 20
CROWD = Conditions(pool_size=BUYERS)
STRICT = Conditions(pool_size=BUYERS, isolation_level="SERIALIZABLE")
WAYS = {"checked": CROWD, "serializable": STRICT, "atomic": CROWD}
"""Read, check and write an absolute value; the same at another isolation level; one UPDATE with the check in it."""
TICK_S = 0.01
PATIENCE = 300
"""Ticks after which one that waits for the others goes on without them."""
EMAIL = "ada@example.com"
TAKEN = select(Customer.id).where(Customer.email == EMAIL)
SHELF = select(Product.stock).where(Product.id == 1)
ONE_LESS = (
    update(Product)
    .where(Product.id == 1, Product.stock >= 1)
    .values(stock=Product.stock - 1)
    .execution_options(synchronize_session=False)
)


def register(lab: Laboratory) -> dict[str, Any]:
    """Let ten requests look for one e-mail address, and insert it once all have looked; count the answers."""
    db = lab.database(CROWD)
    arrived: list[int] = []

    def answer(number: int) -> str:
        with db.session() as session:
            if (session.scalar(TAKEN)) is not None:
                return "refused"
            arrived.append(number)
            for _ in range(PATIENCE):
                if len(arrived) < CALLERS:
                    lab.pause(TICK_S)
            session.add(Customer(name="Ada", email=EMAIL))
            session.commit()
            return "created"

    answers = lab.together(answer, CALLERS)
    raised = sorted({type(each).__name__ for each in answers if isinstance(each, BaseException)})
    rows = len(lab.observe(TAKEN))
    return {"created": answers.count("created"), "refused": answers.count("refused"), "raised": raised, "rows": rows}


async def register_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let ten requests look for one e-mail address, and insert it once all have looked; count the answers."""
    db = lab.database(CROWD)
    arrived: list[int] = []

    async def answer(number: int) -> str:
        async with db.session() as session:
            if (await session.scalar(TAKEN)) is not None:
                return "refused"
            arrived.append(number)
            for _ in range(PATIENCE):
                if len(arrived) < CALLERS:
                    await lab.pause(TICK_S)
            session.add(Customer(name="Ada", email=EMAIL))
            await session.commit()
            return "created"

    answers = await lab.together(answer, CALLERS)
    raised = sorted({type(each).__name__ for each in answers if isinstance(each, BaseException)})
    rows = len(await lab.observe(TAKEN))
    return {"created": answers.count("created"), "refused": answers.count("refused"), "raised": raised, "rows": rows}


def sell(lab: Laboratory) -> dict[str, dict[str, int]]:
    """Let twenty buyers read a stock of ten before any writes, three ways; count what was sold and what is left."""
    found = {}
    for way, conditions in WAYS.items():
        db = lab.database(conditions)
        arrived: list[int] = []

        def buy(number: int, db: Database = db, way: str = way, arrived: list[int] = arrived) -> bool:
            with db.session() as session:
                if way == "atomic":
                    sold: bool = (session.execute(ONE_LESS)).rowcount == 1  # type: ignore[attr-defined]  # it is a CursorResult
                    session.commit()
                    return sold
                product = session.get_one(Product, 1)
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < BUYERS:
                        lab.pause(TICK_S)
                if product.stock < 1:
                    return False
                product.stock -= 1
                session.commit()
                return True

        sold = (lab.together(buy, BUYERS)).count(True)
        stock = (lab.observe(SHELF))[0][0]
        found[way] = {"sold": sold, "stock": stock, "lost": sold + stock - STOCK}
        lab.observe(update(Product).values(stock=STOCK))
    return found


async def sell_async(lab: AsyncLaboratory) -> dict[str, dict[str, int]]:
    """Let twenty buyers read a stock of ten before any writes, three ways; count what was sold and what is left."""
    found = {}
    for way, conditions in WAYS.items():
        db = lab.database(conditions)
        arrived: list[int] = []

        async def buy(number: int, db: AsyncDatabase = db, way: str = way, arrived: list[int] = arrived) -> bool:
            async with db.session() as session:
                if way == "atomic":
                    sold: bool = (await session.execute(ONE_LESS)).rowcount == 1  # type: ignore[attr-defined]  # it is a CursorResult
                    await session.commit()
                    return sold
                product = await session.get_one(Product, 1)
                arrived.append(number)
                for _ in range(PATIENCE):
                    if len(arrived) < BUYERS:
                        await lab.pause(TICK_S)
                if product.stock < 1:
                    return False
                product.stock -= 1
                await session.commit()
                return True

        sold = (await lab.together(buy, BUYERS)).count(True)
        stock = (await lab.observe(SHELF))[0][0]
        found[way] = {"sold": sold, "stock": stock, "lost": sold + stock - STOCK}
        await lab.observe(update(Product).values(stock=STOCK))
    return found


OVERSOLD = {"sold": BUYERS, "stock": STOCK - 1, "lost": BUYERS - 1}
ONE_SOLD = {"sold": 1, "stock": STOCK - 1, "lost": 0}
ALL_SOLD = {"sold": STOCK, "stock": 0, "lost": 0}

EXPERIMENTS = [
    Experiment(
        name="duplicate_email",
        question="What do requests get that look for an e-mail address and insert it, ten at once?",
        dataset=STALL,
        run=register,
        run_async=register_async,
        expects={"created": 1, "refused": 0, "raised": ["IntegrityError"], "rows": 1},
        claims=(
            Said(
                "C55",
                "who looks before inserting can answer 400 to every duplicate",
                Prediction("nothing raised", lambda found: not found["raised"]),
                "Keep the unique constraint, and turn its IntegrityError into the same answer.",
            ),
        ),
    ),
    Experiment(
        name="oversell",
        question="How many of ten pieces can twenty buyers buy at once?",
        dataset=STALL,
        run=sell,
        run_async=sell_async,
        limit_s=60,
        expects=by_place(
            {"sqlite": {"checked": OVERSOLD, "serializable": OVERSOLD, "atomic": ALL_SOLD}},
            otherwise={"checked": OVERSOLD, "serializable": ONE_SOLD, "atomic": ALL_SOLD},
        ),
        claims=(
            Said(
                "C56",
                "checking the stock in Python before decrementing it protects it",
                Prediction("none lost", lambda found: found["checked"]["lost"] == 0),
                "Put the check into the UPDATE, and look at its rowcount.",
            ),
            Said(
                "C56",
                "checking the stock in Python protects it at isolation level SERIALIZABLE",
                Prediction("none lost", lambda found: found["serializable"]["lost"] == 0),
                "It needs a retry for all who lose; SQLite needs BEGIN IMMEDIATE instead.",
            ),
            Said(
                "C56",
                "one UPDATE with the check in its WHERE protects the stock",
                Prediction("none lost", lambda found: found["atomic"]["lost"] == 0),
                "Put the check into the UPDATE, and look at its rowcount.",
            ),
        ),
    ),
]
