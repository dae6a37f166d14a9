"""A variant that waits for ever outside of the database, where several operations are in flight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from threading import Event, current_thread, main_thread

from sqlalchemy import Connection, String, select
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


def steady(db: Database, key: int) -> str | None:
    """Select a title."""
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def steady_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title."""
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


def wait_in_a_thread() -> None:
    """Never come back, but in the main thread."""
    if current_thread() is not main_thread():
        Event().wait()


def waiting(db: Database, key: int) -> str | None:
    """Select a title when all others have waited."""
    wait_in_a_thread()
    with db.session() as session:
        return session.scalar(select(Book.title).where(Book.id == key))


async def waiting_async(db: AsyncDatabase, key: int) -> str | None:
    """Select a title when all others have waited."""
    wait_in_a_thread()
    async with db.session() as session:
        return await session.scalar(select(Book.title).where(Book.id == key))


def outcome(connection: Connection, key: int) -> str | None:
    """Read what the operation read: with an outcome the proofs have a rush."""
    return connection.scalar(select(Book.title).where(Book.id == key))


SCENARIO = Scenario(
    name="rushing",
    variants=[
        Variant("steady", steady, steady_async),
        Variant("waiting", waiting, waiting_async, conditions=lambda usual: replace(usual, in_flight=2)),
    ],
    baseline="steady",
    dataset=Dataset("shelf", Base.metadata, {"small": 100}, chunks),
    key=lambda _parameters, rows, random: random.randint(1, rows),
    outcome=outcome,
    limit_s=2.0,
)
