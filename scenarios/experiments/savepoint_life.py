"""Savepoints: what an error in one leaves of the transaction around it, and whether they are a part of it."""

from __future__ import annotations

from bench.core.caught import Caught
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import FORGET_KETTLES, KETTLES, STALL, Customer, Product

TAKEN = "customer1@example.com"


def savepoints(lab: Laboratory) -> dict[str, int]:
    """Add a row, fail in a savepoint, catch that around the savepoint or not at all, commit; count the rows kept."""
    found = {}
    with lab.db.session() as session:
        session.add(Product(name="Kettle", stock=1))
        session.flush()
        with Caught():  # noqa: SIM117 - the twin cannot join them
            with session.begin_nested():
                session.add(Customer(name="Ada", email=TAKEN))
                session.flush()
        session.commit()
    found["caught_inside"] = (lab.observe(KETTLES))[0][0]
    lab.observe(FORGET_KETTLES)
    with Caught():  # noqa: SIM117 - the twin cannot join them
        with lab.db.session() as session:
            session.add(Product(name="Kettle", stock=1))
            session.flush()
            with session.begin_nested():
                session.add(Customer(name="Ada", email=TAKEN))
                session.flush()
            session.commit()
    found["raised_on"] = (lab.observe(KETTLES))[0][0]
    return found


async def savepoints_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Add a row, fail in a savepoint, catch that around the savepoint or not at all, commit; count the rows kept."""
    found = {}
    async with lab.db.session() as session:
        session.add(Product(name="Kettle", stock=1))
        await session.flush()
        with Caught():
            async with session.begin_nested():
                session.add(Customer(name="Ada", email=TAKEN))
                await session.flush()
        await session.commit()
    found["caught_inside"] = (await lab.observe(KETTLES))[0][0]
    await lab.observe(FORGET_KETTLES)
    with Caught():
        async with lab.db.session() as session:
            session.add(Product(name="Kettle", stock=1))
            await session.flush()
            async with session.begin_nested():
                session.add(Customer(name="Ada", email=TAKEN))
                await session.flush()
            await session.commit()
    found["raised_on"] = (await lab.observe(KETTLES))[0][0]
    return found


def savepoint_first(lab: Laboratory) -> int:
    """Begin a transaction with a savepoint, add a row in it, release it, roll all back; count the rows kept."""
    with lab.db.session() as session:
        with session.begin_nested():
            session.add(Product(name="Kettle", stock=1))
            session.flush()
        session.rollback()
    return int((lab.observe(KETTLES))[0][0])


async def savepoint_first_async(lab: AsyncLaboratory) -> int:
    """Begin a transaction with a savepoint, add a row in it, release it, roll all back; count the rows kept."""
    async with lab.db.session() as session:
        async with session.begin_nested():
            session.add(Product(name="Kettle", stock=1))
            await session.flush()
        await session.rollback()
    return int((await lab.observe(KETTLES))[0][0])


EXPERIMENTS = [
    Experiment(
        name="savepoint_rollback",
        question="Does an error in a savepoint leave the transaction around it alone?",
        dataset=STALL,
        run=savepoints,
        run_async=savepoints_async,
        expects={"caught_inside": 1, "raised_on": 0},
        claims=(
            Said(
                "C50",
                "after an error in a savepoint that is caught around it, the rest is committed",
                Prediction("kept", lambda found: found["caught_inside"] == 1),
                "Catch around the `begin_nested` block, not in it.",
            ),
            Said(
                "C50",
                "after an error in a savepoint that is raised on, the rest is committed",
                Prediction("kept", lambda found: found["raised_on"] == 1),
                "Catch around the `begin_nested` block: what leaves the outer block rolls all back.",
            ),
        ),
    ),
    Experiment(
        name="savepoint_first",
        question="Is a released savepoint undone with the transaction that began with it?",
        dataset=STALL,
        run=savepoint_first,
        run_async=savepoint_first_async,
        expects=by_place({"sqlite": 1}, otherwise=0),
        claims=(
            Said(
                "C50",
                "a savepoint is a part of the transaction around it, also where that begins with it",
                0,
                "On SQLite make the driver begin transactions itself, as SQLAlchemy's documentation shows.",
            ),
        ),
    ),
]
