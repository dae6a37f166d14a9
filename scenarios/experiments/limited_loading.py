"""Some parents by LIMIT, and all of their children: does the second statement find the same parents again?

`subqueryload` repeats the query of the parents inside of its own, `selectinload` sends their keys. The addresses are in
the reverse order of the ids, so that a database that answers the repeated query from their index begins at the other
end. Says nothing about writers in between, which move rows as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import case, select, update
from sqlalchemy.orm import selectinload, subqueryload

from bench.core.contract import Divergence
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import CUSTOMERS, ORDERS_EACH, STALL, Customer

SOME = 2
"""Parents that are asked for, of three."""
REVERSED = update(Customer).values(
    email=case(
        *((Customer.id == number, f"{'zyx'[number - 1]}@example.com") for number in range(1, CUSTOMERS + 1)),
        else_="nobody@example.com",
    )
)
FIRST = select(Customer).limit(SOME)
ORDERED = FIRST.order_by(Customer.id)
QUERIES = {
    "subqueryload": FIRST.options(subqueryload(Customer.orders)),
    "subqueryload_ordered": ORDERED.options(subqueryload(Customer.orders)),
    "selectinload": FIRST.options(selectinload(Customer.orders)),
}


def load(lab: Laboratory) -> dict[str, dict[str, int]]:
    """Load two of three customers, each of whom has two orders, with and without ORDER BY; count who lacks orders."""
    lab.observe(REVERSED)
    found = {}
    for way, query in QUERIES.items():
        with lab.db.session() as session, lab.recorded() as heard:
            customers = (session.scalars(query)).all()
        found[way] = {"statements": len(heard.statements), "customers_without_orders": lacking(customers)}
    return found


async def load_async(lab: AsyncLaboratory) -> dict[str, dict[str, int]]:
    """Load two of three customers, each of whom has two orders, with and without ORDER BY; count who lacks orders."""
    await lab.observe(REVERSED)
    found = {}
    for way, query in QUERIES.items():
        async with lab.db.session() as session:
            with lab.recorded() as heard:
                customers = (await session.scalars(query)).all()
        found[way] = {"statements": len(heard.statements), "customers_without_orders": lacking(customers)}
    return found


def lacking(customers: Sequence[Customer]) -> int:
    """Return how many customers have other orders than the table says."""
    return sum(len(customer.orders) != ORDERS_EACH for customer in customers)


def two_statements(wrong: int) -> dict[str, Any]:
    """Return the outcome in which so many customers lack their orders after the unordered subqueryload."""
    right = {"statements": 2, "customers_without_orders": 0}
    return {
        "subqueryload": {"statements": 2, "customers_without_orders": wrong},
        "subqueryload_ordered": right,
        "selectinload": right,
    }


EXPERIMENTS = [
    Experiment(
        name="limited_parents",
        question="Does subqueryload load the right children where the parents are limited?",
        dataset=STALL,
        run=load,
        run_async=load_async,
        divergence=Divergence("the async session is entered by a block of its own"),
        # One of two: the middle one of three is among the first two from either end. PostgreSQL scans so small a
        # table as it lies on the disk, for either query.
        expects=by_place({"postgresql": two_statements(0)}, otherwise=two_statements(1)),
        claims=(
            Said(
                "C20",
                "subqueryload sends two statements, whatever the query of the parents",
                Prediction("statements: 2", lambda found: found["subqueryload"]["statements"] == 2),  # noqa: PLR2004 - said so
                "Two statements it is; of the two strategies with that number selectinload is the one that goes on.",
            ),
            Said(
                "C20",
                "subqueryload serves for limited queries too: every parent gets its children",
                Prediction("none without orders", lambda found: found["subqueryload"]["customers_without_orders"] == 0),
                "Use selectinload, or give a limited query an ORDER BY that leaves no choice.",
            ),
            Said(
                "C20",
                "with an ORDER BY on the key subqueryload is right for limited queries",
                Prediction(
                    "none without orders", lambda found: found["subqueryload_ordered"]["customers_without_orders"] == 0
                ),
                "Order by something unique wherever there is a LIMIT.",
            ),
        ),
    ),
]
