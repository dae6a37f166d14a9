"""What asyncpg does when it first meets a type of the user's own, and whether JIT makes that slow."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import text

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Place
from bench.core.engines import open_async_database
from bench.core.experiments import Experiment, Need, Prediction, Said
from bench.core.laboratory import AsyncLaboratory
from scenarios.experiments.stall import STALL

MOOD = text("CREATE TYPE mood AS ENUM ('well', 'unwell')")
FORGET = text("DROP TYPE mood")
ASK = text("SELECT CAST('well' AS mood)")
JIT = text("SELECT pg_jit_available()")
SLOW_MS = 100.0


async def first_type(lab: AsyncLaboratory) -> dict[str, Any]:
    """Select an enum on a fresh connection, twice, with JIT on and off; count round trips and milliseconds.

    Where the server was built without JIT the setting can still be on, and only the round trips tell.
    """
    await lab.observe(MOOD)
    found: dict[str, Any] = {}
    for jit in ("on", "off"):
        arguments = dict(lab.route.arguments)
        arguments["server_settings"] = {**arguments.get("server_settings", {}), "jit": jit}
        db = open_async_database(Connection(lab.route.driver_name, lab.route.url, arguments), Conditions())
        async with db.engine.connect() as connection:
            found["jit_available"] = (await connection.execute(JIT)).scalar_one()
            for time_of_asking in ("first", "second"):
                before, began_s = lab.wire.traffic().round_trips, time.perf_counter()
                await connection.execute(ASK)
                found[f"jit_{jit}_{time_of_asking}"] = {
                    "ms": round(1000 * (time.perf_counter() - began_s), 1),
                    "round_trips": lab.wire.traffic().round_trips - before,
                }
        await db.close()
    await lab.observe(FORGET)
    return found


def only_asyncpg(place: Place) -> str | None:
    """Return why other drivers are left out."""
    return None if place.driver.name == "asyncpg" else "asyncpg alone asks the server about types when it meets them"


def slower_ms(found: dict[str, Any]) -> float:
    """Return how much longer the first use takes with JIT."""
    return float(found["jit_on_first"]["ms"] - found["jit_off_first"]["ms"])


def asks_alike(found: dict[str, Any]) -> bool:
    """Tell whether asyncpg asks no more with JIT: to switch it off and on again takes two round trips."""
    return bool(found["jit_on_first"]["round_trips"] == found["jit_off_first"]["round_trips"])


EXPERIMENTS = [
    Experiment(
        name="first_type",
        question="Is the first use of an enum on a connection slow where the server compiles queries?",
        dataset=STALL,
        needs=Need.WIRE,
        run=None,
        run_async=first_type,
        unable=only_asyncpg,
        # True of old asyncpg; a newer one switches JIT off for its own question.
        expects=Prediction("not by 100 ms", lambda found: slower_ms(found) < SLOW_MS),
        claims=(
            Said(
                "C109",
                "asyncpg leaves JIT on while it asks the server about a type, which takes hundreds of milliseconds",
                Prediction("as many round trips with JIT as without", asks_alike),
                "Warm connections up before they are measured; JIT need not be switched off for the sake of types.",
            ),
        ),
    ),
]
