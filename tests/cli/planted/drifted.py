"""Planted: the async twin sorts by another column."""

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


def page(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Read one book."""
    with db.session() as session:
        books = session.scalars(select(Book).where(Book.id == key).order_by(Book.id))
        return [(book.id, book.title) for book in books]


async def page_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Read one book."""
    async with db.session() as session:
        books = await session.scalars(select(Book).where(Book.id == key).order_by(Book.title))
        return [(book.id, book.title) for book in books]


SCENARIO = Scenario(
    name="drifted",
    variants=[Variant("page", page, page_async)],
    baseline="page",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
