"""What is sent and what comes back: statements that people do not expect, and the SQL that they believe they wrote.

Counts are exact. Those that scenarios prove for their variants (N+1, the loading strategies, the savepoint) are not
repeated here; but for the pages of selectinload, which scenarios count with one driver alone.
"""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import selectinload

from bench.core.caught import NOTHING, Caught
from bench.core.contract import Divergence
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import CUSTOMERS, ORDERS_EACH, STALL, Customer, Order, Product

ENTERED = Divergence("the async session is entered by a block of its own")
PARENTS = (500, 501, 1_001)
"""Of so many parents selectinload loads the children: one whole page of keys, a little more, and two and a little."""
FIRST_ID = 1_001
CROWD = insert(Customer).values(
    [{"id": FIRST_ID + number, "name": "Ada", "email": f"ada{number}@example.com"} for number in range(max(PARENTS))]
)
THE_CROWD = select(Customer).where(Customer.id >= FIRST_ID).order_by(Customer.id).options(selectinload(Customer.orders))
PAID = select(Customer).join(Order, Customer.orders).where(Order.status == "paid").order_by(Customer.id).limit(100)


def walk(lab: Laboratory) -> dict[str, Any]:
    """Read the customer's orders of every customer, one after the other; count statements and what gives it away."""
    with lab.db.session() as session, lab.recorded() as heard, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with Caught() as caught:
            for customer in (session.scalars(select(Customer).order_by(Customer.id))).all():
                _ = customer.orders
    return {"statements": len(heard.statements), "raises": caught.name, "warnings": len(warned)}


async def walk_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Await the orders of every customer by `awaitable_attrs`; count statements and what gives it away."""
    async with lab.db.session() as session:
        with lab.recorded() as heard, warnings.catch_warnings(record=True) as warned, Caught() as caught:
            warnings.simplefilter("always")
            for customer in (await session.scalars(select(Customer).order_by(Customer.id))).all():
                await customer.awaitable_attrs.orders
    return {"statements": len(heard.statements), "raises": caught.name, "warnings": len(warned)}


def get_each(lab: Laboratory) -> dict[str, Any]:
    """Get every customer by key, one after the other; count statements and what gives it away."""
    with lab.db.session() as session, lab.recorded() as heard, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        with Caught() as caught:
            for number in range(1, CUSTOMERS + 1):
                session.get(Customer, number)
    return {"statements": len(heard.statements), "raises": caught.name, "warnings": len(warned)}


async def get_each_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Get every customer by key, one after the other; count statements and what gives it away."""
    async with lab.db.session() as session:
        with lab.recorded() as heard, warnings.catch_warnings(record=True) as warned, Caught() as caught:
            warnings.simplefilter("always")
            for number in range(1, CUSTOMERS + 1):
                await session.get(Customer, number)
    return {"statements": len(heard.statements), "raises": caught.name, "warnings": len(warned)}


def join_and_filter(lab: Laboratory) -> dict[str, int]:
    """Join customers with their orders, keep the paid ones, and count what `scalars` returns."""
    with lab.db.session() as session:
        customers = (session.scalars(PAID)).all()
        unique = (session.scalars(PAID)).unique().all()
    return {"returned": len(customers), "different": len(set(customers)), "by_unique": len(unique)}


async def join_and_filter_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Join customers with their orders, keep the paid ones, and count what `scalars` returns."""
    async with lab.db.session() as session:
        customers = (await session.scalars(PAID)).all()
        unique = (await session.scalars(PAID)).unique().all()
    return {"returned": len(customers), "different": len(set(customers)), "by_unique": len(unique)}


def select_entity(lab: Laboratory) -> dict[str, Any]:
    """Select an entity and read the statement that was sent."""
    with lab.db.session() as session, lab.recorded() as heard:
        (session.scalars(select(Product))).all()
    return {"has_star": "*" in heard.statements[0], "names_each_column": "products.stock" in heard.statements[0]}


async def select_entity_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Select an entity and read the statement that was sent."""
    async with lab.db.session() as session:
        with lab.recorded() as heard:
            (await session.scalars(select(Product))).all()
    return {"has_star": "*" in heard.statements[0], "names_each_column": "products.stock" in heard.statements[0]}


