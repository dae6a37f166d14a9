"""No connection: nobody listens, the password is wrong, the server is full. What is raised, and who catches it?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bench.core.caught import NOTHING, Caught
from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.contract import Divergence
from bench.core.engines import open_async_database, open_database
from bench.core.experiments import Experiment, Need, Prediction, Said, by_place
from bench.core.laboratory import AsyncLaboratory, Laboratory
from scenarios.experiments.raising import IDENTITY, NOTICED_S, TERMINATE, Raised, caught_by, told_as
from scenarios.experiments.stall import ONE, STALL, Customer

VISITOR = "visitor"
LIMIT = 10
"""The lowest that MariaDB allows for max_connections."""
FULL = {
    "postgresql": (f"CREATE ROLE {VISITOR} LOGIN PASSWORD '{VISITOR}' CONNECTION LIMIT {LIMIT}",),
    # The server keeps one connection more for accounts with all rights, as the usual one is.
    "mysql": (f"CREATE USER {VISITOR} IDENTIFIED BY '{VISITOR}'", f"SET GLOBAL max_connections = {LIMIT}"),
}
"""How a server is made small; a role of PostgreSQL has a limit of its own, which is told with the same SQLSTATE."""
AGAIN = {"postgresql": (f"DROP ROLE {VISITOR}",), "mysql": ("SET GLOBAL max_connections = 400", f"DROP USER {VISITOR}")}
VISITORS = {
    "postgresql": text(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{VISITOR}'"),
    "mysql": text(f"SELECT count(*) FROM information_schema.processlist WHERE user = '{VISITOR}'"),
}
"""How many connections of that account the server holds; the laboratory counts those of its own."""
SETTLED_S = 0.5
"""After so long a server has noticed that its clients went away."""
ANYTHING = text("SELECT 1")
OTHER_ENGINE = Divergence("the engine for another account is opened by a function of its own")


def other_account(route: Connection, user: str | None, password: str) -> Connection:
    """Return the way of somebody else, to no database in particular where he has no rights to ours."""
    url = make_url(route.url)
    url = url.set(username=user or url.username, password=password)
    if user is not None and route.driver.family == "mysql":
        url = url.set(database="")
    return Connection(route.driver_name, url.render_as_string(hide_password=False), route.arguments)


def refused(lab: Laboratory) -> dict[str, Any]:
    """Refuse connections at the server's port, ask, accept them again, ask again on the same engine."""
    lab.wire.refuse()
    with Raised() as raised, lab.db.session() as session:
        session.scalar(ONE)
    lab.wire.accept()
    with Raised() as after, lab.db.session() as session:
        session.scalar(ONE)
    return {"connection refused": {"raised": raised.facts, "next": after.name}}


async def refused_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Refuse connections at the server's port, ask, accept them again, ask again on the same engine."""
    await lab.wire.refuse()
    async with Raised() as raised, lab.db.session() as session:
        await session.scalar(ONE)
    await lab.wire.accept()
    async with Raised() as after, lab.db.session() as session:
        await session.scalar(ONE)
    return {"connection refused": {"raised": raised.facts, "next": after.name}}


def wrong_password(lab: Laboratory) -> dict[str, Any]:
    """Connect to the private server with a password that is not the account's."""
    db = open_database(other_account(lab.route, None, "wrong"), Conditions())
    with Raised() as raised, db.session() as session:
        session.scalar(ANYTHING)
    db.close()
    return {"wrong password": {"raised": raised.facts}}


async def wrong_password_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Connect to the private server with a password that is not the account's."""
    db = open_async_database(other_account(lab.route, None, "wrong"), Conditions())
    async with Raised() as raised, db.session() as session:
        await session.scalar(ANYTHING)
    await db.close()
    return {"wrong password": {"raised": raised.facts}}


def too_many(lab: Laboratory) -> dict[str, Any]:
    """Let the server allow ten connections and open them until it refuses one; close them, and ask again."""
    family = lab.place.driver.family
    for statement in FULL[family]:
        lab.observe(text(statement))
    db = open_database(other_account(lab.route, VISITOR, VISITOR), Conditions(pool_size=LIMIT + 1))
    held = []
    with Raised() as raised:
        for _ in range(LIMIT + 1):
            session = db.session()
            held.append(session)
            session.scalar(ANYTHING)
    for session in held:
        session.close()
    with Raised() as after, db.session() as session:
        session.scalar(ANYTHING)
    db.close()
    lab.pause(SETTLED_S)
    leaked = (lab.observe(VISITORS[family]))[0][0]
    for statement in AGAIN[family]:
        lab.observe(text(statement))
    return {"too many connections": {"raised": raised.facts, "next": after.name, "leaked": leaked}}


async def too_many_async(lab: AsyncLaboratory) -> dict[str, Any]:
    """Let the server allow ten connections and open them until it refuses one; close them, and ask again."""
    family = lab.place.driver.family
    for statement in FULL[family]:
        await lab.observe(text(statement))
    db = open_async_database(other_account(lab.route, VISITOR, VISITOR), Conditions(pool_size=LIMIT + 1))
    held = []
    with Raised() as raised:
        for _ in range(LIMIT + 1):
            session = db.session()
            held.append(session)
            await session.scalar(ANYTHING)
    for session in held:
        await session.close()
    async with Raised() as after, db.session() as session:
        await session.scalar(ANYTHING)
    await db.close()
    await lab.pause(SETTLED_S)
    leaked = (await lab.observe(VISITORS[family]))[0][0]
    for statement in AGAIN[family]:
        await lab.observe(text(statement))
    return {"too many connections": {"raised": raised.facts, "next": after.name, "leaked": leaked}}


