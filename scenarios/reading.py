"""Read three columns of many rows: what do entities, unneeded columns and the ORM itself cost?

A list that shows three columns of each row, from a table of 5 columns or of 30. Every variant returns the same plain
tuples, so that what a variant adds is what it builds on the way there. The columns shown are numbers and a short text:
`text()` returns what the driver gives, and would have to be told the types of moments and flags. Says nothing about
columns that are large in themselves (documents, images), about relationships, or about cold caches.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, TextClause, bindparam, select, text
from sqlalchemy.orm import load_only

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.ledger import LEDGER, SHEETS, Entry, LedgerSize, Sheet

Row = tuple[Any, ...]
Rows = list[Row]


@dataclass(frozen=True)
class Table:
    """One table: the three attributes that are shown, and a statement for each way to read them."""

    shown: attrgetter[Row]
    entity: Select[Any]
    load_only: Select[Any]
    columns: Select[Any]
    core: Select[Any]
    text: TextClause


SPAN: tuple[BindParameter[int], BindParameter[int]] = bindparam("low"), bindparam("high")


def _table(model: type[Entry | Sheet], *shown: str) -> Table:
    """Return the statements for one table; built once, because what is timed is their execution."""
    entity = select(model).where(model.id.between(*SPAN)).order_by(model.id)
    attributes = [getattr(model, name) for name in shown]
    columns = model.__table__.c
    core = select(*(columns[name] for name in shown)).where(columns.id.between(*SPAN)).order_by(columns.id)
    return Table(
        shown=attrgetter(*shown),
        entity=entity,
        load_only=entity.options(load_only(*attributes)),
        columns=select(*attributes).where(model.id.between(*SPAN)).order_by(model.id),
        core=core,
        # The very text of the Core statement: what differs is that nothing is known about the columns.
        text=text(str(core)),
    )


TABLES = {5: _table(Entry, "id", "amount_cents", "memo"), 30: _table(Sheet, "id", "balance_cents", "title")}
"""The tables by their number of columns."""


class Span(NamedTuple):
    """What one operation asks for: the rows of a table whose ids lie between two bounds."""

    table: Table
    bounds: dict[str, int]


def a_span(parameters: Parameters, size: LedgerSize, random: Random) -> Span:
    """Draw a run of neighbouring rows at a random place."""
    columns, rows = int(parameters["columns"]), int(parameters["rows"])
    there = {5: size.entries, 30: SHEETS}[columns]
    low = random.randint(1, there - rows + 1)
    return Span(TABLES[columns], {"low": low, "high": low + rows - 1})


def entity(db: Database, span: Span) -> Rows:
    """Entities with all of their columns."""
    with db.session() as session:
        return [span.table.shown(row) for row in session.scalars(span.table.entity, span.bounds).all()]


async def entity_async(db: AsyncDatabase, span: Span) -> Rows:
    """Entities with all of their columns."""
    async with db.session() as session:
        return [span.table.shown(row) for row in (await session.scalars(span.table.entity, span.bounds)).all()]


def only(db: Database, span: Span) -> Rows:
    """Entities with the columns that are shown (`load_only`)."""
    with db.session() as session:
        return [span.table.shown(row) for row in session.scalars(span.table.load_only, span.bounds).all()]


async def only_async(db: AsyncDatabase, span: Span) -> Rows:
    """Entities with the columns that are shown (`load_only`)."""
    async with db.session() as session:
        return [span.table.shown(row) for row in (await session.scalars(span.table.load_only, span.bounds)).all()]


def columns(db: Database, span: Span) -> Rows:
    """The columns that are shown, through a session."""
    with db.session() as session:
        return [tuple(row) for row in session.execute(span.table.columns, span.bounds).all()]


async def columns_async(db: AsyncDatabase, span: Span) -> Rows:
    """The columns that are shown, through a session."""
    async with db.session() as session:
        return [tuple(row) for row in (await session.execute(span.table.columns, span.bounds)).all()]


def mappings(db: Database, span: Span) -> Rows:
    """The columns that are shown, as mappings (`mappings()`)."""
    with db.session() as session:
        return [tuple(row.values()) for row in session.execute(span.table.columns, span.bounds).mappings().all()]


async def mappings_async(db: AsyncDatabase, span: Span) -> Rows:
    """The columns that are shown, as mappings (`mappings()`)."""
    async with db.session() as session:
        return [
            tuple(row.values()) for row in (await session.execute(span.table.columns, span.bounds)).mappings().all()
        ]


def core(db: Database, span: Span) -> Rows:
    """The columns that are shown, by Core on a connection."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(span.table.core, span.bounds).all()]


async def core_async(db: AsyncDatabase, span: Span) -> Rows:
    """The columns that are shown, by Core on a connection."""
    async with db.engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(span.table.core, span.bounds)).all()]


def textual(db: Database, span: Span) -> Rows:
    """The same SQL as written text on a connection (`text`)."""
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(span.table.text, span.bounds).all()]


async def textual_async(db: AsyncDatabase, span: Span) -> Rows:
    """The same SQL as written text on a connection (`text`)."""
    async with db.engine.connect() as connection:
        return [tuple(row) for row in (await connection.execute(span.table.text, span.bounds)).all()]


CLAIMS = (
    Claim(
        "C68",
        "selecting only the needed columns is faster than loading entities",
        Faster("columns", "entity"),
        "Select columns where rows are only shown, and entities where they are changed.",
    ),
    Claim(
        "C68",
        "load_only is faster than loading whole entities",
        Faster("load_only", "entity"),
        "Use load_only for entities of wide tables; an attribute that is left out costs a SELECT when it is read.",
    ),
    Claim(
        "C68",
        "most of the gain is skipping the entities: columns are faster than load_only",
        Faster("columns", "load_only"),
        "Ask first whether the code needs entities at all, then which columns it needs.",
    ),
    Claim(
        "C78",
        "text() is faster than the same statement in Core",
        Faster("text", "core"),
        "Choose text() for SQL that is easier to read so, and tell it the types of moments and flags by columns().",
    ),
    Claim(
        "C78",
        "text() is faster than the same columns through a session",
        Faster("text", "columns"),
        "Look at the number of rows before the layer: the layers differ by a cost per statement and one per row.",
    ),
)

SCENARIO = Scenario(
    name="reading",
    variants=(
        Variant("entity", entity, entity_async),
        Variant("load_only", only, only_async),
        Variant("columns", columns, columns_async),
        Variant("mappings", mappings, mappings_async),
        Variant("core", core, core_async),
        Variant("text", textual, textual_async),
    ),
    baseline="entity",
    dataset=LEDGER,
    key=a_span,
    parameters={"rows": (1, 100, 1_000, 10_000), "columns": (5, 30)},
    smoke=None,
    quick=None,
    full={"rows": (1, 1_000)},
    claims=CLAIMS,
)
