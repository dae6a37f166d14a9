"""The server goes away and comes back, three ways; the rows stay."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from bench.core.caught import Caught
from bench.core.contract import Divergence
from bench.core.experiments import Experiment, Need, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL, Customer

ONE = select(Customer.id).where(Customer.id == 1)


def lose(lab: Laboratory) -> dict[str, Any]:
    """Kill the server, stop it, cut the wire; each time ask, start what is away, and ask again."""
    with lab.db.session() as session:
        found: dict[str, Any] = {"first": session.scalar(ONE), "round_trips": lab.wire.traffic().round_trips > 0}
    for name, fault in (("kill", lab.server.kill), ("stop", lab.server.stop), ("cut", lab.wire.cut)):
        fault()
        with Caught() as away, lab.db.session() as session:
            session.scalar(ONE)
        lab.server.start()
        with lab.db.session() as session:
            again = session.scalar(ONE)
        found[name] = {"lost": away.facts.get("is_disconnect"), "again": again}
    return {**found, "open": lab.connections()}


async def lose_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Kill the server, stop it, cut the wire; each time ask, start what is away, and ask again."""
    async with lab.db.session() as session:
        found: dict[str, Any] = {"first": await session.scalar(ONE), "round_trips": lab.wire.traffic().round_trips > 0}
    for name, fault in (("kill", lab.server.kill), ("stop", lab.server.stop), ("cut", lab.wire.cut)):
        await fault()
        with Caught() as away:
            async with lab.db.session() as session:
                await session.scalar(ONE)
        await lab.server.start()
        async with lab.db.session() as session:
            again = await session.scalar(ONE)
        found[name] = {"lost": away.facts.get("is_disconnect"), "again": again}
    return {**found, "open": await lab.connections()}


def leave_broken(lab: Laboratory) -> int:
    """Kill the server, hold the wire, and leave it at that."""
    with lab.db.session() as session:
        found = session.scalar(ONE)
    lab.wire.pause()
    lab.server.kill()
    return int(found or 0)


async def leave_broken_async(lab: AsyncLaboratory) -> int:
    """Kill the server, hold the wire, and leave it at that."""
    async with lab.db.session() as session:
        found = await session.scalar(ONE)
    await lab.wire.pause()
    await lab.server.kill()
    return int(found or 0)


def planted(name: str, run: Any, run_async: Any, expects: object) -> Experiment:  # noqa: ANN401 - bodies differ in type
    """Return an experiment with faults."""
    return Experiment(
        name=name,
        question="Is a lost connection told as lost, and is everything well when the server is back?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=run,
        run_async=run_async,
        divergence=Divergence("an async session is entered by a block of its own"),
        expects=expects,
        claims=(Said("mine-2", "it is", expects),),
    )


LOST = {"lost": True, "again": 1}
EXPECTED = {"first": 1, "round_trips": True, "kill": LOST, "stop": LOST, "cut": LOST, "open": 1}

EXPERIMENTS = [
    planted("losses", lose, lose_async, EXPECTED),
    planted("left_broken", leave_broken, leave_broken_async, 1),
    planted("losses_again", lose, lose_async, EXPECTED),
]