def hidden(lab: Laboratory) -> dict[str, str]:
    """Look up in a function that catches SQLAlchemyError and returns None: nobody, and where no answer comes.

    None comes where the server has ended the session that the pool holds, and where nobody listens.
    """
    family = lab.place.driver.family

    def find(number: int) -> Customer | None:
        try:
            with lab.db.session() as session:
                return session.get(Customer, number)
        except SQLAlchemyError:
            return None

    found = {"missing": str(find(0)), "terminated": "an exception", "away": "an exception"}
    with lab.db.session() as session:
        number = session.scalar(IDENTITY[family])
    lab.observe(TERMINATE[family], {"number": number})
    lab.pause(NOTICED_S)
    with Caught():
        found["terminated"] = str(find(1))
    lab.db.engine.dispose()
    lab.wire.refuse()
    with Caught():
        found["away"] = str(find(1))
    return found


async def hidden_async(lab: AsyncLaboratory) -> dict[str, str]:
    """Look up in a function that catches SQLAlchemyError and returns None: nobody, and where no answer comes.

    None comes where the server has ended the session that the pool holds, and where nobody listens.
    """
    family = lab.place.driver.family

    async def find(number: int) -> Customer | None:
        try:
            async with lab.db.session() as session:
                return await session.get(Customer, number)
        except SQLAlchemyError:
            return None

    found = {"missing": str(await find(0)), "terminated": "an exception", "away": "an exception"}
    async with lab.db.session() as session:
        number = await session.scalar(IDENTITY[family])
    await lab.observe(TERMINATE[family], {"number": number})
    await lab.pause(NOTICED_S)
    with Caught():
        found["terminated"] = str(await find(1))
    await lab.db.engine.dispose()
    await lab.wire.refuse()
    with Caught():
        found["away"] = str(await find(1))
    return found


CATCH_ALL = "Map errors by what happened: connection_invalidated, SQLSTATE or number, and OSError beside DBAPIError."

FAULTS = ("terminated", "away")
TOLD_APART = Prediction(
    "None for the missing row alone", lambda found: all(found[fault] != found["missing"] for fault in FAULTS)
)

EXPERIMENTS = [
    Experiment(
        name="connection_refused",
        question="What is raised where nobody listens?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=refused,
        run_async=refused_async,
        expects=by_place(
            {"asyncpg": told_as("ConnectionRefusedError", next=NOTHING)},
            otherwise=told_as("OperationalError", next=NOTHING),
        ),
        claims=(
            Said(
                "C71",
                "`except OperationalError` catches a refused connection",
                caught_by("OperationalError"),
                CATCH_ALL,
            ),
            Said(
                "C74", "`except SQLAlchemyError` catches a refused connection", caught_by("SQLAlchemyError"), CATCH_ALL
            ),
        ),
    ),
    Experiment(
        name="wrong_password",
        question="What is raised where the password is wrong?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=wrong_password,
        run_async=wrong_password_async,
        divergence=OTHER_ENGINE,
        # By the source of the dialect: what asyncpg raises while it connects is not translated.
        expects=by_place({"asyncpg": told_as("InvalidPasswordError")}, otherwise=told_as("OperationalError")),
        explained=(
            "SQLAlchemy 2.1 wraps what the server answered to asyncpg (AsyncAdapt_dbapi_connection.create), as "
            "DBAPIError; only errors of the socket are no errors of asyncpg and pass as they are."
        ),
        explained_at=("asyncpg",),
        claims=(
            Said("C71", "`except OperationalError` catches a wrong password", caught_by("OperationalError"), CATCH_ALL),
            Said("C74", "`except SQLAlchemyError` catches a wrong password", caught_by("SQLAlchemyError"), CATCH_ALL),
        ),
    ),
    Experiment(
        name="too_many_connections",
        question="What is raised where the server allows no more connections?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=too_many,
        run_async=too_many_async,
        divergence=OTHER_ENGINE,
        expects=by_place(
            {"asyncpg": told_as("TooManyConnectionsError", next=NOTHING, leaked=0)},
            otherwise=told_as("OperationalError", next=NOTHING, leaked=0),
        ),
        explained=(
            "SQLAlchemy 2.1 wraps what the server answered to asyncpg (AsyncAdapt_dbapi_connection.create), as "
            "DBAPIError; only errors of the socket are no errors of asyncpg and pass as they are."
        ),
        explained_at=("asyncpg",),
        claims=(
            Said(
                "C71",
                "`except OperationalError` catches too many connections",
                caught_by("OperationalError"),
                CATCH_ALL,
            ),
            Said(
                "C74", "`except SQLAlchemyError` catches too many connections", caught_by("SQLAlchemyError"), CATCH_ALL
            ),
        ),
    ),
    Experiment(
        name="failures_as_none",
        question="Can a caller tell a database that is away from a row that is missing, where both are None?",
        dataset=STALL,
        needs=Need.FAULTS,
        run=hidden,
        run_async=hidden_async,
        expects=by_place(
            {"asyncpg": {"missing": "None", "terminated": "None", "away": "an exception"}},
            otherwise={"missing": "None", "terminated": "None", "away": "None"},
        ),
        claims=(
            Said(
                "C74",
                "catch SQLAlchemyError and return None: the caller can handle it",
                TOLD_APART,
                "Let the exception pass to where it becomes an answer: None means that there is no row.",
            ),
        ),
    ),
]
