"""Trying again: on the session that failed or on a fresh one, and after a commit whose answer was lost."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session
from tenacity import AsyncRetrying, Retrying, retry_if_exception_type, stop_after_attempt

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.contract import Divergence
from bench.core.experiments import Experiment, Need, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import KETTLES, STALL, Customer, Order, Product

TRIES = 3
EMAIL = "customer1@example.com"
ADAS = select(func.count(Customer.id)).where(Customer.name == "Ada")
HINDRANCE_GONE = update(Customer).where(Customer.id == 1).values(email="moved@example.com")
FORGET_ADA = delete(Customer).where(Customer.name == "Ada")
HINDRANCE_BACK = update(Customer).where(Customer.id == 1).values(email=EMAIL)
ORDERS = select(func.count(Order.id)).where(Order.status == "retried")
RETRYING = Divergence("tenacity has a class for each mode")
UNDER_WAY_S = 0.5
"""After so long the commit waits at the server, for a lock that only the loss of the other connection ends."""
HOLD = {
    "postgresql": text("SELECT id FROM customers WHERE id = 1 FOR UPDATE"),
    "mariadb": text("FLUSH TABLES WITH READ LOCK"),
    "mysql": text("FLUSH TABLES WITH READ LOCK"),
}
"""Makes commits wait: on PostgreSQL for the check of a deferred foreign key, on the others for all of the server."""
DEFER = {
    "postgresql": text("ALTER TABLE orders ALTER CONSTRAINT fk_orders_customer_id DEFERRABLE INITIALLY DEFERRED"),
}
UNDEFER = {"postgresql": text("ALTER TABLE orders ALTER CONSTRAINT fk_orders_customer_id NOT DEFERRABLE")}
NOTHING_TO_DO = text("SELECT 1")


def same_or_fresh(lab: Laboratory) -> dict[str, Any]:
    """Insert with up to three tries, on one session and on a fresh one each; what hinders the first is then away."""
    found: dict[str, Any] = {}
    for way in ("same", "fresh"):
        shared = lab.db.session()
        raised: list[str] = []
        with Caught():
            for attempt in Retrying(stop=stop_after_attempt(TRIES), retry=retry_if_exception_type(SQLAlchemyError)):
                with attempt:
                    session = shared if way == "same" else lab.db.session()
                    try:
                        session.add(Customer(name="Ada", email=EMAIL))
                        session.commit()
                    except SQLAlchemyError as error:
                        raised.append(type(error).__name__)
                        raise
                    finally:
                        if way == "fresh":
                            session.close()
                        lab.observe(HINDRANCE_GONE)
        shared.close()
        found[way] = {"raised": raised, "rows": lab.observe(ADAS)[0][0]}
        lab.observe(FORGET_ADA)
        lab.observe(HINDRANCE_BACK)
    return found


async def same_or_fresh_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Insert with up to three tries, on one session and on a fresh one each; what hinders the first is then away."""
    found: dict[str, Any] = {}
    for way in ("same", "fresh"):
        shared = lab.db.session()
        raised: list[str] = []
        with Caught():
            async for attempt in AsyncRetrying(
                stop=stop_after_attempt(TRIES), retry=retry_if_exception_type(SQLAlchemyError)
            ):
                with attempt:
                    session = shared if way == "same" else lab.db.session()
                    try:
                        session.add(Customer(name="Ada", email=EMAIL))
                        await session.commit()
                    except SQLAlchemyError as error:
                        raised.append(type(error).__name__)
                        raise
                    finally:
                        if way == "fresh":
                            await session.close()
                        await lab.observe(HINDRANCE_GONE)
        await shared.close()
        found[way] = {"raised": raised, "rows": (await lab.observe(ADAS))[0][0]}
        await lab.observe(FORGET_ADA)
        await lab.observe(HINDRANCE_BACK)
    return found


def commit_and_refresh(lab: Laboratory) -> dict[str, Any]:
    """Create a row as guides do, with refresh behind the commit; lose the connection between them; try again."""
    raised = []
    for number in range(TRIES):
        with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
            with lab.db.session() as session:
                product = Product(name="Kettle", stock=1)
                session.add(product)
                session.commit()
                if number == 0:
                    lab.wire.cut()
                session.refresh(product)
        if caught.name == NOTHING:
            break
        raised.append(caught.facts.get("is_disconnect"))
    return {"lost": raised, "rows": (lab.observe(KETTLES))[0][0]}


