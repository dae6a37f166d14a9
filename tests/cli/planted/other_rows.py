"""Planted: one variant returns the rows in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.dataset import Chunk, Dataset


class Base(DeclarativeBase):
    """The models of this file."""


class Book(Base):
    """A row to read."""

    __tablename__ = "book"
    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(40))


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield all rows at once."""
    yield Base.metadata.tables["book"], [(number, f"book {number}") for number in range(1, rows + 1)]


def upwards(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Read the books up to the key, sorted."""
    with db.session() as session:
        rows = session.execute(select(Book.id, Book.title).where(Book.id <= key).order_by(Book.id))
        return [tuple(row) for row in rows]


async def upwards_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Read the books up to the key, sorted."""
    async with db.session() as session:
        rows = await session.execute(select(Book.id, Book.title).where(Book.id <= key).order_by(Book.id))
        return [tuple(row) for row in rows]


def downwards(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Read the books up to the key, sorted the other way round."""
    with db.session() as session:
        rows = session.execute(select(Book.id, Book.title).where(Book.id <= key).order_by(Book.id.desc()))
        return [tuple(row) for row in rows]


async def downwards_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Read the books up to the key, sorted the other way round."""
    async with db.session() as session:
        rows = await session.execute(select(Book.id, Book.title).where(Book.id <= key).order_by(Book.id.desc()))
        return [tuple(row) for row in rows]


SCENARIO = Scenario(
    name="other_rows",
    variants=[Variant("upwards", upwards, upwards_async), Variant("downwards", downwards, downwards_async)],
    baseline="upwards",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
