"""Read one user, or a page of 1,000, by an async driver: what does the greenlet bridge of SQLAlchemy cost?

SQLAlchemy's own code blocks; where it runs on an async driver, every call of the driver switches from a greenlet to the
event loop and back. The bridge alone, around each call of a driver without SQLAlchemy, is compared with the same calls
awaited directly, and with all of Core. How many calls a query takes depends on the driver: one with asyncpg, four with
those of MariaDB and MySQL. One connection, one request at a time: says nothing about many tasks, whose switches are as
many as those of one after the other.
"""

from __future__ import annotations

from sqlalchemy.util import greenlet_spawn

from bench.core.claims import Claim, Faster, Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from scenarios.bridging_calls import fetch_over_bridge
from scenarios.layers import OWN_CALLS, Ask, an_ask
from scenarios.layers_bare import Records, fetch, fetch_async
from scenarios.shop_data import SHOP

ESSENTIALLY = 1.05
"""At most so much longer it may take to be "essentially the same"."""


def awaited(db: Database, ask: Ask) -> Records:
    """The driver alone, awaited."""
    return fetch(db.bare(), ask.work.bare, ask.values)


async def awaited_async(db: AsyncDatabase, ask: Ask) -> Records:
    """The driver alone, awaited."""
    return await fetch_async(await db.bare(), ask.work.bare, ask.values)


def bridged(db: Database, ask: Ask) -> Records:
    """The driver alone, each of its calls made by blocking code in a greenlet (`greenlet_spawn`, `await_only`)."""
    return fetch(db.bare(), ask.work.bare, ask.values)


async def bridged_async(db: AsyncDatabase, ask: Ask) -> Records:
    """The driver alone, each of its calls made by blocking code in a greenlet (`greenlet_spawn`, `await_only`)."""
    return await greenlet_spawn(fetch_over_bridge, await db.bare(), ask.work.bare, ask.values)


def core(db: Database, ask: Ask) -> Records:
    """SQLAlchemy Core, whose every call of the driver goes over the bridge (`AsyncConnection`)."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(ask.work.core, ask.bound).all()]


async def core_async(db: AsyncDatabase, ask: Ask) -> Records:
    """SQLAlchemy Core, whose every call of the driver goes over the bridge (`AsyncConnection`)."""
    async with db.engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(ask.work.core, ask.bound)).all()]


def no_bridge(place: Place, _parameters: Parameters) -> str | None:
    """Return why a driver has no bridge, or None."""
    return "a driver that blocks needs no bridge" if place.driver.mode is Mode.SYNC else None


SCENARIO = Scenario(
    name="bridging",
    variants=(
        Variant("awaited", awaited, awaited_async, divergence=OWN_CALLS, bare=True),
        Variant(
            "bridged",
            bridged,
            bridged_async,
            divergence=Divergence("only drivers that are awaited are called over a bridge"),
            bare=True,
        ),
        Variant("core", core, core_async),
    ),
    baseline="awaited",
    dataset=SHOP,
    key=an_ask,
    parameters={"work": ("get", "page")},
    smoke=None,
    quick=None,
    unable=no_bridge,
    conditions=lambda _: Conditions(isolation_level="AUTOCOMMIT"),
    claims=(
        Claim(
            "C91",
            "a driver that is called over the greenlet bridge takes at most 5 % longer than one that is awaited",
            Faster("bridged", "awaited", times=1 / ESSENTIALLY),
            "Do not leave SQLAlchemy for the sake of its bridge: look at what else it does for a row.",
        ),
        Claim(
            "C91",
            "all of async Core takes at most 5 % longer than the driver alone",
            Faster("core", "awaited", times=1 / ESSENTIALLY),
            "Ask a hot statement of the driver itself only where the difference matters to the whole request.",
        ),
    ),
)
