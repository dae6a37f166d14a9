"""Transactions as guides explain them: what a flush, `session.begin()` and an error in the middle leave behind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from bench.core.caught import NOTHING, Caught
from bench.core.contract import Place
from bench.core.experiments import Experiment, Need, Prediction, Said
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import ANYBODY, FORGET_KETTLES, KETTLES, STALL, Product, RefusedError


def flush_first(lab: Laboratory) -> dict[str, bool]:
    """Add a row; look for its id before and after a flush, and for the row from another connection."""
    with lab.db.session() as session:
        product = Product(name="Kettle", stock=1)
        session.add(product)
        before = product.id is not None
        session.flush()
        after = product.id is not None
        seen = (lab.observe(KETTLES))[0][0] == 1
        session.rollback()
    return {"id_before_flush": before, "id_after_flush": after, "others_see_it_before_commit": seen}


async def flush_first_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Add a row; look for its id before and after a flush, and for the row from another connection."""
    async with lab.db.session() as session:
        product = Product(name="Kettle", stock=1)
        session.add(product)
        before = product.id is not None
        await session.flush()
        after = product.id is not None
        seen = (await lab.observe(KETTLES))[0][0] == 1
        await session.rollback()
    return {"id_before_flush": before, "id_after_flush": after, "others_see_it_before_commit": seen}


def fail_midway(lab: Laboratory) -> int:
    """Write two rows, each flushed, raise before the commit, and count the rows kept."""
    with Caught():  # noqa: SIM117 - the twin cannot join them
        with lab.db.session() as session:
            for _ in range(2):
                session.add(Product(name="Kettle", stock=1))
                session.flush()
            raise RefusedError
    return int((lab.observe(KETTLES))[0][0])


async def fail_midway_async(lab: AsyncLaboratory) -> int:
    """Write two rows, each flushed, raise before the commit, and count the rows kept."""
    with Caught():
        async with lab.db.session() as session:
            for _ in range(2):
                session.add(Product(name="Kettle", stock=1))
                await session.flush()
            raise RefusedError
    return int((await lab.observe(KETTLES))[0][0])


def cut_midway(lab: Laboratory) -> dict[str, Any]:
    """Write two rows, each flushed, cut the wire before the commit, and count the rows kept."""
    with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
        with lab.db.session() as session:
            for _ in range(2):
                session.add(Product(name="Kettle", stock=1))
                session.flush()
            lab.wire.cut()
            session.commit()
    return {"raised": caught.name != NOTHING, "rows": (lab.observe(KETTLES))[0][0]}


async def cut_midway_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Write two rows, each flushed, cut the wire before the commit, and count the rows kept."""
    with Caught() as caught:
        async with lab.db.session() as session:
            for _ in range(2):
                session.add(Product(name="Kettle", stock=1))
                await session.flush()
            await lab.wire.cut()
            await session.commit()
    return {"raised": caught.name != NOTHING, "rows": (await lab.observe(KETTLES))[0][0]}


def without_transactions(lab: Laboratory) -> int:
    """Write a row into a table of the engine MyISAM, roll back, and count the rows kept."""
    lab.observe(text("DROP TABLE IF EXISTS old_fashioned"))
    lab.observe(text("CREATE TABLE old_fashioned (id INT PRIMARY KEY) ENGINE=MyISAM"))
    with lab.db.session() as session:
        session.execute(text("INSERT INTO old_fashioned VALUES (1)"))
        session.rollback()
    rows = (lab.observe(text("SELECT count(*) FROM old_fashioned")))[0][0]
    lab.observe(text("DROP TABLE old_fashioned"))
    return int(rows)


async def without_transactions_async(lab: AsyncLaboratory) -> int:
    """Write a row into a table of the engine MyISAM, roll back, and count the rows kept."""
    await lab.observe(text("DROP TABLE IF EXISTS old_fashioned"))
    await lab.observe(text("CREATE TABLE old_fashioned (id INT PRIMARY KEY) ENGINE=MyISAM"))
    async with lab.db.session() as session:
        await session.execute(text("INSERT INTO old_fashioned VALUES (1)"))
        await session.rollback()
    rows = (await lab.observe(text("SELECT count(*) FROM old_fashioned")))[0][0]
    await lab.observe(text("DROP TABLE old_fashioned"))
    return int(rows)


def begin_blocks(lab: Laboratory) -> dict[str, Any]:
    """Write in a `session.begin()` block: to its end, with an exception in it, and after a SELECT in the session."""
    found: dict[str, Any] = {}
    with lab.db.session() as session, session.begin():
        session.add(Product(name="Kettle", stock=1))
    found["rows_after_its_end"] = (lab.observe(KETTLES))[0][0]
    lab.observe(FORGET_KETTLES)
    with lab.db.session() as session:  # noqa: SIM117 - the twin cannot join them
        with Caught():
            with session.begin():
                session.add(Product(name="Kettle", stock=1))
                session.flush()
                raise RefusedError
    found["rows_after_an_exception"] = (lab.observe(KETTLES))[0][0]
    with lab.db.session() as session:
        session.execute(ANYBODY)
        with Caught() as caught:  # noqa: SIM117 - the twin cannot join them
            with session.begin():
                session.add(Product(name="Kettle", stock=1))
    found["after_a_select"] = caught.name
    return found


async def begin_blocks_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Write in a `session.begin()` block: to its end, with an exception in it, and after a SELECT in the session."""
    found: dict[str, Any] = {}
    async with lab.db.session() as session, session.begin():
        session.add(Product(name="Kettle", stock=1))
    found["rows_after_its_end"] = (await lab.observe(KETTLES))[0][0]
    await lab.observe(FORGET_KETTLES)
    async with lab.db.session() as session:
        with Caught():
            async with session.begin():
                session.add(Product(name="Kettle", stock=1))
                await session.flush()
                raise RefusedError
    found["rows_after_an_exception"] = (await lab.observe(KETTLES))[0][0]
    async with lab.db.session() as session:
        await session.execute(ANYBODY)
        with Caught() as caught:
            async with session.begin():
                session.add(Product(name="Kettle", stock=1))
    found["after_a_select"] = caught.name
    return found


