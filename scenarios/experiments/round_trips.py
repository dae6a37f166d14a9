"""What goes over the wire: round trips that people do not count, and statements that are prepared unasked.

Round trips are counted by the delay proxy, without a delay, when caches are warm.
"""

from __future__ import annotations

from sqlalchemy import select, text

from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.places import no_server
from scenarios.experiments.stall import ONE, STALL, Customer, Product

WARM_UP = 8
"""Rounds before one is counted: psycopg prepares a statement when it is executed for the sixth time."""
RUNS = 10
"""How often a statement is executed before the server is asked whether it was prepared."""
PREPARED = text("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT customers.id%'")
PREPARATIONS = text("SHOW GLOBAL STATUS LIKE 'Com_stmt_prepare'")
POSTGRESQL = "postgresql"


def refresh_round_trips(lab: Laboratory) -> dict[str, int]:
    """Create a row with commit alone, and with refresh behind it, nine times each; count the last one on the wire."""
    found = {}
    for refreshed in (False, True):
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            with lab.db.session() as session:
                product = Product(name="Kettle", stock=1)
                session.add(product)
                session.commit()
                if refreshed:
                    session.refresh(product)
            round_trips = lab.wire.traffic().round_trips - before
        found["with_refresh" if refreshed else "commit_only"] = round_trips
    return {**found, "refresh": found["with_refresh"] - found["commit_only"]}


async def refresh_round_trips_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Create a row with commit alone, and with refresh behind it, nine times each; count the last one on the wire."""
    found = {}
    for refreshed in (False, True):
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            async with lab.db.session() as session:
                product = Product(name="Kettle", stock=1)
                session.add(product)
                await session.commit()
                if refreshed:
                    await session.refresh(product)
            round_trips = lab.wire.traffic().round_trips - before
        found["with_refresh" if refreshed else "commit_only"] = round_trips
    return {**found, "refresh": found["with_refresh"] - found["commit_only"]}


def select_round_trips(lab: Laboratory) -> dict[str, int]:
    """Execute the same SELECT nine times in one transaction on one connection; count the last one on the wire."""
    with lab.db.engine.connect() as connection:
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            connection.execute(ONE)
            round_trips = lab.wire.traffic().round_trips - before
    return {"select": round_trips}


def savepoint_round_trips(lab: Laboratory) -> dict[str, int]:
    """Insert a row inside of a savepoint and without, in one transaction each; count the last of nine on the wire."""
    found = {}
    for nested in (False, True):
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            with lab.db.session() as session:
                session.add(Product(name="Lamp", stock=1))
                session.flush()
                if nested:
                    with session.begin_nested():
                        session.add(Product(name="Kettle", stock=1))
                else:
                    session.add(Product(name="Kettle", stock=1))
                session.commit()
            round_trips = lab.wire.traffic().round_trips - before
        found["with_savepoint" if nested else "without"] = round_trips
    return {**found, "savepoint": found["with_savepoint"] - found["without"]}


async def select_round_trips_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Execute the same SELECT nine times in one transaction on one connection; count the last one on the wire."""
    async with lab.db.engine.connect() as connection:
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            await connection.execute(ONE)
            round_trips = lab.wire.traffic().round_trips - before
    return {"select": round_trips}


