"""Batches of a large table in one session: do `expire_all()` and `expunge_all()` free the objects of a batch?

Objects are counted, not bytes: twelve rows in three batches.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import CUSTOMERS, ITEMS_EACH, ORDERS_EACH, STALL, Item

ROWS = CUSTOMERS * ORDERS_EACH * ITEMS_EACH
BATCH_ROWS = 4
BATCH = select(Item).order_by(Item.id).limit(BATCH_ROWS)
CALLS: Mapping[str, Callable[[Any], object]] = {
    "nothing": lambda _session: None,
    "expire_all": lambda session: session.expire_all(),
    "expunge_all": lambda session: session.expunge_all(),
}
"""What is called behind each batch; on either session it is a plain call."""
WAYS = ("let_go", "kept")


def read_in_batches(lab: Laboratory) -> dict[str, Any]:
    """Read twelve rows in batches of four, keep the objects or let them go, and call something behind each batch.

    Count the objects that are alive in the end, after a garbage collection, and those that the session knows.
    """
    found: dict[str, dict[str, Any]] = {}
    # What is there already need not be looked through in every collection.
    gc.freeze()
    for way in WAYS:
        found[way] = {}
        for name, call in CALLS.items():
            kept: list[Item] = []
            seen: list[weakref.ref[Item]] = []
            with lab.db.session() as session:
                for offset in range(0, ROWS, BATCH_ROWS):
                    batch = list((session.scalars(BATCH.offset(offset))).all())
                    seen += map(weakref.ref, batch)
                    kept += batch if way == "kept" else []
                    batch.clear()
                    call(session)
                gc.collect()
                alive, known = sum(each() is not None for each in seen), len(session.identity_map)
            found[way][name] = {"in_memory": alive, "in_session": known}
    gc.unfreeze()
    return found


async def read_in_batches_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Read twelve rows in batches of four, keep the objects or let them go, and call something behind each batch.

    Count the objects that are alive in the end, after a garbage collection, and those that the session knows.
    """
    found: dict[str, dict[str, Any]] = {}
    # What is there already need not be looked through in every collection.
    gc.freeze()
    for way in WAYS:
        found[way] = {}
        for name, call in CALLS.items():
            kept: list[Item] = []
            seen: list[weakref.ref[Item]] = []
            async with lab.db.session() as session:
                for offset in range(0, ROWS, BATCH_ROWS):
                    batch = list((await session.scalars(BATCH.offset(offset))).all())
                    seen += map(weakref.ref, batch)
                    kept += batch if way == "kept" else []
                    batch.clear()
                    call(session)
                gc.collect()
                alive, known = sum(each() is not None for each in seen), len(session.identity_map)
            found[way][name] = {"in_memory": alive, "in_session": known}
    gc.unfreeze()
    return found


NONE_LEFT = {"in_memory": 0, "in_session": 0}
ALL_LEFT = {"in_memory": ROWS, "in_session": ROWS}

EXPERIMENTS = [
    Experiment(
        name="objects_of_batches",
        question="Which objects of a batch stay in memory, with expire_all(), expunge_all() or neither?",
        dataset=STALL,
        run=read_in_batches,
        run_async=read_in_batches_async,
        expects={
            "let_go": dict.fromkeys(CALLS, NONE_LEFT),
            "kept": {**dict.fromkeys(CALLS, ALL_LEFT), "expunge_all": {**ALL_LEFT, "in_session": 0}},
        },
        claims=(
            Said(
                "C75",
                "`expire_all()` after each batch frees objects that would stay in memory",
                Prediction(
                    "fewer than without it",
                    lambda found: any(
                        found[way]["expire_all"]["in_memory"] < found[way]["nothing"]["in_memory"] for way in WAYS
                    ),
                ),
                "Let go of the batch itself: a session holds only what is changed and not yet flushed.",
            ),
        ),
    ),
]
