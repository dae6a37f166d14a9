"""A scenario that stands still where ORMBENCH_TEST_HALT_AT says: in `seeding`, or in the `proofs`."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

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


TIMES = count()
"""It stands still once."""


def stand_still(moment: str) -> None:
    """Tell that the moment has come by a file, and wait until somebody removes it."""
    mark = os.environ.get("ORMBENCH_TEST_HALT")
    if mark and os.environ.get("ORMBENCH_TEST_HALT_AT") == moment and next(TIMES) == 0:
        Path(mark).touch()
        while Path(mark).exists():
            time.sleep(0.01)


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield the rows in two pieces."""
    books = [(number, f"book {number}") for number in range(1, rows + 1)]
    yield Base.metadata.tables["book"], books[:10]
    stand_still("seeding")
    yield Base.metadata.tables["book"], books[10:]


def title(db: Database, key: int) -> str | None:
    """Select a title."""
    stand_still("proofs")
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def title_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title."""
    stand_still("proofs")
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


SCENARIO = Scenario(
    name="standing",
    variants=[Variant("title", title, title_async)],
    baseline="title",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(1, rows),
)
