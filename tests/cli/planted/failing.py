"""One variant alone, which passes the proofs and gives up after some calls in one process."""

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


CALLS = count(1)
LAST_GOOD = 19


def strain() -> None:
    """Raise from the 20th call on."""
    if next(CALLS) > LAST_GOOD:
        message = "worn out"
        raise RuntimeError(message)


def title(db: Database, key: int) -> str | None:
    """Select a title as long as strength lasts."""
    strain()
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def title_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title as long as strength lasts."""
    strain()
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


SCENARIO = Scenario(
    name="failing",
    variants=[Variant("title", title, title_async)],
    baseline="title",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(2, rows),
)
