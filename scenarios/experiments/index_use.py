"""Which conditions and orders an index can answer: the databases' own plans, with a sequential scan discouraged."""

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
ORDERS = {"order_by_indexed": "email", "order_by_unindexed": "name"}
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
SORTED = {"sqlite": "TEMP B-TREE", "postgresql": "Sort Key", "mariadb": "filesort", "mysql": "filesort"}
"""Words in a plan where rows are sorted: no index gave them in order."""


def explain(lab: Laboratory) -> dict[str, bool]:
    """Ask for the plans of four conditions on customers and of two orders; look whether an index serves them."""
    found = {}
    with lab.db.engine.connect() as connection:
        connection.execute(DISCOURAGED.get(lab.place.kind, NOTHING_TO_SET))
        for name, condition in CONDITIONS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers WHERE {condition}"
            plan = str((connection.execute(text(query))).all())
            found[name] = any(word in plan for word in SEARCHED[lab.place.kind])
        for name, column in ORDERS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers ORDER BY {column}"
            plan = str((connection.execute(text(query))).all())
            found[name] = SORTED[lab.place.kind] not in plan
    return found


async def explain_async(lab: AsyncLaboratory) -> dict[str, bool]:
    """Ask for the plans of four conditions on customers and of two orders; look whether an index serves them."""
    found = {}
    async with lab.db.engine.connect() as connection:
        await connection.execute(DISCOURAGED.get(lab.place.kind, NOTHING_TO_SET))
        for name, condition in CONDITIONS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers WHERE {condition}"
            plan = str((await connection.execute(text(query))).all())
            found[name] = any(word in plan for word in SEARCHED[lab.place.kind])
        for name, column in ORDERS.items():
            query = f"{EXPLAIN.get(lab.place.kind, 'EXPLAIN')} SELECT id FROM customers ORDER BY {column}"
            plan = str((await connection.execute(text(query))).all())
            found[name] = SORTED[lab.place.kind] not in plan
    return found


SORTS = {"order_by_indexed": True, "order_by_unindexed": False}
EQUAL_ALONE = {"equal": True, "wildcard_behind": False, "wildcard_in_front": False, "unindexed": False, **SORTS}

EXPERIMENTS = [
    Experiment(
        name="index_use",
        question="Which conditions and orders can an index answer?",
        dataset=STALL,
        run=explain,
        run_async=explain_async,
        expects=by_place({"sqlite": EQUAL_ALONE}, otherwise={**EQUAL_ALONE, "wildcard_behind": True}),
        claims=(
            Said(
                "C70",
                "an index can be searched for a value, and a column without one cannot (speed is not tested)",
                Prediction("an index for e-mail alone", lambda found: found["equal"] and not found["unindexed"]),
                "Index what requests look for.",
            ),
            Said(
                "C70",
                "an index spares the sort by its column, and a column without one is sorted",
                Prediction(
                    "a sort by name alone", lambda found: found["order_by_indexed"] and not found["order_by_unindexed"]
                ),
                "Index what lists are ordered by, where they are cut by LIMIT.",
            ),
            Said(
                "C70",
                "an index can be searched for LIKE with a wildcard in front",
                Prediction("an index", lambda found: found["wildcard_in_front"]),
                "Keep what follows the wildcard in a column of its own, or use a trigram or full-text index.",
            ),
            Said(
                "C70",
                "an index can be searched for LIKE with a wildcard behind (PostgreSQL here has the C locale; with "
                "another one, as en_US.UTF-8, the usual index cannot)",
                Prediction("an index", lambda found: found["wildcard_behind"]),
                "On PostgreSQL this needs the C locale, which few servers have, or text_pattern_ops; on SQLite a "
                "NOCASE index.",
            ),
        ),
    ),
]
