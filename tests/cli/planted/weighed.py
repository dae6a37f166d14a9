"""Get a book, and weigh what that takes: one variant works, the other reads a table that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from sqlalchemy import String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.dataset import Chunk, Dataset


class Base(DeclarativeBase):
    """The models of this file."""


class Book(Base):
    """A row to get."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(40))


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield all rows at once."""
    yield Base.metadata.tables["book"], [(number, f"book {number}") for number in range(1, rows + 1)]


def draw_key(_parameters: object, rows: int, random: Random) -> int:
    """Draw the key of any row."""
    return random.randint(1, rows)


def get(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Get an entity by its key."""
    with db.session() as session:
        book = session.get_one(Book, key)
        return [(book.id, book.title)]


async def get_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Get an entity by its key."""
    async with db.session() as session:
        book = await session.get_one(Book, key)
        return [(book.id, book.title)]


def broken(db: Database, _key: int) -> object:
    """Read a table that is not there."""
    with db.session() as session:
        return session.scalar(text("SELECT title FROM missing"))


async def broken_async(db: AsyncDatabase, _key: int) -> object:
    """Read a table that is not there."""
    async with db.session() as session:
        return await session.scalar(text("SELECT title FROM missing"))


SCENARIO = Scenario(
    name="weighed",
    variants=[Variant("get", get, get_async), Variant("broken", broken, broken_async)],
    baseline="get",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=draw_key,
    weighs_memory=True,
)
