"""Move money between accounts that everybody wants: locks, atomic updates, compare-and-swap, or SERIALIZABLE?

So many workers transfer money at the same time, in either direction between a hot account (one for all, or one of a
hundred) and one of a thousand others. Afterwards every balance is the sum of what was done, whatever the strategy. All
lock in the order of ids, so no two transfers wait for each other for ever; those that may fail are tried again, in a
new session and after a short random pause. Says nothing about transfers that must not overdraw an account, nor about
locks that are held while a request thinks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random
from typing import Any, overload

from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.exc import DBAPIError
from tenacity import AsyncRetrying, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from bench.core.claims import Claim, Faster, Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Place, Scenario, Variant
from bench.core.database import AsyncDatabase, Database
from scenarios.depot import ACCOUNTS, DEPOT, OPENING_CENTS, Account, DepotSize, table_of

HOT = 100
"""The most hot accounts; ids above it are the others."""
CENTS = range(1, 500)
TRIES = 200
"""A transfer that fails so often in a row ends in the error of its last try."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.001, 0.02
"""The pause is drawn from zero to a bound that doubles from try to try ("full jitter")."""

LOST = {"40001", "40P01"}
"""SQLSTATEs of PostgreSQL: serialization failure and deadlock."""
LOST_MYSQL = {1020, 1205, 1213}
"""Error numbers: the record has changed since it was read, lock wait timeout, deadlock."""

ACCOUNT = Account.id == bindparam("account")
SEEN = select(Account.balance_cents, Account.version).where(ACCOUNT)
# Nothing of these accounts is held in the session, so there is nothing to synchronise.
ATOMIC = (
    update(Account)
    .where(ACCOUNT)
    .values(balance_cents=Account.balance_cents + bindparam("cents"))
    .execution_options(synchronize_session=False)
)
SWAP = (
    update(Account)
    .where(ACCOUNT, Account.version == bindparam("seen"))
    .values(balance_cents=bindparam("balance"), version=Account.version + 1)
    .execution_options(synchronize_session=False)
)
BALANCES = table_of(Account)
RESET = (
    update(BALANCES)
    .where((BALANCES.c.balance_cents != OPENING_CENTS) | (BALANCES.c.version != 0))
    .values(balance_cents=OPENING_CENTS, version=0)
)
TOTAL = select(func.sum(BALANCES.c.balance_cents))
TOUCHED = (
    select(BALANCES.c.id, BALANCES.c.balance_cents)
    .where(BALANCES.c.balance_cents != OPENING_CENTS)
    .order_by(BALANCES.c.id)
)

Transfer = list[dict[str, int]]
"""What one operation does: two accounts in the order of their ids, and what each of them gains or loses."""


class OvertakenError(Exception):
    """Another transfer has changed the account since it was read."""


def a_transfer(parameters: Parameters, _size: DepotSize, random: Random) -> Transfer:
    """Draw a hot account, another one, and how much goes from one to the other, or back."""
    cents = random.choice(CENTS) * random.choice((1, -1))
    hot, other = random.randint(1, int(parameters["rows"])), random.randint(HOT + 1, ACCOUNTS)
    return [{"account": hot, "cents": cents}, {"account": other, "cents": -cents}]


def is_lost(error: BaseException) -> bool:
    """Say whether a transfer lost against another and may be tried again from its beginning."""
    if not isinstance(error, DBAPIError):
        return isinstance(error, OvertakenError)
    cause: Any = error.orig
    first = cause.args[0] if cause.args else None
    # A number of MariaDB or MySQL: their drivers give a SQLSTATE as well, but one of these stands for many numbers.
    if isinstance(first, int):
        return first in LOST_MYSQL
    return (getattr(cause, "sqlstate", None) or getattr(cause, "pgcode", None)) in LOST


@overload
def tries(db: Database) -> Retrying: ...
@overload
def tries(db: AsyncDatabase) -> AsyncRetrying: ...
def tries(db: Database | AsyncDatabase) -> Retrying | AsyncRetrying:
    """Return the tries of one operation: each is a context that keeps what may be tried again."""
    kind: type[Retrying | AsyncRetrying] = AsyncRetrying if isinstance(db, AsyncDatabase) else Retrying
    return kind(
        retry=retry_if_exception(is_lost),
        stop=stop_after_attempt(TRIES),
        wait=wait_random_exponential(multiplier=FIRST_PAUSE_S, max=LONGEST_PAUSE_S),
        reraise=True,
    )


def atomic(db: Database, transfer: Transfer) -> None:
    """One UPDATE for each account that adds to its balance."""
    with db.session() as session:
        for part in transfer:
            session.execute(ATOMIC, part)
        session.commit()


async def atomic_async(db: AsyncDatabase, transfer: Transfer) -> None:
    """One UPDATE for each account that adds to its balance."""
    async with db.session() as session:
        for part in transfer:
            await session.execute(ATOMIC, part)
        await session.commit()


def for_update(db: Database, transfer: Transfer) -> None:
    """Entities that are locked when they are read (SELECT ... FOR UPDATE)."""
    with db.session() as session:
        for part in transfer:
            account = session.get_one(Account, part["account"], with_for_update=True)
            account.balance_cents += part["cents"]
        session.commit()


