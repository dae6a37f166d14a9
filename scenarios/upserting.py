"""Write rows of which half are there already: look first, or let the database decide?

A delivery of articles: those in stock become more, the others are new. Looking first is one SELECT for all of them and
then entities; an upsert leaves the choice to the database, with one statement that holds every row or with one that is
executed for many rows. Afterwards the stock is the same. Says nothing about two deliveries at the same time, where
looking first can fail with a duplicate and an upsert cannot.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, String, bindparam, insert, select
from sqlalchemy.dialects import mysql, postgresql, sqlite

from bench.core.claims import Claim, Faster, Parameters, Statements
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import DEPOT, DepotSize, Row, StockItem, Template, a_batch, empty, table_of

STOCK = table_of(StockItem)
IN_STOCK = 50
"""How much there is of an article that is there already."""

HELD = select(StockItem).where(StockItem.sku.in_(bindparam("skus", expanding=True)))
ARRANGED = insert(STOCK).from_select(
    ["sku", "name", "quantity"],
    select(
        bindparam("prefix", type_=String()).concat(Template.code),
        Template.name,
        bindparam("quantity", type_=Integer()),
    ).where(Template.id <= bindparam("count", type_=Integer()), Template.id % 2 == 0),
)
OUTCOME = (
    select(STOCK.c.sku, STOCK.c.name, STOCK.c.quantity)
    .where(STOCK.c.sku.startswith(bindparam("prefix", type_=String())))
    .order_by(STOCK.c.sku)
)


def _of_sqlite(rows: list[Row] | None = None) -> sqlite.Insert:
    statement = sqlite.insert(STOCK) if rows is None else sqlite.insert(STOCK).values(rows)
    return statement.on_conflict_do_update(
        index_elements=["sku"], set_={"quantity": STOCK.c.quantity + statement.excluded.quantity}
    )


def _of_postgresql(rows: list[Row] | None = None) -> postgresql.Insert:
    statement = postgresql.insert(STOCK) if rows is None else postgresql.insert(STOCK).values(rows)
    return statement.on_conflict_do_update(
        index_elements=["sku"], set_={"quantity": STOCK.c.quantity + statement.excluded.quantity}
    )


def _of_mysql(rows: list[Row] | None = None) -> mysql.Insert:
    statement = mysql.insert(STOCK) if rows is None else mysql.insert(STOCK).values(rows)
    return statement.on_duplicate_key_update(quantity=STOCK.c.quantity + statement.inserted.quantity)


UPSERT_OF = {"sqlite": _of_sqlite, "postgresql": _of_postgresql, "mariadb": _of_mysql, "mysql": _of_mysql}
"""What makes an upsert of given rows, by the name of the dialect; each has its own syntax."""
UPSERT = {dialect: upsert_of() for dialect, upsert_of in UPSERT_OF.items()}
"""The upsert of one row."""


class Consignment(NamedTuple):
    """What one operation writes: articles with a number each, and what their numbers begin with."""

    prefix: str
    skus: dict[str, list[str]]
    rows: list[Row]


def a_consignment(parameters: Parameters, _size: DepotSize, random: Random) -> Consignment:
    """Draw so many articles, of which every second is in stock, in any order."""
    prefix = f"{a_batch(random)}-"
    numbers = list(range(1, int(parameters["rows"]) + 1))
    random.shuffle(numbers)
    rows: list[Row] = [
        {"sku": f"{prefix}{number:04d}", "name": f"Article {number}", "quantity": random.randint(1, 9)}
        for number in numbers
    ]
    return Consignment(prefix, {"skus": [row["sku"] for row in rows]}, rows)


def select_then_write(db: Database, consignment: Consignment) -> int:
    """One SELECT for those in stock; entities are changed or added."""
    with db.session() as session:
        held = {item.sku: item for item in session.scalars(HELD, consignment.skus).all()}
        for row in consignment.rows:
            item = held.get(row["sku"])
            if item is None:
                session.add(StockItem(**row))
            else:
                item.quantity += row["quantity"]
        session.commit()
        return len(consignment.rows)


async def select_then_write_async(db: AsyncDatabase, consignment: Consignment) -> int:
    """One SELECT for those in stock; entities are changed or added."""
    async with db.session() as session:
        held = {item.sku: item for item in (await session.scalars(HELD, consignment.skus)).all()}
        for row in consignment.rows:
            item = held.get(row["sku"])
            if item is None:
                session.add(StockItem(**row))
            else:
                item.quantity += row["quantity"]
        await session.commit()
        return len(consignment.rows)


def upsert_values(db: Database, consignment: Consignment) -> int:
    """One upsert that holds all rows (`values(list)`)."""
    with db.session() as session:
        session.execute(UPSERT_OF[db.engine.dialect.name](consignment.rows))
        session.commit()
        return len(consignment.rows)


async def upsert_values_async(db: AsyncDatabase, consignment: Consignment) -> int:
    """One upsert that holds all rows (`values(list)`)."""
    async with db.session() as session:
        await session.execute(UPSERT_OF[db.engine.dialect.name](consignment.rows))
        await session.commit()
        return len(consignment.rows)


def upsert_executemany(db: Database, consignment: Consignment) -> int:
    """An upsert of one row, executed for all rows (executemany)."""
    with db.session() as session:
        session.execute(UPSERT[db.engine.dialect.name], consignment.rows)
        session.commit()
        return len(consignment.rows)


async def upsert_executemany_async(db: AsyncDatabase, consignment: Consignment) -> int:
    """An upsert of one row, executed for all rows (executemany)."""
    async with db.session() as session:
        await session.execute(UPSERT[db.engine.dialect.name], consignment.rows)
        await session.commit()
        return len(consignment.rows)


def arrange(connection: Connection, consignments: Sequence[Consignment]) -> None:
    """Have every second article of each consignment in stock, and nothing else."""
    empty(connection, StockItem)
    count = len(consignments[0].rows)
    prefixes = {consignment.prefix for consignment in consignments}
    values = [{"prefix": prefix, "quantity": IN_STOCK, "count": count} for prefix in prefixes]
    connection.execute(ARRANGED, values)


def outcome(connection: Connection, consignment: Consignment) -> list[tuple[Any, ...]]:
    """Return what is in stock of these articles."""
    return [tuple(row) for row in connection.execute(OUTCOME, {"prefix": consignment.prefix})]


CLAIMS = (
    Claim(
        "C37",
        "an upsert with values(list) of up to 1,000 rows is one statement",
        Statements("upsert_values", 1),
        "Keep lists short: every value is a bound parameter, and drivers end at 32,767 or 65,535 of them.",
    ),
    Claim(
        "C37",
        "an upsert with values(list) is faster than executemany",
        Faster("upsert_values", "upsert_executemany"),
        "Look at long lists too: a statement of another length is compiled anew.",
    ),
    Claim(
        "C37",
        "an upsert with values(list) is faster than looking first",
        Faster("upsert_values", "select_then_write"),
        "Prefer an upsert whatever it costs where two writers can meet: looking first is a race.",
    ),
)

SCENARIO = Scenario(
    name="upserting",
    variants=(
        Variant("select_then_write", select_then_write, select_then_write_async),
        Variant("upsert_values", upsert_values, upsert_values_async),
        Variant(
            "upsert_executemany",
            upsert_executemany,
            upsert_executemany_async,
            other_sql={
                "psycopg2": "SQLAlchemy writes many rows into one VALUES list here: psycopg2's executemany is slow"
            },
        ),
    ),
    baseline="select_then_write",
    dataset=DEPOT,
    key=a_consignment,
    parameters={"rows": (1, 100, 1_000)},
    smoke=None,
    quick=None,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
