"""What a table gives: pages without an order, an index on the primary key, and plans that turn generic."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, MetaData, Table, delete, select, text, update
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from bench.core.conditions import Conditions
from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import only_postgresql
from scenarios.experiments.round_trips import RUNS
from scenarios.experiments.stall import CUSTOMERS, ITEMS_EACH, ORDERS_EACH, STALL, Item

PAGE = 4
ROWS = CUSTOMERS * ORDERS_EACH * ITEMS_EACH
IDS = select(Item.id)
PAGINGS: dict[str, Any] = {
    "unordered": lambda seen: IDS.offset(len(seen)).limit(PAGE),
    "ordered": lambda seen: IDS.order_by(Item.id).offset(len(seen)).limit(PAGE),
    "keyset": lambda seen: IDS.order_by(Item.id).where(Item.id > max(seen, default=0)).limit(PAGE),
}
ONE_ITEM = text("INSERT INTO items (id, order_id, product_id, quantity) VALUES (:id, 1, 1, 1)")
NO_CHANGE = text("SELECT 1")
DELETED = delete(Item).where(Item.id == 1)
CHANGES: dict[str, Any] = {
    "none": NO_CHANGE,
    "updated": update(Item).where(Item.id == 1).values(quantity=2),
    "deleted": DELETED,
    "inserted": ONE_ITEM.bindparams(id=1),
}
"""What somebody else does after the first page, to the first row of all."""
BEFORE = {"inserted": DELETED}
"""What is done before the first page: an id is free, as that of a transaction is that commits late."""
INDEXED = Table("indexed", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False, index=True))
INDEXES = {
    "sqlite": text("SELECT count(*) FROM sqlite_master WHERE type = 'index' AND tbl_name = 'indexed'"),
    "postgresql": text("SELECT count(*) FROM pg_indexes WHERE tablename = 'indexed' AND indexname LIKE 'ix%'"),
    "mariadb": text(
        "SELECT count(*) FROM information_schema.statistics WHERE table_schema = database() "
        "AND table_name = 'indexed' AND index_name <> 'PRIMARY'"
    ),
}
INDEXES["mysql"] = INDEXES["mariadb"]
PLANS = text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE 'SELECT items.id%'")


def page_through(lab: Laboratory) -> dict[str, dict[str, list[int]]]:
    """Read twelve rows in pages of four; behind the first page somebody updates, deletes or inserts the first row."""
    found: dict[str, dict[str, list[int]]] = {}
    for change, statement in CHANGES.items():
        found[change] = {}
        for name, page in PAGINGS.items():
            seen: list[int] = []
            lab.observe(BEFORE.get(change, NO_CHANGE))
            with lab.db.engine.connect() as connection:
                for number in range(ROWS // PAGE):
                    seen += (connection.execute(page(seen))).scalars().all()
                    connection.rollback()
                    if number == 0:
                        lab.observe(statement)
            found[change][name] = [ROWS - len(set(seen)), len(seen) - len(set(seen))]
            lab.observe(delete(Item))
            for item in range(1, ROWS + 1):
                lab.observe(ONE_ITEM, {"id": item})
    return found


async def page_through_async(lab: AsyncLaboratory) -> dict[str, dict[str, list[int]]]:
    """Read twelve rows in pages of four; behind the first page somebody updates, deletes or inserts the first row."""
    found: dict[str, dict[str, list[int]]] = {}
    for change, statement in CHANGES.items():
        found[change] = {}
        for name, page in PAGINGS.items():
            seen: list[int] = []
            await lab.observe(BEFORE.get(change, NO_CHANGE))
            async with lab.db.engine.connect() as connection:
                for number in range(ROWS // PAGE):
                    seen += (await connection.execute(page(seen))).scalars().all()
                    await connection.rollback()
                    if number == 0:
                        await lab.observe(statement)
            found[change][name] = [ROWS - len(set(seen)), len(seen) - len(set(seen))]
            await lab.observe(delete(Item))
            for item in range(1, ROWS + 1):
                await lab.observe(ONE_ITEM, {"id": item})
    return found


def index_twice(lab: Laboratory) -> int:
    """Create a table whose column has `primary_key=True, index=True`; count the indexes beside the primary key."""
    lab.observe(DropTable(INDEXED, if_exists=True))
    lab.observe(CreateTable(INDEXED))
    for index in INDEXED.indexes:
        lab.observe(CreateIndex(index))
    beside = int((lab.observe(INDEXES[lab.place.kind]))[0][0])
    lab.observe(DropTable(INDEXED))
    return beside


async def index_twice_async(lab: AsyncLaboratory) -> int:
    """Create a table whose column has `primary_key=True, index=True`; count the indexes beside the primary key."""
    await lab.observe(DropTable(INDEXED, if_exists=True))
    await lab.observe(CreateTable(INDEXED))
    for index in INDEXED.indexes:
        await lab.observe(CreateIndex(index))
    beside = int((await lab.observe(INDEXES[lab.place.kind]))[0][0])
    await lab.observe(DropTable(INDEXED))
    return beside


def turn_generic(lab: Laboratory) -> list[list[int]]:
    """Execute one SELECT twenty times on one connection; ask the server how often its plan was generic, and custom."""
    with lab.db.engine.connect() as connection:
        for run in range(2 * RUNS):
            connection.execute(select(Item.id).where(Item.order_id == run))
        return [list(row) for row in connection.execute(PLANS)]


async def turn_generic_async(lab: AsyncLaboratory) -> list[list[int]]:
    """Execute one SELECT twenty times on one connection; ask the server how often its plan was generic, and custom."""
    async with lab.db.engine.connect() as connection:
        for run in range(2 * RUNS):
            await connection.execute(select(Item.id).where(Item.order_id == run))
        return [list(row) for row in await connection.execute(PLANS)]


def prepare_and_end(lab: Laboratory) -> dict[str, int]:
    """Execute one SELECT ten times on one connection, a transaction each; ask the server what is prepared behind it."""
    found = {}
    for ending in ("commit", "rollback"):
        db = lab.database(Conditions())
        with db.engine.connect() as connection:
            for run in range(RUNS):
                connection.execute(select(Item.id).where(Item.order_id == run))
                (connection.commit() if ending == "commit" else connection.rollback())
            found[ending] = len((connection.execute(PLANS)).all())
    return found


async def prepare_and_end_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Execute one SELECT ten times on one connection, a transaction each; ask the server what is prepared behind it."""
    found = {}
    for ending in ("commit", "rollback"):
        db = lab.database(Conditions())
        async with db.engine.connect() as connection:
            for run in range(RUNS):
                await connection.execute(select(Item.id).where(Item.order_id == run))
                await (connection.commit() if ending == "commit" else connection.rollback())
            found[ending] = len((await connection.execute(PLANS)).all())
    return found


