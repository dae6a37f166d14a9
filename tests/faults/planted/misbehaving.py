"""Variants that harm more than themselves: they hang, leak, write elsewhere, cut connections, keep what they load.

ORMBENCH_TEST_VARIANTS names those that are wanted, where it is not all of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import String, select, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.contract import Divergence, Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.dataset import Chunk, Dataset


class Base(DeclarativeBase):
    """The models of this file."""


class Book(Base):
    """A row to read."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(40))


TITLE = select(Book.title)
DIARY = text("CREATE TABLE IF NOT EXISTS diary (day INTEGER)")
MEMOIRS = ("CREATE TABLE IF NOT EXISTS memoirs (day INTEGER)", "INSERT INTO memoirs VALUES (1)")
CALLS = count()
CALL = 8
"""After those of the proofs; a case is performed so often in each measuring process."""
FAREWELL = text("SELECT pg_terminate_backend(pg_backend_pid())")
FAREWELLS = count()
KEPT: list[Any] = []
WEIGHT = 12 * 2**20


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield all rows at once."""
    yield Base.metadata.tables["book"], [(number, f"book {number}") for number in range(1, rows + 1)]


def draw_key(_parameters: object, rows: int, random: Random) -> int:
    """Draw the key of any row."""
    return random.randint(1, rows)


def stand_still() -> None:
    """Never come back from one of the later times."""
    if next(CALLS) >= CALL:
        time.sleep(600)


def steady(db: Database, key: int) -> str | None:
    """Select a title."""
    with db.session() as session:
        return session.scalar(TITLE.where(Book.id == key))


async def steady_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title."""
    async with db.session() as session:
        return await session.scalar(TITLE.where(Book.id == key))


def hanging(db: Database, key: int) -> str | None:
    """Select a title, and never come back from one of the later times."""
    stand_still()
    with db.session() as session:
        return session.scalar(TITLE.where(Book.id == key))


async def hanging_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title, and never come back from one of the later times."""
    stand_still()
    async with db.session() as session:
        return await session.scalar(TITLE.where(Book.id == key))


def leaking(db: Database, key: int) -> str | None:
    """Select a title on a connection that is never closed."""
    KEPT.append(db.engine.connect())
    return KEPT[-1].scalar(TITLE.where(Book.id == key))


async def leaking_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title on a connection that is never closed."""
    KEPT.append(await db.engine.connect())
    return await KEPT[-1].scalar(TITLE.where(Book.id == key))


def straying(db: Database, key: int) -> str | None:
    """Select a title, and keep a diary of it."""
    with db.session() as session:
        session.execute(DIARY)
        return session.scalar(TITLE.where(Book.id == key))


async def straying_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title, and keep a diary of it."""
    async with db.session() as session:
        await session.execute(DIARY)
        return await session.scalar(TITLE.where(Book.id == key))


def bypassing(db: Database, key: int) -> str | None:
    """Select a title, and write memoirs on the driver's own connection."""
    with closing(db.bare().cursor()) as cursor:
        for statement in MEMOIRS:
            cursor.execute(statement)
    with db.session() as session:
        return session.scalar(TITLE.where(Book.id == key))


async def bypassing_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title, and write memoirs on the driver's own connection."""
    connection = await db.bare()
    for statement in MEMOIRS:
        if hasattr(connection, "execute"):
            await connection.execute(statement)
        else:
            async with connection.cursor() as cursor:
                await cursor.execute(statement)
    async with db.session() as session:
        return await session.scalar(TITLE.where(Book.id == key))


def severing(db: Database, key: int) -> str | None:
    """Select a title, at all but the first times on a connection that it has ended."""
    with db.session() as session:
        if next(FAREWELLS) >= CALL:
            session.execute(FAREWELL)
        return session.scalar(TITLE.where(Book.id == key))


async def severing_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title, at all but the first times on a connection that it has ended."""
    async with db.session() as session:
        if next(FAREWELLS) >= CALL:
            await session.execute(FAREWELL)
        return await session.scalar(TITLE.where(Book.id == key))


def only_postgresql(place: Place, _parameters: object) -> str | None:
    """Return why a place cannot end a connection by a statement."""
    return None if place.kind == "postgresql" else "its statement is PostgreSQL's"


def hoarding(db: Database, key: int) -> str | None:
    """Select a title, and remember a lot of it."""
    KEPT.append(b"x" * WEIGHT)
    with db.session() as session:
        return session.scalar(TITLE.where(Book.id == key))


async def hoarding_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title, and remember a lot of it."""
    KEPT.append(b"x" * WEIGHT)
    async with db.session() as session:
        return await session.scalar(TITLE.where(Book.id == key))


VARIANTS = [
    Variant("steady", steady, steady_async),
    Variant("hanging", hanging, hanging_async),
    Variant("leaking", leaking, leaking_async),
    Variant("straying", straying, straying_async),
    Variant("bypassing", bypassing, bypassing_async, divergence=Divergence("calls of the driver's own"), bare=True),
    Variant("severing", severing, severing_async, unable=only_postgresql),
    Variant("hoarding", hoarding, hoarding_async),
]
WANTED = os.environ.get("ORMBENCH_TEST_VARIANTS", "").split()
SCENARIO = Scenario(
    name="misbehaving",
    variants=[each for each in VARIANTS if each.name in WANTED or not WANTED],
    baseline="steady",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=draw_key,
    limit_s=2.0,
)