async def for_update_async(db: AsyncDatabase, transfer: Transfer) -> None:
    """Entities that are locked when they are read (SELECT ... FOR UPDATE)."""
    async with db.session() as session:
        for part in transfer:
            account = await session.get_one(Account, part["account"], with_for_update=True)
            account.balance_cents += part["cents"]
        await session.commit()


def optimistic(db: Database, transfer: Transfer) -> None:
    """Compare-and-swap on a version, tried again where another was quicker (tenacity)."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - the async twin cannot join two kinds of context
            with db.session() as session:
                for part in transfer:
                    balance, seen = session.execute(SEEN, part).one()
                    new = {"account": part["account"], "balance": balance + part["cents"], "seen": seen}
                    if session.execute(SWAP, new).rowcount != 1:  # type: ignore[attr-defined]  # it is a CursorResult
                        raise OvertakenError
                session.commit()


async def optimistic_async(db: AsyncDatabase, transfer: Transfer) -> None:
    """Compare-and-swap on a version, tried again where another was quicker (tenacity)."""
    async for one_try in tries(db):
        with one_try:
            async with db.session() as session:
                for part in transfer:
                    balance, seen = (await session.execute(SEEN, part)).one()
                    new = {"account": part["account"], "balance": balance + part["cents"], "seen": seen}
                    if (await session.execute(SWAP, new)).rowcount != 1:  # type: ignore[attr-defined]  # see optimistic
                        raise OvertakenError
                await session.commit()


def serializable(db: Database, transfer: Transfer) -> None:
    """Entities under SERIALIZABLE isolation, tried again where the database gives up (tenacity)."""
    for one_try in tries(db):
        with one_try:  # noqa: SIM117 - see optimistic
            with db.session() as session:
                for part in transfer:
                    account = session.get_one(Account, part["account"])
                    account.balance_cents += part["cents"]
                session.commit()


async def serializable_async(db: AsyncDatabase, transfer: Transfer) -> None:
    """Entities under SERIALIZABLE isolation, tried again where the database gives up (tenacity)."""
    async for one_try in tries(db):
        with one_try:
            async with db.session() as session:
                for part in transfer:
                    account = await session.get_one(Account, part["account"])
                    account.balance_cents += part["cents"]
                await session.commit()


def workers(parameters: Parameters) -> Conditions:
    """Return so many transfers at a time, with a connection for each."""
    number = int(parameters["workers"])
    return Conditions(in_flight=number, pool_size=number)


def arrange(connection: Connection, _transfers: Sequence[Transfer]) -> None:
    """Give every account what it held at first."""
    connection.execute(RESET)


def outcome(connection: Connection, _transfer: Transfer) -> tuple[int, list[tuple[Any, ...]]]:
    """Return the money of all accounts together, and every balance that changed."""
    touched = [tuple(row) for row in connection.execute(TOUCHED)]
    return int(connection.execute(TOTAL).scalar_one()), touched


def no_row_locks(place: Place, _parameters: Parameters) -> str | None:
    """Return why rows cannot be locked, or None."""
    if place.kind == "sqlite":
        return "SQLite locks the whole database for one writer, and SQLAlchemy leaves FOR UPDATE out there"
    return None


def always_serializable(place: Place, _parameters: Parameters) -> str | None:
    """Return why the isolation level makes no difference, or None."""
    if place.kind == "sqlite":
        return "SQLite knows no other isolation, and the driver begins no transaction before the first write"
    return None


def is_crowded(parameters: Parameters) -> bool:
    """Tell whether several workers want the same account."""
    return int(parameters["workers"]) > 1 and int(parameters["rows"]) == 1


CLAIMS = (
    Claim(
        "C58",
        "an atomic UPDATE is faster than SELECT ... FOR UPDATE",
        Faster("atomic", "for_update"),
        "Let the UPDATE do the sum where the new value follows from the old one; elsewhere lock, always in one order.",
    ),
    Claim(
        "C96",
        "on one hot row compare-and-swap is faster than SELECT ... FOR UPDATE",
        Faster("optimistic", "for_update", where=is_crowded),
        "Use compare-and-swap where conflicts are rare, and bound the number of tries.",
    ),
)

SCENARIO = Scenario(
    name="contention",
    variants=(
        Variant("atomic", atomic, atomic_async),
        Variant("for_update", for_update, for_update_async, unable=no_row_locks),
        Variant("optimistic", optimistic, optimistic_async),
        Variant(
            "serializable",
            serializable,
            serializable_async,
            conditions=lambda given: replace(given, isolation_level="SERIALIZABLE"),
            unable=always_serializable,
        ),
    ),
    baseline="atomic",
    dataset=DEPOT,
    key=a_transfer,
    # With 16 workers the engines of a group have 128 connections to PostgreSQL; a private server allows 200.
    parameters={"workers": (1, 8, 16), "rows": (1, 100)},
    smoke=None,
    quick=None,
    full={"workers": (1, 8)},
    conditions=workers,
    arrange=arrange,
    outcome=outcome,
    claims=CLAIMS,
)