def load_many(lab: Laboratory) -> dict[str, int]:
    """Load 500, 501 and 1,001 customers with their orders by selectinload; count the statements."""
    lab.observe(CROWD)
    found = {}
    for parents in PARENTS:
        with lab.db.session() as session, lab.recorded() as heard:
            (session.scalars(THE_CROWD.limit(parents))).all()
        found[str(parents)] = len(heard.statements)
    return found


async def load_many_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Load 500, 501 and 1,001 customers with their orders by selectinload; count the statements."""
    await lab.observe(CROWD)
    found = {}
    for parents in PARENTS:
        async with lab.db.session() as session:
            with lab.recorded() as heard:
                (await session.scalars(THE_CROWD.limit(parents))).all()
        found[str(parents)] = len(heard.statements)
    return found


WALKED = {"statements": 1 + CUSTOMERS, "raises": NOTHING, "warnings": 0}

EXPERIMENTS = [
    Experiment(
        name="awaited_walk",
        question="Does anything give away that relations are loaded one by one?",
        dataset=STALL,
        run=walk,
        run_async=walk_async,
        divergence=Divergence("reading a lazy attribute blocks, so async code awaits `awaitable_attrs`"),
        expects=WALKED,
        claims=(
            Said(
                "C114",
                "`awaitable_attrs` in a loop is a silent N+1",
                by_mode(sync=SAYS_NOTHING, awaited=WALKED),
                "Count statements in tests; neither an exception nor a warning tells.",
            ),
        ),
    ),
    Experiment(
        name="gets_in_a_loop",
        question="Does anything give away that rows are got one by one?",
        dataset=STALL,
        run=get_each,
        run_async=get_each_async,
        divergence=ENTERED,
        expects={**WALKED, "statements": CUSTOMERS},
        claims=(
            Said(
                "C114",
                "`session.get` in a loop is a silent N+1",
                by_mode(sync=SAYS_NOTHING, awaited={**WALKED, "statements": CUSTOMERS}),
                "Ask for all keys at once: `select(Customer).where(Customer.id.in_(keys))`.",
            ),
        ),
    ),
    Experiment(
        name="selectin_pages",
        question="How many statements does selectinload send for many parents?",
        dataset=STALL,
        run=load_many,
        run_async=load_many_async,
        divergence=ENTERED,
        # By the source of SelectInLoader: it asks for the children of 500 parents at a time.
        expects={"500": 2, "501": 3, "1001": 4},
        claims=(
            Said(
                "C14",
                "selectinload sends 2 statements, however many parents there are",
                Prediction("2 each", lambda found: set(found.values()) == {2}),
                "Count one statement more for every 500 parents.",
            ),
        ),
    ),
    Experiment(
        name="join_and_filter",
        question="How often does a join return a parent with several matching children?",
        dataset=STALL,
        run=join_and_filter,
        run_async=join_and_filter_async,
        expects={"returned": CUSTOMERS * ORDERS_EACH, "different": CUSTOMERS, "by_unique": CUSTOMERS},
        claims=(
            Said(
                "C77",
                "a join with a filter on the children returns each parent once",
                Prediction("as many as are different", lambda found: found["returned"] == found["different"]),
                "Filter by `any()` or EXISTS, or call unique(); with LIMIT only the former gives full pages.",
            ),
        ),
    ),
    Experiment(
        name="select_entity",
        question="Is select(Entity) a SELECT *?",
        dataset=STALL,
        run=select_entity,
        run_async=select_entity_async,
        divergence=ENTERED,
        expects={"has_star": False, "names_each_column": True},
        claims=(
            Said(
                "C82",
                "`select(User)` is `SELECT *`",
                Prediction("a star", lambda found: found["has_star"]),
                "A new column in the database does not reach an old model; select columns where rows are wide.",
            ),
        ),
    ),
]
