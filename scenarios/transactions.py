"""Read and end the transaction: by COMMIT, by ROLLBACK, or without a transaction at all?

A GET request that reads one account or ten, each by its key. A session that is closed rolls back; a dependency that
commits after every request commits here too; in AUTOCOMMIT mode there is nothing to end. What is saved is a round trip
or two, so the gain is the network's: here it is a connection within one machine. Says nothing about writes, nor about
reads that must see one state of the database: in AUTOCOMMIT mode each of them sees its own.
"""

from __future__ import annotations

from dataclasses import replace
from operator import attrgetter
from random import Random

from sqlalchemy import bindparam, select

from bench.core.claims import Claim, Faster, Parameters
from bench.core.contract import Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import DEPOT, Account, DepotSize

Accounts = list[tuple[int, int, int]]
Asked = list[dict[str, int]]
"""The accounts that one operation reads, one after the other."""

ACCOUNT: attrgetter[tuple[int, int, int]] = attrgetter("id", "balance_cents", "version")
ONE = select(Account).where(Account.id == bindparam("account_id"))


def some_accounts(parameters: Parameters, size: DepotSize, random: Random) -> Asked:
    """Draw different accounts."""
    chosen = random.sample(range(1, size.accounts + 1), int(parameters["reads"]))
    return [{"account_id": account_id} for account_id in chosen]


def rollback(db: Database, asked: Asked) -> Accounts:
    """The session is closed, which rolls back."""
    with db.session() as session:
        return [ACCOUNT(session.execute(ONE, one).scalar_one()) for one in asked]


async def rollback_async(db: AsyncDatabase, asked: Asked) -> Accounts:
    """The session is closed, which rolls back."""
    async with db.session() as session:
        return [ACCOUNT((await session.execute(ONE, one)).scalar_one()) for one in asked]


def commit(db: Database, asked: Asked) -> Accounts:
    """The session commits (`session.begin()`)."""
    with db.session() as session, session.begin():
        return [ACCOUNT(session.execute(ONE, one).scalar_one()) for one in asked]


async def commit_async(db: AsyncDatabase, asked: Asked) -> Accounts:
    """The session commits (`session.begin()`)."""
    async with db.session() as session, session.begin():
        return [ACCOUNT((await session.execute(ONE, one)).scalar_one()) for one in asked]


def autocommit(db: Database, asked: Asked) -> Accounts:
    """The engine is in AUTOCOMMIT mode."""
    with db.session() as session:
        return [ACCOUNT(session.execute(ONE, one).scalar_one()) for one in asked]


async def autocommit_async(db: AsyncDatabase, asked: Asked) -> Accounts:
    """The engine is in AUTOCOMMIT mode."""
    async with db.session() as session:
        return [ACCOUNT((await session.execute(ONE, one)).scalar_one()) for one in asked]


def closed_twice(db: Database, asked: Asked) -> Accounts:
    """The session is closed in a `finally`, and once more by `with`."""
    with db.session() as session:
        try:
            return [ACCOUNT(session.execute(ONE, one).scalar_one()) for one in asked]
        finally:
            session.close()


async def closed_twice_async(db: AsyncDatabase, asked: Asked) -> Accounts:
    """The session is closed in a `finally`, and once more by `with`."""
    async with db.session() as session:
        try:
            return [ACCOUNT((await session.execute(ONE, one)).scalar_one()) for one in asked]
        finally:
            await session.close()


CLAIMS = (
    Claim(
        "C61",
        "a request is faster without session.close() in a finally inside of its with statement",
        Faster("rollback", "closed_twice"),
        "Leave it out for the reader's sake: the with statement closes.",
    ),
    Claim(
        "C62",
        "GET requests are faster where the dependency does not commit",
        Faster("rollback", "commit"),
        "Commit where something was written; a read ends either way.",
    ),
    Claim(
        "C62",
        "GET requests are faster in AUTOCOMMIT isolation",
        Faster("autocommit", "rollback"),
        "Give read-only endpoints an engine with AUTOCOMMIT where no two of their reads must agree.",
    ),
)

SCENARIO = Scenario(
    name="transactions",
    variants=(
        Variant("rollback", rollback, rollback_async),
        Variant("commit", commit, commit_async),
        Variant(
            "autocommit",
            autocommit,
            autocommit_async,
            conditions=lambda given: replace(given, isolation_level="AUTOCOMMIT"),
        ),
        Variant("closed_twice", closed_twice, closed_twice_async),
    ),
    baseline="rollback",
    dataset=DEPOT,
    key=some_accounts,
    parameters={"reads": (1, 10)},
    smoke=None,
    quick=None,
    claims=CLAIMS,
)
