"""PgBouncer in transaction mode: which drivers work behind it, with which settings, and what an idle session keeps.

A pooler of the experiment's own stands before its private server and has one connection to it, so that its clients
meet on that. It is started only where its program is found.
"""

from __future__ import annotations

import shutil
from typing import Any

from bench.core.caught import NOTHING, Caught
from bench.core.contract import Divergence, Place
from bench.core.engines import open_async_database, open_database
from bench.core.experiments import SAYS_NOTHING, Expected, Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.pgbouncer import PROGRAM, knows_prepared, pooler, version
from scenarios.experiments.pooler_clients import CASES, FOLLOWED, in_turns, named
from scenarios.experiments.stall import ANYBODY, STALL

OPENED = Divergence("engines are opened by functions of their own")
FOLLOWED_STATEMENTS = 200


def cases_of(driver: str) -> dict[str, int]:
    """Return the cases of a driver that the pooler can serve, each with the number of statements that it follows."""
    following = {case: FOLLOWED_STATEMENTS if case == FOLLOWED else 0 for case in CASES[driver]}
    return {case: number for case, number in following.items() if number == 0 or knows_prepared()}


def succeed(lab: Laboratory) -> dict[str, str]:
    """Let two worker processes commit a SELECT ten times each, in turns; note what the first error is."""
    found = {"version": ".".join(map(str, version()))}
    for case, statements in cases_of(lab.place.driver.name).items():
        with pooler(lab.route, statements) as route:
            found[case] = in_turns(route, case)
    return found


async def succeed_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Let two worker processes commit a SELECT ten times each, in turns; note what the first error is."""
    found = {"version": ".".join(map(str, version()))}
    for case, statements in cases_of(lab.place.driver.name).items():
        with pooler(lab.route, statements) as route:
            found[case] = in_turns(route, case)
    return found


def idle_in_transaction(lab: Laboratory) -> dict[str, Any]:
    """Read from one client without ending the transaction, ask from another, end it, and ask again."""
    case, conditions = list(CASES[lab.place.driver.name].items())[-1]
    with pooler(named(lab.route, case)) as route:
        idle, other = open_database(route, conditions), open_database(route, conditions)
        with idle.engine.connect() as reader:
            reader.execute(ANYBODY)
            with Caught() as meanwhile, other.engine.connect() as connection:
                connection.execute(ANYBODY)
            reader.rollback()
            with Caught() as afterwards, other.engine.connect() as connection:
                connection.execute(ANYBODY)
        idle.close()
        other.close()
    return {"while_idle": meanwhile.name != NOTHING, "after_rollback": afterwards.name != NOTHING}


async def idle_in_transaction_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Read from one client without ending the transaction, ask from another, end it, and ask again."""
    case, conditions = list(CASES[lab.place.driver.name].items())[-1]
    with pooler(named(lab.route, case)) as route:
        idle, other = open_async_database(route, conditions), open_async_database(route, conditions)
        async with idle.engine.connect() as reader:
            await reader.execute(ANYBODY)
            with Caught() as meanwhile:
                async with other.engine.connect() as connection:
                    await connection.execute(ANYBODY)
            await reader.rollback()
            with Caught() as afterwards:
                async with other.engine.connect() as connection:
                    await connection.execute(ANYBODY)
        await idle.close()
        await other.close()
    return {"while_idle": meanwhile.name != NOTHING, "after_rollback": afterwards.name != NOTHING}


FOLLOW = (
    "Set max_prepared_statements of PgBouncer (known since 1.21, above 0 by itself since 1.24.0), or switch the "
    "statements off in the driver."
)


def has_pooler(place: Place) -> str | None:
    """Return why others are left out."""
    if place.kind != "postgresql":
        return "PgBouncer speaks to PostgreSQL alone"
    return None if shutil.which(PROGRAM) else "the program pgbouncer is not on the PATH: install the package pgbouncer"


WORKS = Prediction("nothing raised", lambda found: found["default"] == NOTHING)
FOLLOWED_WORKS = Prediction("nothing raised", lambda found: found[FOLLOWED] == NOTHING)
FAILS_UNLESS_OFF = Prediction(
    "raises, but not with the cache off", lambda found: found["default"] != NOTHING == found["cache_off"]
)
FAILS_UNLESS_NAMED = Prediction(
    "raises, but not with the cache off and unique names",
    lambda found: found["default"] != NOTHING == found["cache_off_unique_names"],
)


def followed(place: Place) -> Expected:
    """Return what is claimed of a pooler that follows, where this one can and the driver prepares."""
    return FOLLOWED_WORKS if FOLLOWED in cases_of(place.driver.name) else SAYS_NOTHING


EXPERIMENTS = [
    Experiment(
        name="behind_pgbouncer",
        question="Which settings does a driver need behind PgBouncer in transaction mode?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=succeed,
        run_async=succeed_async,
        unable=has_pooler,
        limit_s=90,
        expects=by_place(
            {
                "psycopg2": WORKS,
                "psycopg": FAILS_UNLESS_OFF,
                "psycopg_async": FAILS_UNLESS_OFF,
                "asyncpg": FAILS_UNLESS_NAMED,
            }
        ),
        remark=(
            "From version 1.21 on PgBouncer can follow prepared statements itself, where max_prepared_statements is "
            "above 0; since 1.24.0 that is its default (its changelog). Here it is 0, but in the case `followed`."
        ),
        claims=(
            Said(
                "C79",
                "drivers that prepare statements need no settings behind a PgBouncer that does not follow them",
                # psycopg2 prepares nothing.
                by_place({"psycopg2": SAYS_NOTHING}, otherwise=WORKS),
                FOLLOW,
            ),
            Said(
                "C79",
                "drivers that prepare statements need no settings behind a PgBouncer that follows them",
                followed,
                FOLLOW,
            ),
            Said(
                "C86",
                "behind PgBouncer asyncpg works when its caches are off",
                by_place({"asyncpg": Prediction("nothing raised", lambda found: found["cache_off"] == NOTHING)}),
                "asyncpg 0.32 then prepares without names (source: Connection._prepare), and nothing can clash; where "
                "names may clash, give prepared_statement_name_func as well, as SQLAlchemy's documentation shows.",
            ),
        ),
    ),
    Experiment(
        name="idle_behind_pgbouncer",
        question="What does a session that has read keep behind PgBouncer in transaction mode?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=idle_in_transaction,
        run_async=idle_in_transaction_async,
        divergence=OPENED,
        unable=has_pooler,
        expects={"while_idle": True, "after_rollback": False},
        claims=(
            Said(
                "C106",
                "sessions that are idle in transaction keep PgBouncer's connections from others",
                Prediction("others fail meanwhile", lambda found: found["while_idle"]),
                "End every transaction before waiting for anything else, also one that has only read.",
            ),
        ),
    ),
]
