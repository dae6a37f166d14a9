"""A tiny scenario of its own for the tests of this room: get a book by its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from sqlalchemy import String
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


def get(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Get an entity."""
    with db.session() as session:
        book = session.get_one(Book, key)
        return [(book.id, book.title)]


async def get_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Get an entity."""
    async with db.session() as session:
        book = await session.get_one(Book, key)
        return [(book.id, book.title)]


def draw_key(_parameters: object, rows: int, random: Random) -> int:
    """Draw the key of any row."""
    return random.randint(1, rows)


def lacks(parameters: Mapping[str, Any], rows: int) -> str | None:
    """Leave out the shelves that the data do not fill."""
    return f"needs {parameters['shelf'] * 50} books" if parameters["shelf"] * 50 > rows else None


SCENARIO = Scenario(
    name="shelf",
    variants=[Variant("get", get, get_async), Variant("again", get, get_async)],
    baseline="get",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=draw_key,
    parameters={"shelf": [1, 2, 3]},
    quick={"shelf": [1]},
    lacks=lacks,
)
