"""Scenarios over the ten notes of the fixture, for the tests of this room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench.core.cases import Group
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.dataset import Chunk, Dataset
from bench.core.drivers import DRIVERS
from bench.measure.proofs import Proof, Prover
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench

Rows = list[tuple[int, str]]


class Base(DeclarativeBase):
    """The tables of these tests."""


class Note(Base):
    """One row of ten; the fixture makes them."""

    __tablename__ = "note"
    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]


def _no_chunks(_size: int, _seed: int) -> Iterator[Chunk]:
    return iter(())


def up_to(_parameters: Mapping[str, Any], size: int, random: Random) -> int:
    """Draw how many notes are asked for, one at least."""
    return random.randint(1, size)


NOTES = Dataset("notes", Base.metadata, {"small": 10}, _no_chunks)
FIRST = select(Note.id, Note.words).where(Note.id <= bindparam("last")).order_by(Note.id)


def plain(db: Database, last: int) -> Rows:
    """The rows."""
    with db.session() as session:
        return [(row.id, row.words) for row in session.execute(FIRST, {"last": last})]


async def plain_async(db: AsyncDatabase, last: int) -> Rows:
    """The rows, awaited."""
    async with db.session() as session:
        return [(row.id, row.words) for row in await session.execute(FIRST, {"last": last})]


PLAIN = Variant("plain", plain, plain_async)


def scenario_of(*variants: Variant, **more: Any) -> Scenario:  # noqa: ANN401 - any field
    """Return the scenario with these variants."""
    fields = {"name": "notes", "baseline": variants[0].name, "dataset": NOTES, "key": up_to}
    return Scenario(variants=variants, **{**fields, **more})


def group_of(*variants: Variant, drivers: tuple[str, ...] = ("pysqlite", "aiosqlite"), **more: Any) -> Group:  # noqa: ANN401 - any field
    """Return the group of these variants on SQLite."""
    return Group(scenario_of(*variants, **more), {}, "sqlite", "sqlite", [DRIVERS[name] for name in drivers])


def proved(bench: Workbench, steward: Steward, group: Group, **more: Any) -> Proof:  # noqa: ANN401 - any field
    """Prove statements, answers and outcomes of the group."""
    return Prover(bench, steward, 10, 1, {}, **more).prove(group)


def found(proof: Proof) -> list[tuple[str, str]]:
    """Return which case failed in which proof."""
    return [(failure.case.partition("[")[2], failure.stage) for failure in proof.failures]
