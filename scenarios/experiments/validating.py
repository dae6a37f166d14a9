"""A value of a wrong type: who refuses it, the entity, `@validates`, an INSERT by Core, or the database?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import DeclarativeBase, validates

from bench.core.caught import NOTHING, Caught
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL, Product

WRONG = {"name": "Kettle", "stock": "many"}


class Base(DeclarativeBase):
    """A registry of its own: the table has an entity already."""


class CheckedProduct(Base):
    """A product that looks at its stock."""

    __table__ = Product.__table__

    @validates("stock")
    def check_stock(self, _name: str, value: object) -> object:
        """Refuse what is no number.

        Raises:
            TypeError: It is none.
        """
        if not isinstance(value, int):
            message = f"stock is a number, not {value!r}"
            raise TypeError(message)
        return value


MODELS: dict[str, type[Any]] = {"plain": Product, "validated": CheckedProduct}


def give_a_wrong_type(lab: Laboratory) -> dict[str, dict[str, str]]:
    """Give a column of integers a word: in an entity, flushed, and by Core; without `@validates` and with it."""
    found = {}
    for case, model in MODELS.items():
        with Caught() as made:
            model(**WRONG)
        with Caught() as flushed:  # noqa: SIM117 - the twin cannot join them
            with lab.db.session() as session:
                session.add(model(**WRONG))
                session.flush()
        with Caught() as inserted:  # noqa: SIM117 - the twin cannot join them
            with lab.db.engine.connect() as connection:
                connection.execute(insert(model.__table__), WRONG)
        found[case] = {"made": made.name, "flushed": flushed.name, "inserted_by_core": inserted.name}
    return found


async def give_a_wrong_type_async(lab: AsyncLaboratory) -> dict[str, dict[str, str]]:
    """Give a column of integers a word: in an entity, flushed, and by Core; without `@validates` and with it."""
    found = {}
    for case, model in MODELS.items():
        with Caught() as made:
            model(**WRONG)
        with Caught() as flushed:
            async with lab.db.session() as session:
                session.add(model(**WRONG))
                await session.flush()
        with Caught() as inserted:
            async with lab.db.engine.connect() as connection:
                await connection.execute(insert(model.__table__), WRONG)
        found[case] = {"made": made.name, "flushed": flushed.name, "inserted_by_core": inserted.name}
    return found


REFUSED = "TypeError"


def is_left_to_the_database(found: dict[str, dict[str, str]]) -> bool:
    """Tell whether only `@validates` refuses before the database does, and only in entities."""
    plain, validated = found["plain"], found["validated"]
    return (
        plain["made"] == NOTHING
        and plain["flushed"] == plain["inserted_by_core"] == validated["inserted_by_core"] != NOTHING
        and validated["made"] == validated["flushed"] == REFUSED
    )


TAKEN = {"made": NOTHING, "flushed": NOTHING, "inserted_by_core": NOTHING}

EXPERIMENTS = [
    Experiment(
        name="wrong_type",
        question="Who refuses a value of a wrong type?",
        dataset=STALL,
        run=give_a_wrong_type,
        run_async=give_a_wrong_type_async,
        expects=by_place(
            {"sqlite": {"plain": TAKEN, "validated": {**TAKEN, "made": REFUSED, "flushed": REFUSED}}},
            otherwise=Prediction("the database, or `@validates` in entities", is_left_to_the_database),
        ),
        claims=(
            Said(
                "C32",
                "ORM objects validate: an entity refuses a value of a wrong type",
                Prediction("an exception when it is made", lambda found: found["plain"]["made"] != NOTHING),
                "Check values before they reach the ORM; of types only the database knows, and SQLite not even that.",
            ),
            Said(
                "C32",
                "`@validates` guards rows that Core inserts too",
                Prediction(REFUSED, lambda found: found["validated"]["inserted_by_core"] == REFUSED),
                "Check values before they reach either.",
            ),
        ),
    ),
]