async def savepoint_round_trips_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Insert a row inside of a savepoint and without, in one transaction each; count the last of nine on the wire."""
    found = {}
    for nested in (False, True):
        for _ in range(WARM_UP + 1):
            before = lab.wire.traffic().round_trips
            async with lab.db.session() as session:
                session.add(Product(name="Lamp", stock=1))
                await session.flush()
                if nested:
                    async with session.begin_nested():
                        session.add(Product(name="Kettle", stock=1))
                else:
                    session.add(Product(name="Kettle", stock=1))
                await session.commit()
            round_trips = lab.wire.traffic().round_trips - before
        found["with_savepoint" if nested else "without"] = round_trips
    return {**found, "savepoint": found["with_savepoint"] - found["without"]}


def prepared_statements(lab: Laboratory) -> dict[str, int]:
    """Execute one SELECT once, and ten times, on one connection; ask the server how often it was prepared."""
    is_postgresql = lab.place.kind == POSTGRESQL
    found = {}
    with lab.db.engine.connect() as connection:
        before = 0 if is_postgresql else int(lab.observe(PREPARATIONS)[0][1])
        for run in range(1, RUNS + 1):
            connection.execute(select(Customer.id, Customer.name).where(Customer.id == run))
            if run in {1, RUNS}:
                after = (
                    (connection.execute(PREPARED)).scalar_one()
                    if is_postgresql
                    else int((lab.observe(PREPARATIONS))[0][1])
                )
                found[f"after_{run}"] = after - before
    return found


async def prepared_statements_async(lab: AsyncLaboratory) -> dict[str, int]:
    """Execute one SELECT once, and ten times, on one connection; ask the server how often it was prepared."""
    is_postgresql = lab.place.kind == POSTGRESQL
    found = {}
    async with lab.db.engine.connect() as connection:
        before = 0 if is_postgresql else int((await lab.observe(PREPARATIONS))[0][1])
        for run in range(1, RUNS + 1):
            await connection.execute(select(Customer.id, Customer.name).where(Customer.id == run))
            if run in {1, RUNS}:
                after = (
                    (await connection.execute(PREPARED)).scalar_one()
                    if is_postgresql
                    else int((await lab.observe(PREPARATIONS))[0][1])
                )
                found[f"after_{run}"] = after - before
    return found


def costs(what: str, round_trips: int) -> Prediction:
    """Return the prediction that something costs so many round trips more."""
    return Prediction(f"{what}: {round_trips}", lambda found: bool(found[what] == round_trips))


EXPERIMENTS = [
    Experiment(
        name="select_round_trips",
        question="How often does a SELECT wait for the network, once it is known?",
        dataset=STALL,
        needs=Need.WIRE,
        run=select_round_trips,
        run_async=select_round_trips_async,
        expects={"select": 1},
        claims=(
            Said(
                "C85",
                "the drivers are alike: in a transaction each waits for one round trip for a SELECT that it knows",
                {"select": 1},
                "Count what surrounds the SELECT too, such as pings, and compare drivers with `--delay`.",
            ),
        ),
    ),
    Experiment(
        name="refresh_round_trips",
        question="How many round trips does refresh cost after a commit?",
        dataset=STALL,
        needs=Need.WIRE,
        run=refresh_round_trips,
        run_async=refresh_round_trips_async,
        expects=by_place(
            {POSTGRESQL: costs("refresh", 3), "mariadb": costs("refresh", 2), "mysql": costs("refresh", 2)}
        ),
        explained=(
            "With the PyMySQL family SELECT is followed by two ROLLBACKs: the session ends its transaction, and the "
            "pool, which does not know of that, resets the connection. Other drivers send none outside of one."
        ),
        explained_at=("mariadb", "mysql"),
        claims=(
            Said(
                "C27",
                "refresh after the commit costs one round trip, that of its SELECT",
                costs("refresh", 1),
                "Leave refresh out where nothing is expired, or refresh before the commit.",
            ),
        ),
    ),
    Experiment(
        name="savepoint_round_trips",
        question="How many round trips does a savepoint cost?",
        dataset=STALL,
        needs=Need.WIRE,
        run=savepoint_round_trips,
        run_async=savepoint_round_trips_async,
        expects=costs("savepoint", 2),
        claims=(
            Said(
                "C51",
                "a savepoint costs two round trips, SAVEPOINT and RELEASE",
                costs("savepoint", 2),
                "Keep savepoints for what can fail, and count them where the network is slow.",
            ),
        ),
    ),
    Experiment(
        name="prepared_statements",
        question="Does the server prepare a statement that is repeated?",
        dataset=STALL,
        run=prepared_statements,
        run_async=prepared_statements_async,
        unable=no_server,
        expects=by_place(
            {
                "asyncpg": {"after_1": 1, "after_10": 1},
                "psycopg": {"after_1": 0, "after_10": 1},
                "psycopg_async": {"after_1": 0, "after_10": 1},
            },
            otherwise={"after_1": 0, "after_10": 0},
        ),
        claims=(
            Said(
                "C79",
                "prepared statements are used automatically",
                Prediction("prepared after ten runs", lambda found: found[f"after_{RUNS}"] > 0),
                "Behind a pooler in transaction mode look at your driver's cache settings.",
            ),
        ),
    ),
]
