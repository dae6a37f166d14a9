"""Planted: the twins are one program, but what it calls sends other SQL to an async driver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Select, String, select
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


def question(db: Database | AsyncDatabase, key: int) -> Select[Any]:
    """Return the statement; this is where the modes part."""
    plain = select(Book.id, Book.title).where(Book.id == key)
    return plain if isinstance(db, Database) else plain.where(Book.id > 0)


def page(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Read one book."""
    with db.session() as session:
        return [tuple(row) for row in session.execute(question(db, key))]


async def page_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Read one book."""
    async with db.session() as session:
        return [tuple(row) for row in await session.execute(question(db, key))]


SCENARIO = Scenario(
    name="other_sql",
    variants=[Variant("page", page, page_async)],
    baseline="page",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
