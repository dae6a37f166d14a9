"""How many statements and round trips a flush of many new rows takes: the pages of insertmanyvalues."""

from __future__ import annotations

from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL, Product

ROWS = 2500


def flush(lab: Laboratory) -> dict[str, int]:
    """Flush 2,500 new rows whose keys the database makes, twice; count what the second flush sends."""
    with lab.db.session() as session:
        for _ in range(2):
            session.add_all([Product(name="Kettle", stock=number) for number in range(ROWS)])
            before = lab.wire.traffic().round_trips
            with lab.recorded() as heard:
                session.flush()
            round_trips = lab.wire.traffic().round_trips - before
    return {"statements": len(heard.statements), "round_trips": round_trips}


async def flush_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Flush 2,500 new rows whose keys the database makes, twice; count what the second flush sends."""
    async with lab.db.session() as session:
        for _ in range(2):
            session.add_all([Product(name="Kettle", stock=number) for number in range(ROWS)])
            before = lab.wire.traffic().round_trips
            with lab.recorded() as heard:
                await session.flush()
            round_trips = lab.wire.traffic().round_trips - before
    return {"statements": len(heard.statements), "round_trips": round_trips}


THREE_PAGES = Prediction("statements: 3", lambda found: bool(found["statements"] == 1 + ROWS // 1000))

EXPERIMENTS = [
    Experiment(
        name="inserted_pages",
        question="In how many statements and round trips are 2,500 new rows flushed?",
        dataset=STALL,
        needs=Need.WIRE,
        run=flush,
        run_async=flush_async,
        expects=by_place(
            {"postgresql": THREE_PAGES, "mariadb": THREE_PAGES, "mysql": {"statements": ROWS, "round_trips": ROWS}}
        ),
        claims=(
            Said(
                "C100",
                "new rows are inserted in pages of 1,000",
                THREE_PAGES,
                "Count the statements of your own flush: without RETURNING each row has one of its own.",
            ),
        ),
    ),
]
