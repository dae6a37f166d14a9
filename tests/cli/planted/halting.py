"""Two groups; the second stands still while the file exists that ORMBENCH_TEST_HALT names."""

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


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield all rows at once."""
    yield Base.metadata.tables["book"], [(number, f"book {number}") for number in range(1, rows + 1)]


CALLS = count()
CALL = 20
"""Every case of a group is performed six times at least, however slow the machine is: this call always comes."""


def halt(shelf: int) -> None:
    """Tell that measuring is under way by a file, and wait until somebody removes it."""
    mark = os.environ.get("ORMBENCH_TEST_HALT")
    if mark and shelf == 2 and next(CALLS) == CALL:
        Path(mark).touch()
        while Path(mark).exists():
            time.sleep(0.01)


def title(db: Database, key: tuple[int, int]) -> str | None:
    """Select a title."""
    halt(key[0])
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key[1]))


async def title_async(db: AsyncDatabase, key: tuple[int, int]) -> str | None:
    """Select a title."""
    halt(key[0])
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key[1]))


SCENARIO = Scenario(
    name="halting",
    variants=[Variant("title", title, title_async)],
    baseline="title",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda parameters, rows, random: (parameters["shelf"], random.randint(1, rows)),
    parameters={"shelf": [1, 2]},
)
