"""Read one user, or a page of 1,000: what does each layer add, from the bare driver to the serialised answer?

The same rows through the driver alone, SQLAlchemy Core, ORM columns, ORM entities, and on to JSON as a web framework
writes it: a lookup shows the cost of a statement, a page the cost of a row. All layers work in autocommit mode, so that
BEGIN and ROLLBACK, which SQLAlchemy sends by default, are not taken for a cost of its layers. The bare driver keeps
one connection; the others take one of the pool for each operation and give it back. Says nothing about writing, and
nothing about drivers under load, where the layers of many requests compete for one processor.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from pydantic import BaseModel, TypeAdapter
from sqlalchemy import ColumnElement, Select, bindparam, select

from bench.core.claims import Parameters
from bench.core.conditions import Conditions, Loop
from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from scenarios.layers_bare import Question, Records, Values, fetch, fetch_async
from scenarios.layers_claims import CLAIMS, is_lookup
from scenarios.shop import User
from scenarios.shop_data import SHOP, ShopSize

PAGE_ROWS = 1_000
USERS = User.__table__
NAMES = USERS.columns.keys()
USER: attrgetter[tuple[Any, ...]] = attrgetter(*NAMES)


class UserOut(BaseModel):
    """A user as an interface shows it."""

    id: int
    name: str
    email: str
    active: bool
    created_at: datetime


ANSWER = TypeAdapter(list[UserOut])


class Work(NamedTuple):
    """One question to all layers."""

    bare: Question
    core: Select[Any]
    columns: Select[Any]
    entities: Select[Any]


def _work(where: str, condition: ColumnElement[bool]) -> Work:
    """Return the question as each layer asks it; built once, because what is timed is its execution."""
    return Work(
        bare=Question.of(f"SELECT {', '.join(NAMES)} FROM users WHERE {where} ORDER BY id"),
        core=select(USERS).where(condition).order_by(USERS.c.id),
        columns=select(*(getattr(User, name) for name in NAMES)).where(condition).order_by(User.id),
        entities=select(User).where(condition).order_by(User.id),
    )


WORK = {
    "get": _work("id = {}", User.id == bindparam("low")),
    "page": _work("id BETWEEN {} AND {}", User.id.between(bindparam("low"), bindparam("high"))),
}


class Ask(NamedTuple):
    """What one operation asks for: a question and its values, for SQLAlchemy and for the driver alone."""

    work: Work
    bound: dict[str, int]
    values: Values


def an_ask(parameters: Parameters, size: ShopSize, random: Random) -> Ask:
    """Draw a user, or a run of neighbouring users."""
    work = str(parameters["work"])
    if is_lookup(parameters):
        bound = {"low": random.randint(1, size.users)}
    else:
        low = random.randint(1, size.users - PAGE_ROWS + 1)
        bound = {"low": low, "high": low + PAGE_ROWS - 1}
    return Ask(WORK[work], bound, tuple(bound.values()))


def driver(db: Database, ask: Ask) -> Records:
    """The driver alone."""
    return fetch(db.bare(), ask.work.bare, ask.values)


async def driver_async(db: AsyncDatabase, ask: Ask) -> Records:
    """The driver alone."""
    return await fetch_async(await db.bare(), ask.work.bare, ask.values)


def unprepared(db: Database, ask: Ask) -> Records:
    """The driver alone, without prepared statements."""
    return fetch(db.bare(), ask.work.bare, ask.values)


async def unprepared_async(db: AsyncDatabase, ask: Ask) -> Records:
    """The driver alone, without prepared statements."""
    return await fetch_async(await db.bare(), ask.work.bare, ask.values)


def on_asyncio(db: Database, ask: Ask) -> Records:
    """The driver alone, on asyncio's own event loop."""
    return fetch(db.bare(), ask.work.bare, ask.values)