NONE_WRONG = [0, 0]
"""Rows that were missed, and rows that were read twice."""
ONE_OF_EACH = [1, 1]
ONE_MISSED = [1, 0]
KEPT = dict.fromkeys(PAGINGS, NONE_WRONG)
SHIFTED = {"unordered": ONE_MISSED, "ordered": ONE_MISSED, "keyset": NONE_WRONG}
OVERTAKEN = {"unordered": ONE_OF_EACH, "ordered": ONE_OF_EACH, "keyset": ONE_MISSED}
GROWING = (
    "Go on from the last row that was seen (keyset), by a key that only grows: what is inserted or committed later "
    "with a lower one is missed all the same."
)


def keyset_keeps(*changes: str) -> Prediction:
    """Return the prediction that pages from the last row seen bear these changes."""
    return Prediction("none", lambda found: all(found[each]["keyset"] == NONE_WRONG for each in changes))


EXPERIMENTS = [
    Experiment(
        name="paging_while_changing",
        question="Which rows are missed or read twice where somebody writes between two pages?",
        dataset=STALL,
        run=page_through,
        run_async=page_through_async,
        limit_s=60,
        expects=by_place(
            {
                "postgresql": {
                    "none": KEPT,
                    "updated": {**KEPT, "unordered": ONE_OF_EACH},
                    "deleted": SHIFTED,
                    # What is inserted lies behind all others.
                    "inserted": {**OVERTAKEN, "unordered": NONE_WRONG},
                }
            },
            otherwise={"none": KEPT, "updated": KEPT, "deleted": SHIFTED, "inserted": OVERTAKEN},
        ),
        claims=(
            Said(
                "C76",
                "pages by offset and limit without ORDER BY give each row once, where one is updated in between",
                Prediction("none", lambda found: found["updated"]["unordered"] == NONE_WRONG),
                "Always order by something unique: that it works on one database is luck of its storage.",
            ),
            Said(
                "C76",
                "pages by offset and limit with ORDER BY give each row once, where a row is deleted in between",
                Prediction("none", lambda found: found["deleted"]["ordered"] == NONE_WRONG),
                GROWING,
            ),
            Said(
                "C75",
                "pages that go on from the last row seen miss none and give none twice, if one is updated or deleted",
                keyset_keeps("none", "updated", "deleted"),
                GROWING,
            ),
            Said(
                "C75",
                "pages that go on from the last row seen miss none, where one with a lower id is inserted in between",
                keyset_keeps("inserted"),
                GROWING,
            ),
        ),
    ),
    Experiment(
        name="index_on_primary_key",
        question="What does `index=True` add to a primary key?",
        dataset=STALL,
        run=index_twice,
        run_async=index_twice_async,
        expects=1,
        claims=(
            Said(
                "C38",
                "`index=True` on a primary key adds no second index",
                0,
                "Leave it out: a primary key is indexed already, and the second index is written with every row.",
            ),
        ),
    ),
    Experiment(
        name="generic_plan",
        question="Does the plan of a statement turn generic when it is repeated?",
        dataset=STALL,
        run=turn_generic,
        run_async=turn_generic_async,
        unable=only_postgresql,
        expects=by_place({"psycopg2": []}, otherwise=Prediction("generic at last", lambda found: found[0][0] > 0)),
        claims=(
            Said(
                "C110",
                "a statement that is repeated gets a generic plan (whether that is slow is not tested)",
                Prediction("generic at last", lambda found: bool(found) and found[0][0] > 0),
                "Where data are skewed, set plan_cache_mode to force_custom_plan, or switch the driver's cache off.",
            ),
        ),
    ),
    Experiment(
        name="prepared_until_rollback",
        question="Does a prepared statement outlive the transaction that used it?",
        dataset=STALL,
        run=prepare_and_end,
        run_async=prepare_and_end_async,
        unable=only_postgresql,
        expects=by_place(
            {"psycopg2": {"commit": 0, "rollback": 0}, "asyncpg": {"commit": 1, "rollback": 1}},
            # Read in the source of psycopg's PrepareManager before: it forgets all statements on every ROLLBACK.
            otherwise={"commit": 1, "rollback": 0},
        ),
        claims=(
            Said(
                "C79",
                "prepared statements are used automatically, also in sessions that end without a commit",
                Prediction("prepared", lambda found: found["rollback"] > 0),
                "With psycopg commit what only reads too, or read in autocommit mode: a ROLLBACK forgets them.",
            ),
        ),
    ),
]
