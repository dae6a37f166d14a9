"""A row that the database refuses: what is raised for each kind of constraint, and what does its message say?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert

from bench.core.caught import NOTHING
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.raising import Raised, caught_by, told_as
from scenarios.experiments.stall import ONE, STALL, Customer, Order

REFUSED = {
    "unique": insert(Customer).values(name="Ada", email="customer1@example.com"),
    "foreign key": insert(Order).values(customer_id=0, status="open", note=""),
    "not null": insert(Customer).values(name=None, email="ada@example.com"),
}
NO_VALUE = {"no value, no default": insert(Customer).values(email="ada@example.com")}


def refuse(lab: Laboratory) -> dict[str, Any]:
    """Insert a row that breaks a constraint; roll back and ask again in the same session."""
    found: dict[str, Any] = {}
    for fault, statement in REFUSED.items():
        with lab.db.session() as session:
            with Raised() as raised:
                session.execute(statement)
            session.rollback()
            with Raised() as after:
                session.scalar(ONE)
        found[fault] = {
            "raised": raised.facts,
            "next": after.name,
            "says_unique_constraint": "unique constraint" in raised.text.lower(),
        }
    return found


async def refuse_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Insert a row that breaks a constraint; roll back and ask again in the same session."""
    found: dict[str, Any] = {}
    for fault, statement in REFUSED.items():
        async with lab.db.session() as session:
            with Raised() as raised:
                await session.execute(statement)
            await session.rollback()
            with Raised() as after:
                await session.scalar(ONE)
        found[fault] = {
            "raised": raised.facts,
            "next": after.name,
            "says_unique_constraint": "unique constraint" in raised.text.lower(),
        }
    return found


def leave_out(lab: Laboratory) -> dict[str, Any]:
    """Insert a row without a value for a column that must have one and has no default."""
    found: dict[str, Any] = {}
    for fault, statement in NO_VALUE.items():
        with lab.db.session() as session, Raised() as raised:
            session.execute(statement)
        found[fault] = {"raised": raised.facts}
    return found


async def leave_out_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Insert a row without a value for a column that must have one and has no default."""
    found: dict[str, Any] = {}
    for fault, statement in NO_VALUE.items():
        async with lab.db.session() as session, Raised() as raised:
            await session.execute(statement)
        found[fault] = {"raised": raised.facts}
    return found


DUPLICATE = Prediction(
    "said of the duplicate, and of nothing else",
    lambda found: [each["says_unique_constraint"] for each in found.values()] == [True, False, False],
)

EXPERIMENTS = [
    Experiment(
        name="constraint_errors",
        question="What is raised where a row breaks a constraint?",
        dataset=STALL,
        run=refuse,
        run_async=refuse_async,
        expects=told_as("IntegrityError", is_disconnect=False, next=NOTHING),
        claims=(
            Said(
                "C73",
                '`"unique constraint" in str(e).lower()` detects duplicates',
                DUPLICATE,
                "Compare the code: SQLSTATE 23505, number 1062, or SQLITE_CONSTRAINT_UNIQUE.",
            ),
            Said(
                "C71",
                "`except IntegrityError` catches a broken constraint with every driver",
                caught_by("IntegrityError"),
                "Catch IntegrityError, and tell duplicates from other violations by the code.",
            ),
        ),
    ),
    Experiment(
        name="missing_value",
        question="What is raised where a column that needs a value is left out of an INSERT?",
        dataset=STALL,
        run=leave_out,
        run_async=leave_out_async,
        # Number 1364 is none of those that the PyMySQL family counts as a violated constraint.
        expects=by_place(
            {"mariadb": told_as("OperationalError", code=1364), "mysql": told_as("OperationalError", code=1364)},
            otherwise=told_as("IntegrityError"),
        ),
        claims=(
            Said(
                "C71",
                "`except IntegrityError` catches a value that is missing with every driver",
                caught_by("IntegrityError"),
                "Add 1364 where a missing value has to be told from a database that is away.",
            ),
        ),
    ),
]
