"""What a checkout and a transaction cost on the wire: the ping before use, and the end of a transaction that only read.

Round trips are counted by the delay proxy, without a delay, when caches are warm. What they cost in time is asked by
the scenarios `pinging` and `transactions`.
"""

from __future__ import annotations

from bench.core.conditions import Conditions
from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.round_trips import WARM_UP, costs
from scenarios.experiments.stall import ONE, STALL

AUTOCOMMIT = Conditions(isolation_level="AUTOCOMMIT")
AROUND = ("BEGIN", "COMMIT")
SKIPPED = "autocommit_skipping_rollback"
ENDINGS = {"commit": Conditions(), "close": Conditions(), "autocommit": AUTOCOMMIT, SKIPPED: AUTOCOMMIT}


def ping(lab: Laboratory) -> dict[str, int]:
    """Check a connection out, select, give it back: with pre-ping and without, nine times; count the last."""
    found = {}
    for pinged in (False, True):
        db = lab.database(Conditions(pre_ping=pinged))
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            with db.session() as session:
                session.scalar(ONE)
            found["pinged" if pinged else "plain"] = lab.wire.traffic().round_trips - before
    return {**found, "ping": found["pinged"] - found["plain"]}


async def ping_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Check a connection out, select, give it back: with pre-ping and without, nine times; count the last."""
    found = {}
    for pinged in (False, True):
        db = lab.database(Conditions(pre_ping=pinged))
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            async with db.session() as session:
                await session.scalar(ONE)
            found["pinged" if pinged else "plain"] = lab.wire.traffic().round_trips - before
    return {**found, "ping": found["pinged"] - found["plain"]}


def end_a_read(lab: Laboratory) -> dict[str, int]:
    """Select one row and end by commit, by close, or in autocommit isolation, nine times each; count the last.

    In that once more with what `create_engine(skip_autocommit_rollback=True)` sets.
    """
    found = {}
    for ending, conditions in ENDINGS.items():
        db = lab.database(conditions)
        db.engine.dialect.skip_autocommit_rollback = ending == SKIPPED
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            with db.session() as session:
                session.scalar(ONE)
                if ending == "commit":
                    session.commit()
            found[ending] = lab.wire.traffic().round_trips - before
    return found


async def end_a_read_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Select one row and end by commit, by close, or in autocommit isolation, nine times each; count the last.

    In that once more with what `create_engine(skip_autocommit_rollback=True)` sets.
    """
    found = {}
    for ending, conditions in ENDINGS.items():
        db = lab.database(conditions)
        db.engine.dialect.skip_autocommit_rollback = ending == SKIPPED
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            async with db.session() as session:
                await session.scalar(ONE)
                if ending == "commit":
                    await session.commit()
            found[ending] = lab.wire.traffic().round_trips - before
    return found


def saves_two(ending: str) -> Prediction:
    """Return the prediction that an ending saves BEGIN and COMMIT."""
    return Prediction("two fewer than commit", lambda found: found["commit"] - found[ending] == len(AROUND))


SKIP = (
    "Set it on the engine of endpoints that only read, with skip_autocommit_rollback=True (SQLAlchemy 2.0.43 and "
    "later): the drivers of MariaDB and MySQL send their ROLLBACKs in autocommit mode too."
)


EXPERIMENTS = [
    Experiment(
        name="ping_round_trips",
        question="How many round trips does pre-ping cost at each checkout?",
        dataset=STALL,
        needs=Need.WIRE,
        run=ping,
        run_async=ping_async,
        expects=by_place({"asyncpg": costs("ping", 3)}, otherwise=costs("ping", 1)),
        claims=(
            Said(
                "C45",
                "pre-ping costs one round trip at each checkout",
                costs("ping", 1),
                "Count it against the round trips of your own statements.",
            ),
        ),
    ),
    Experiment(
        name="read_round_trips",
        question="Does it matter on the wire how a transaction that only read is ended?",
        dataset=STALL,
        needs=Need.WIRE,
        run=end_a_read,
        run_async=end_a_read_async,
        expects=by_place(
            {
                "postgresql": {"commit": 3, "close": 3, "autocommit": 1, SKIPPED: 1},
                "mariadb": {"commit": 3, "close": 3, "autocommit": 3, SKIPPED: 1},
                "mysql": {"commit": 3, "close": 3, "autocommit": 3, SKIPPED: 1},
            }
        ),
        claims=(
            Said(
                "C62",
                "committing a transaction that only read costs no more than closing it",
                Prediction("commit as many as close", lambda found: found["commit"] == found["close"]),
                "Let the dependency commit GETs too, if that is simpler.",
            ),
            Said(
                "C62",
                "autocommit isolation saves two round trips of every read",
                saves_two("autocommit"),
                SKIP,
            ),
            Said(
                "C62",
                "autocommit isolation saves two round trips of every read, with skip_autocommit_rollback=True",
                saves_two(SKIPPED),
                SKIP,
            ),
        ),
    ),
]
