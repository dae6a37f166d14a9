"""Which conditions an index can answer: the plans of the databases themselves, with a sequential scan discouraged."""

from __future__ import annotations

from sqlalchemy import text

from bench.core.experiments import Experiment, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.stall import STALL

CONDITIONS = {
    "equal": "email = 'customer1@example.com'",
    "wildcard_behind": "email LIKE 'customer1%'",
    "wildcard_in_front": "email LIKE '%@example.com'",
    "unindexed": "name = 'Customer 1'",
}
EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN"}
DISCOURAGED = {"postgresql": text("SET LOCAL enable_seqscan = off")}
"""Three rows are read faster than an index: the planner is asked what it could do, not what it would."""
NOTHING_TO_SET = text("SELECT 1")
SEARCHED = {
    "sqlite": ("SEARCH customers",),
    "postgresql": ("Index Cond",),
    "mariadb": ("'const'", "'ref'", "'range'"),
    "mysql": ("'const'", "'ref'", "'range'"),
}
"""Words in a plan where an index is searched; where it is merely read from end to end they are missing."""


def explain(lab: Laboratory) -> dict[str, bool]:
    """Ask for the plans of four conditions on customers, and look whether an index is searched."""
    found = {}
    with lab.db.engine.connect() as connection:
        connection.execute(DISCOURAGED.get(lab.place.kind, NOTHING_TO_SET))
        for name, condition in CONDITIONS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers WHERE {condition}"
            plan = str((connection.execute(text(query))).all())
            found[name] = any(word in plan for word in SEARCHED[lab.place.kind])
    return found


async def explain_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Ask for the plans of four conditions on customers, and look whether an index is searched."""
    found = {}
    async with lab.db.engine.connect() as connection:
        await connection.execute(DISCOURAGED.get(lab.place.kind, NOTHING_TO_SET))
        for name, condition in CONDITIONS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers WHERE {condition}"
            plan = str((await connection.execute(text(query))).all())
            found[name] = any(word in plan for word in SEARCHED[lab.place.kind])
    return found


EQUAL_ALONE = {"equal": True, "wildcard_behind": False, "wildcard_in_front": False, "unindexed": False}

EXPERIMENTS = [
    Experiment(
        name="index_use",
        question="Which conditions can an index answer?",
        dataset=STALL,
        run=explain,
        run_async=explain_async,
        expects=by_place({"sqlite": EQUAL_ALONE}, otherwise={**EQUAL_ALONE, "wildcard_behind": True}),
        claims=(
            Said(
                "C70",
                "an index can be searched for a value, and a column without one cannot",
                Prediction("an index for e-mail alone", lambda found: found["equal"] and not found["unindexed"]),
                "Index what requests look for.",
            ),
            Said(
                "C70",
                "an index can be searched for LIKE with a wildcard in front",
                Prediction("an index", lambda found: found["wildcard_in_front"]),
                "Keep what follows the wildcard in a column of its own, or use a trigram or full-text index.",
            ),
            Said(
                "C70",
                "an index can be searched for LIKE with a wildcard behind",
                Prediction("an index", lambda found: found["wildcard_behind"]),
                "On PostgreSQL this needs the C locale or text_pattern_ops, on SQLite a NOCASE index.",
            ),
        ),
    ),
]
