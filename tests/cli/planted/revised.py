"""A scenario of a user's own repository; what differs between its revisions stands in `wording.py` beside it."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import String, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from wording import EXTRA, GREETING, TIMES

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


def title(db: Database, key: int) -> str | None:
    """Select a title."""
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def title_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title."""
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


def often(db: Database, key: int) -> str | None:
    """Select a title as often as the revision says."""
    with db.session() as session:
        for _ in range(TIMES):
            found = session.scalar(select(Book.title).where(Book.id == key))
        return found


async def often_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title as often as the revision says."""
    async with db.session() as session:
        for _ in range(TIMES):
            found = await session.scalar(select(Book.title).where(Book.id == key))
        return found


def greet(db: Database, key: int) -> str:
    """Answer with the words of the revision."""
    with db.session() as session:
        return f"{GREETING} {session.scalar(select(Book.title).where(Book.id == key))}"


async def greet_async(db: AsyncDatabase, key: int) -> str:
    """Answer with the words of the revision."""
    async with db.session() as session:
        return f"{GREETING} {await session.scalar(select(Book.title).where(Book.id == key))}"


SCENARIO = Scenario(
    name="revised",
    variants=[
        Variant("title", title, title_async),
        Variant("often", often, often_async),
        Variant("greet", greet, greet_async, answers="a greeting"),
        Variant(EXTRA, title, title_async),
    ],
    baseline="title",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