def has_myisam(place: Place) -> str | None:
    """Return why others are left out."""
    return None if place.kind in {"mariadb", "mysql"} else "only MariaDB and MySQL have tables without transactions"


EXPERIMENTS = [
    Experiment(
        name="id_after_flush",
        question="What does a flush give before the commit?",
        dataset=STALL,
        run=flush_first,
        run_async=flush_first_async,
        expects={"id_before_flush": False, "id_after_flush": True, "others_see_it_before_commit": False},
        claims=(
            Said(
                "C52",
                "flush gives the id before the commit",
                Prediction("an id", lambda found: found["id_after_flush"]),
                "Do not hand the id to others before the commit.",
            ),
        ),
    ),
    Experiment(
        name="error_midway",
        question="What is left of a transaction that an exception ends?",
        dataset=STALL,
        run=fail_midway,
        run_async=fail_midway_async,
        expects=0,
        claims=(Said("C53", "an error rolls back everything", 0, "Keep what belongs together in one transaction."),),
    ),
    Experiment(
        name="cut_midway",
        question="What is left of a transaction whose connection is cut before the commit?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=cut_midway,
        run_async=cut_midway_async,
        expects={"raised": True, "rows": 0},
        claims=(
            Said(
                "C53",
                "a connection that is lost before the commit rolls back everything",
                Prediction("no rows", lambda found: found["rows"] == 0),
                "Before the commit a loss is harmless; in the commit it leaves you in doubt.",
            ),
        ),
    ),
    Experiment(
        name="myisam",
        question="What does a rollback undo in a MyISAM table?",
        dataset=STALL,
        run=without_transactions,
        run_async=without_transactions_async,
        unable=has_myisam,
        expects=1,
        claims=(
            Said(
                "C53",
                "a rollback undoes everything, in tables of every engine",
                0,
                "Look at the engine of old tables: those of MyISAM know no transactions.",
            ),
        ),
    ),
    Experiment(
        name="begin_block",
        question="What does a `session.begin()` block do at its end?",
        dataset=STALL,
        run=begin_blocks,
        run_async=begin_blocks_async,
        expects={"rows_after_its_end": 1, "rows_after_an_exception": 0, "after_a_select": "InvalidRequestError"},
        claims=(
            Said(
                "C54",
                "a `session.begin()` block commits by itself, and rolls back on an exception",
                Prediction(
                    "1 and 0", lambda found: (found["rows_after_its_end"], found["rows_after_an_exception"]) == (1, 0)
                ),
                "Use it around all of the work of a session.",
            ),
            Said(
                "C54",
                "a `session.begin()` block can follow a SELECT in the session",
                Prediction("no exception", lambda found: found["after_a_select"] == NOTHING),
                "A SELECT has begun the transaction already: put it into the block, or commit without a block.",
            ),
        ),
    ),
]
