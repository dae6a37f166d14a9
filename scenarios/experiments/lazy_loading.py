"""What is not loaded yet: which attributes can be read without `await`, and what they raise where they cannot.

Attributes that SQLAlchemy loads on access are read, plainly and without `await`, by blocking and by async code: in an
open session, and after it is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import select

from bench.core.caught import NOTHING, Caught
from bench.core.experiments import SAYS_NOTHING, Experiment, Prediction, Said, by_mode
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import only_awaited
from scenarios.experiments.stall import STALL, Order

MISSING, DETACHED = "MissingGreenlet", "DetachedInstanceError"
WRAPPED = (
    "SQLAlchemy wraps MissingGreenlet into a StatementError where it is raised while the cursor is opened, before "
    "there is an execution context (Connection._handle_dbapi_exception); only asyncpg opens a cursor without awaiting."
)
WRAPPED_AT = ("aiosqlite", "psycopg_async", "aiomysql", "asyncmy")
ORDER = select(Order).where(Order.id == 1)

UNLOADED: Mapping[str, Callable[[Order], Any]] = {
    "collection": lambda order: order.items,
    "many_to_one": lambda order: order.customer,
    "deferred_column": lambda order: order.note,
}
"""How to read what a plain SELECT of an order has not loaded."""


def each(kinds: Iterable[str], outcome: str) -> dict[str, str]:
    """Return the same outcome for every kind of attribute."""
    return dict.fromkeys(kinds, outcome)


def read_in_session(lab: Laboratory) -> dict[str, str]:
    """Select an order and read one attribute that is not loaded, each in a session of its own, still open."""
    found = {}
    for kind, read in UNLOADED.items():
        with lab.db.session() as session:
            order = (session.scalars(ORDER)).one()
            with Caught() as caught:
                read(order)
            found[kind] = caught.full_name
    return found


async def read_in_session_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Select an order and read one attribute that is not loaded, each in a session of its own, still open."""
    found = {}
    for kind, read in UNLOADED.items():
        async with lab.db.session() as session:
            order = (await session.scalars(ORDER)).one()
            with Caught() as caught:
                read(order)
            found[kind] = caught.full_name
    return found


def read_after_close(lab: Laboratory) -> dict[str, str]:
    """Select an order, close the session, then read what is not loaded, and a column that is; keep the message."""
    with lab.db.session() as session:
        order = (session.scalars(ORDER)).one()
    found = {}
    for kind, read in UNLOADED.items():
        with Caught() as caught:
            read(order)
        found[kind] = caught.full_name
        found["message"] = caught.text.partition(";")[0].rpartition(">")[2].strip()
    with Caught() as caught:
        _ = order.status
    found["loaded_column"] = caught.full_name
    return found


async def read_after_close_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Select an order, close the session, then read what is not loaded, and a column that is; keep the message."""
    async with lab.db.session() as session:
        order = (await session.scalars(ORDER)).one()
    found = {}
    for kind, read in UNLOADED.items():
        with Caught() as caught:
            read(order)
        found[kind] = caught.full_name
        found["message"] = caught.text.partition(";")[0].rpartition(">")[2].strip()
    with Caught() as caught:
        _ = order.status
    found["loaded_column"] = caught.full_name
    return found


async def use_every_feature(lab: AsyncLaboratory) -> dict[str, str]:
    """Use in async code what blocking code may use: lazy attributes, `Query`, and the two ways that are offered."""
    found = {}
    async with lab.db.session() as session:
        order = (await session.scalars(ORDER)).one()
        with Caught() as caught:
            _ = order.items
        found["lazy_attribute"] = caught.full_name
        with Caught() as caught:
            _ = getattr(session, "query")  # noqa: B009 - that it is missing is the question
        found["query"] = caught.full_name
        with Caught() as caught:
            await order.awaitable_attrs.items
        found["awaitable_attrs"] = caught.full_name
        session.expire(order)
        with Caught() as caught:
            await session.run_sync(lambda _: order.customer)
        found["run_sync"] = caught.full_name
    return found


def says_session_closed(outcome: dict[str, str]) -> bool:
    """Tell whether the message is what guides print."""
    return "session closed" in outcome["message"].lower()


def lacks_greenlet(*kinds: str) -> Prediction:
    """Return the prediction that these attributes failed for the want of a greenlet, whatever that is wrapped in."""
    return Prediction(f"{MISSING}, wrapped or not", lambda outcome: all(MISSING in outcome[kind] for kind in kinds))


def fails_where_unloaded(outcome: dict[str, str]) -> bool:
    """Tell whether everything that was not loaded raised."""
    return all(outcome[kind] != NOTHING for kind in UNLOADED)


EXPERIMENTS = [
    Experiment(
        name="lazy_in_session",
        question="Can an attribute that is not loaded be read while the session is open?",
        dataset=STALL,
        run=read_in_session,
        run_async=read_in_session_async,
        expects=by_mode(sync=each(UNLOADED, NOTHING), awaited=each(UNLOADED, MISSING)),
        explained=WRAPPED,
        explained_at=WRAPPED_AT,
        claims=(
            Said(
                "C22",
                "lazy loading in async code fails for the want of a greenlet",
                by_mode(sync=SAYS_NOTHING, awaited=lacks_greenlet(*UNLOADED)),
                "Name what a query needs in its options, or await `awaitable_attrs`.",
            ),
            Said(
                "C22",
                "`except MissingGreenlet` catches it",
                by_mode(sync=SAYS_NOTHING, awaited=each(UNLOADED, MISSING)),
                "Catch StatementError as well, and look at its `orig`: which of the two comes depends on the driver.",
            ),
            Said(
                "C23",
                "in async code a relation that is read in its session is loaded by a query of its own, and works",
                by_mode(sync=SAYS_NOTHING, awaited=each(UNLOADED, NOTHING)),
                "Do not carry a blocking example over to async code without trying it.",
            ),
        ),
    ),
    Experiment(
        name="lazy_after_close",
        question="What does an attribute that is not loaded raise after its session is closed?",
        dataset=STALL,
        run=read_after_close,
        run_async=read_after_close_async,
        expects=Prediction(
            f"{DETACHED} for each, {NOTHING} for a loaded column",
            lambda found: found == {**each(UNLOADED, DETACHED), "loaded_column": NOTHING, "message": found["message"]},
        ),
        claims=(
            Said(
                "C24",
                "after the session closes, reading what was not loaded fails",
                Prediction("an exception for each", fails_where_unloaded),
                "Load what the response needs before the session ends; raiseload finds what was forgotten.",
            ),
            Said(
                "C24",
                'after the session closes, access gives "Error: session closed"',
                Prediction('a message that says "session closed"', says_session_closed),
                "Catch DetachedInstanceError, or better, look for it in the logs.",
            ),
        ),
    ),
    Experiment(
        name="async_features",
        question="Does the async ORM have every feature of the blocking one?",
        dataset=STALL,
        run=None,
        run_async=use_every_feature,
        unable=only_awaited,
        expects={"lazy_attribute": MISSING, "query": "AttributeError", "awaitable_attrs": NOTHING, "run_sync": NOTHING},
        explained=WRAPPED,
        explained_at=WRAPPED_AT,
        claims=(
            Said(
                "C67",
                "the async ORM is full-featured",
                each(("lazy_attribute", "query", "awaitable_attrs", "run_sync"), NOTHING),
                "Plan for AsyncAttrs or run_sync wherever blocking code would just read an attribute.",
            ),
        ),
    ),
]
