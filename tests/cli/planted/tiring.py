"""A variant that passes the proofs and gives up after some calls in one process."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

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


CALLS = count()


def strain() -> None:
    """Raise when it is called too often."""
    if next(CALLS) > 20:
        message = "worn out"
        raise RuntimeError(message)


def steady(db: Database, key: int) -> str | None:
    """Select a title."""
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def steady_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title."""
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


def tiring(db: Database, key: int) -> str | None:
    """Select a title as long as strength lasts."""
    strain()
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def tiring_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title as long as strength lasts."""
    strain()
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


SCENARIO = Scenario(
    name="tiring",
    variants=[Variant("steady", steady, steady_async), Variant("tiring", tiring, tiring_async)],
    baseline="steady",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