async def commit_and_refresh_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Create a row as guides do, with refresh behind the commit; lose the connection between them; try again."""
    raised = []
    for number in range(TRIES):
        with Caught() as caught:
            async with lab.db.session() as session:
                product = Product(name="Kettle", stock=1)
                session.add(product)
                await session.commit()
                if number == 0:
                    await lab.wire.cut()
                await session.refresh(product)
        if caught.name == NOTHING:
            break
        raised.append(caught.facts.get("is_disconnect"))
    return {"lost": raised, "rows": (await lab.observe(KETTLES))[0][0]}


def lose_the_answer(lab: Laboratory) -> dict[str, Any]:
    """Cut the wire while a commit is under way at the server, try again in a fresh session, and count the rows."""
    lab.observe(DEFER.get(lab.place.kind, NOTHING_TO_DO))
    found: dict[str, Any] = {}
    for way, key in (("plain", None), ("unique_key", "once@example.com")):
        raised = []
        for number in range(2):
            holder = lab.database(Conditions()).engine.connect()
            with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
                with lab.db.session() as session:
                    session.add(Order(customer_id=1, status="retried"))
                    if key:
                        session.add(Customer(name="Ada", email=key))
                    session.flush()
                    if number == 0:
                        holder.execute(HOLD[lab.place.kind])

                    def end(task: int, session: Session = session, number: int = number) -> None:
                        if task == 0:
                            session.commit()
                        elif number == 0:
                            lab.pause(UNDER_WAY_S)
                            lab.wire.cut()

                    ends = lab.together(end, 2)
                    if ends[0] is not None:
                        raise ends[0]
            raised.append(caught.name)
            with Caught():
                holder.close()
            lab.pause(UNDER_WAY_S)
        found[way] = {"raised": raised, "rows": (lab.observe(ORDERS))[0][0]}
        lab.observe(delete(Order).where(Order.status == "retried"))
    lab.observe(UNDEFER.get(lab.place.kind, NOTHING_TO_DO))
    return found


async def lose_the_answer_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Cut the wire while a commit is under way at the server, try again in a fresh session, and count the rows."""
    await lab.observe(DEFER.get(lab.place.kind, NOTHING_TO_DO))
    found: dict[str, Any] = {}
    for way, key in (("plain", None), ("unique_key", "once@example.com")):
        raised = []
        for number in range(2):
            holder = await lab.database(Conditions()).engine.connect()
            with Caught() as caught:
                async with lab.db.session() as session:
                    session.add(Order(customer_id=1, status="retried"))
                    if key:
                        session.add(Customer(name="Ada", email=key))
                    await session.flush()
                    if number == 0:
                        await holder.execute(HOLD[lab.place.kind])

                    async def end(task: int, session: AsyncSession = session, number: int = number) -> None:
                        if task == 0:
                            await session.commit()
                        elif number == 0:
                            await lab.pause(UNDER_WAY_S)
                            await lab.wire.cut()

                    ends = await lab.together(end, 2)
                    if ends[0] is not None:
                        raise ends[0]
            raised.append(caught.name)
            with Caught():
                await holder.close()
            await lab.pause(UNDER_WAY_S)
        found[way] = {"raised": raised, "rows": (await lab.observe(ORDERS))[0][0]}
        await lab.observe(delete(Order).where(Order.status == "retried"))
    await lab.observe(UNDEFER.get(lab.place.kind, NOTHING_TO_DO))
    return found


EXPERIMENTS = [
    Experiment(
        name="retry_on_session",
        question="Does trying again help on the session that failed?",
        dataset=STALL,
        run=same_or_fresh,
        run_async=same_or_fresh_async,
        divergence=RETRYING,
        expects={
            "same": {"raised": ["IntegrityError", "PendingRollbackError", "PendingRollbackError"], "rows": 0},
            "fresh": {"raised": ["IntegrityError"], "rows": 1},
        },
        claims=(
            Said(
                "C72",
                "a retry on the same session succeeds once the cause is gone",
                Prediction("one row", lambda found: found["same"]["rows"] == 1),
                "Open the session inside of the retry, or roll it back first.",
            ),
            Said(
                "C72",
                "a retry with a fresh session for each try succeeds once the cause is gone",
                Prediction("one row", lambda found: found["fresh"]["rows"] == 1),
                "Open the session inside of the retry, or roll it back first.",
            ),
        ),
    ),
    Experiment(
        name="retry_after_refresh",
        question="How many rows does a retry create where the connection is lost between commit and refresh?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=commit_and_refresh,
        run_async=commit_and_refresh_async,
        expects=Prediction("a row too many", lambda found: found["rows"] == 1 + 1),
        claims=(
            Said(
                "C72",
                "a create with refresh behind the commit can be retried",
                Prediction("one row", lambda found: found["rows"] == 1),
                "Let nothing that can fail follow the commit inside of the retry.",
            ),
        ),
    ),
    Experiment(
        name="retry_after_lost_answer",
        question="How many rows does a retry create where the answer to the commit was lost?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=lose_the_answer,
        run_async=lose_the_answer_async,
        limit_s=60,
        expects=Prediction(
            "2 rows, 1 with a unique key",
            lambda found: (found["plain"]["rows"], found["unique_key"]["rows"]) == (2, 1),
        ),
        claims=(
            Said(
                "C72",
                "a create can be retried after every connection error",
                Prediction("one row", lambda found: found["plain"]["rows"] == 1),
                "Give each request a key of its own with a unique constraint: a lost answer is no failed commit.",
            ),
            Said(
                "C72",
                "a create with a unique key of the request, tried again after its answer was lost, creates one row, "
                "and the second try raises IntegrityError",
                Prediction(
                    "one row, IntegrityError",
                    lambda found: (
                        found["unique_key"]["rows"] == 1 and found["unique_key"]["raised"][1] == "IntegrityError"
                    ),
                ),
                "Where the retry violates the constraint of that key, by code and name, read the row back and answer "
                "with it; every other IntegrityError is an error.",
            ),
        ),
    ),
]