async def on_asyncio_async(db: AsyncDatabase, ask: Ask) -> Records:
    """The driver alone, on asyncio's own event loop."""
    return await fetch_async(await db.bare(), ask.work.bare, ask.values)


def core(db: Database, ask: Ask) -> Records:
    """SQLAlchemy Core."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(ask.work.core, ask.bound).all()]


async def core_async(db: AsyncDatabase, ask: Ask) -> Records:
    """SQLAlchemy Core."""
    async with db.engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(ask.work.core, ask.bound)).all()]


def columns(db: Database, ask: Ask) -> Records:
    """ORM: columns through a session."""
    with db.session() as session:
        return [tuple(row) for row in session.execute(ask.work.columns, ask.bound).all()]


async def columns_async(db: AsyncDatabase, ask: Ask) -> Records:
    """ORM: columns through a session."""
    async with db.session() as session:
        return [tuple(row) for row in (await session.execute(ask.work.columns, ask.bound)).all()]


def entities(db: Database, ask: Ask) -> Records:
    """ORM: entities."""
    with db.session() as session:
        return [USER(user) for user in session.scalars(ask.work.entities, ask.bound).all()]


async def entities_async(db: AsyncDatabase, ask: Ask) -> Records:
    """ORM: entities."""
    async with db.session() as session:
        return [USER(user) for user in (await session.scalars(ask.work.entities, ask.bound)).all()]


def serialised(db: Database, ask: Ask) -> bytes:
    """ORM: entities, validated and written as JSON (pydantic)."""
    with db.session() as session:
        users = session.scalars(ask.work.entities, ask.bound).all()
        return ANSWER.dump_json(ANSWER.validate_python(users, from_attributes=True))


async def serialised_async(db: AsyncDatabase, ask: Ask) -> bytes:
    """ORM: entities, validated and written as JSON (pydantic)."""
    async with db.session() as session:
        users = (await session.scalars(ask.work.entities, ask.bound)).all()
        return ANSWER.dump_json(ANSWER.validate_python(users, from_attributes=True))


def without_preparing(place: Place, _parameters: Parameters) -> str | None:
    """Return why a driver cannot be told to prepare nothing, or None."""
    if place.driver.name in {"psycopg", "psycopg_async", "asyncpg"}:
        return None
    if place.driver.family == "sqlite":
        return "SQLite is a library in the process: there is no server that statements could be prepared on"
    return "this driver sends every statement as text: there is nothing to leave out"


def without_loop(place: Place, _parameters: Parameters) -> str | None:
    """Return why a driver has no event loop to change, or None."""
    return "a driver that blocks has no event loop" if place.driver.mode is Mode.SYNC else None


OWN_CALLS = Divergence("every driver has calls of its own: see `layers_bare`")

SCENARIO = Scenario(
    name="layers",
    variants=(
        Variant("driver", driver, driver_async, divergence=OWN_CALLS, bare=True),
        Variant(
            "driver_unprepared",
            unprepared,
            unprepared_async,
            divergence=OWN_CALLS,
            bare=True,
            conditions=lambda given: replace(given, statement_cache=0),
            unable=without_preparing,
        ),
        Variant(
            "driver_asyncio",
            on_asyncio,
            on_asyncio_async,
            divergence=OWN_CALLS,
            bare=True,
            conditions=lambda given: replace(given, loop=Loop.ASYNCIO),
            unable=without_loop,
        ),
        Variant("core", core, core_async),
        Variant("orm_columns", columns, columns_async),
        Variant("orm_entities", entities, entities_async),
        Variant("serialised", serialised, serialised_async, answers="the rows as JSON"),
    ),
    baseline="orm_entities",
    dataset=SHOP,
    key=an_ask,
    parameters={"work": ("get", "page")},
    smoke=None,
    quick={"work": ("get",)},
    conditions=lambda _: Conditions(isolation_level="AUTOCOMMIT"),
    compares_layers=True,
    claims=CLAIMS,
)
