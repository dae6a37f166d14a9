"""Experiments that come to nothing, each in its own way, and two that come to something."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, insert, select

from bench.core.contract import Place
from bench.core.drivers import Mode
from bench.core.experiments import Experiment, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL, Product

COUNT = select(func.count()).select_from(Product)
NUMBERS = itertools.count()
LEFT: list[Any] = []


def only_sync(place: Place) -> str | None:
    """Return why awaited drivers are left out."""
    return None if place.driver.mode is Mode.SYNC else "planted for blocking drivers"


def writes(lab: Laboratory) -> int:
    """Add a product and count; an earlier experiment did the same."""
    with lab.db.session() as session:
        session.execute(insert(Product).values(name="Kettle", stock=1))
        session.commit()
    return int(lab.observe(COUNT)[0][0])


async def writes_async(lab: AsyncLaboratory) -> int:
    """Add a product and count; an earlier experiment did the same."""
    async with lab.db.session() as session:
        await session.execute(insert(Product).values(name="Kettle", stock=1))
        await session.commit()
    return int((await lab.observe(COUNT))[0][0])


def alternates(_lab: Laboratory) -> str:
    """Come out one way and the other."""
    return ("heads", "tails")[next(NUMBERS) % 2]


def raises(_lab: Laboratory) -> str:
    """Raise what nobody foresaw."""
    message = "the roof is on fire"
    raise LookupError(message)


def hangs(_lab: Laboratory) -> str:
    """Never end."""
    time.sleep(600)
    return "never"


def dies(_lab: Laboratory) -> str:
    """Take the process along."""
    os._exit(7)


def returns_an_object(_lab: Laboratory) -> object:
    """Return what JSON cannot hold."""
    return object()


def leaves_a_connection(lab: Laboratory) -> str:
    """Hold a connection beyond the end."""
    connection = lab.db.engine.connect()
    connection.execute(COUNT)
    LEFT.append(connection)
    return "held"


def counts_connections(lab: Laboratory) -> list[int]:
    """Count what the experiment before left, then what is opened here."""
    before = lab.connections()
    with lab.db.engine.connect() as connection:
        connection.execute(COUNT)
        return [before, lab.connections(), len(LEFT)]


def leaves_one_at_first(lab: Laboratory) -> str:
    """Hold a connection beyond the end of the first repetition alone."""
    if next(NUMBERS) == 0:
        leaves_a_connection(lab)
    return "held"


def asks_for_a_wire(lab: Laboratory) -> int:
    """Use the wire without the need for it."""
    return lab.wire.traffic().round_trips


def raises_nothing(_lab: Laboratory) -> dict[str, int]:
    """Return an outcome of another shape than the prediction asks for."""
    return {"other": 1}


def drifts(lab: Laboratory) -> int:
    """Count products."""
    return int(lab.observe(COUNT)[0][0])


async def drifts_async(lab: AsyncLaboratory) -> int:
    """Count products and one more."""
    return int((await lab.observe(COUNT))[0][0]) + 1


def planted(name: str, run: Callable[[Laboratory], object], expects: object, **more: object) -> Experiment:
    """Return an experiment for blocking drivers."""
    claim = Said("mine-1", f"{name} comes out as planted", expects, "Water it.")
    usual = {"dataset": STALL, "run_async": None, "unable": only_sync, "claims": (claim,)}
    question = f"What becomes of {name}?"
    return Experiment(name=name, question=question, run=run, expects=expects, **(usual | more))


EXPERIMENTS = [
    planted("writes", writes, 5, run_async=writes_async, unable=lambda _: None),
    planted("writes_again", writes, 5, run_async=writes_async, unable=lambda _: None),
    planted(
        "alternates", alternates, "heads", repeats=4, explained="A coin has two sides.", explained_at=("pysqlite",)
    ),
    planted("raises", raises, 1),
    planted("hangs", hangs, 1, limit_s=0.5),
    planted("dies", dies, 1),
    planted("returns_an_object", returns_an_object, 1),
    planted("leaves_a_connection", leaves_a_connection, "held"),
    planted("counts_connections", counts_connections, [0, 1, 0]),
    planted("asks_for_a_wire", asks_for_a_wire, 1),
    planted("leaves_one_at_first", leaves_one_at_first, "held", repeats=2),
    planted("is_misjudged", raises_nothing, Prediction("a key", lambda found: found["key"] == 1)),
    planted("drifts", drifts, 4, run_async=drifts_async, unable=lambda _: None),
]
