"""A get by key, and the same get made 5 % slower: does the harness see what is there, and only that?

Every slot is a group of its own with the same work, so that there are enough A/A twins to count how many of their
intervals hold the true ratio, which is 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from time import perf_counter_ns
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.dataset import Chunk, Dataset

ROWS = 1_000
SLOTS = 70
"""With three backends 210 groups."""
SLOWDOWN = 1.05


class Base(DeclarativeBase):
    """The models of this file."""


class Item(Base):
    """A row to get by its key."""

    __tablename__ = "calibration_item"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


def chunks(rows: int, _seed: int) -> Iterator[Chunk]:
    """Yield all rows at once."""
    yield Base.metadata.tables[Item.__tablename__], [(number, f"item {number}") for number in range(1, rows + 1)]


def hold_until(deadline_ns: float) -> None:
    """Keep the processor busy until a point in time, as slower code would."""
    while perf_counter_ns() < deadline_ns:
        pass


def get(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Get an entity by its key."""
    with db.session() as session:
        item = session.get_one(Item, key)
        return [(item.id, item.name)]


async def get_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Do the same and yield to the event loop."""
    async with db.session() as session:
        item = await session.get_one(Item, key)
        return [(item.id, item.name)]


def slowed(db: Database, key: int) -> list[tuple[Any, ...]]:
    """Do the same and then waste 5 % of the time it took."""
    start_ns = perf_counter_ns()
    with db.session() as session:
        item = session.get_one(Item, key)
        answer = [(item.id, item.name)]
    hold_until(start_ns + SLOWDOWN * (perf_counter_ns() - start_ns))
    return answer


async def slowed_async(db: AsyncDatabase, key: int) -> list[tuple[Any, ...]]:
    """Do the same and yield to the event loop."""
    start_ns = perf_counter_ns()
    async with db.session() as session:
        item = await session.get_one(Item, key)
        answer = [(item.id, item.name)]
    hold_until(start_ns + SLOWDOWN * (perf_counter_ns() - start_ns))
    return answer


def draw_key(_parameters: object, rows: int, random: Random) -> int:
    """Draw the key of any row."""
    return random.randint(1, rows)


SCENARIO = Scenario(
    name="calibration",
    variants=[Variant("get", get, get_async), Variant("slowed", slowed, slowed_async)],
    baseline="get",
    dataset=Dataset("calibration", Base.metadata, {"small": ROWS}, chunks),
    key=draw_key,
    parameters={"slot": range(1, SLOTS + 1)},
)
