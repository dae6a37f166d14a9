"""What the themes about faults share: who catches an exception, what is expected of it, and the servers' own SQL."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from sqlalchemy import bindparam, exc, select, text, update

from bench.core.caught import Caught, exception_facts
from bench.core.experiments import Prediction
from scenarios.experiments.stall import Account

CLAUSES: Mapping[str, type[BaseException]] = {
    "IntegrityError": exc.IntegrityError,
    "OperationalError": exc.OperationalError,
    "InterfaceError": exc.InterfaceError,
    "DBAPIError": exc.DBAPIError,
    "sqlalchemy.exc.TimeoutError": exc.TimeoutError,
    "SQLAlchemyError": exc.SQLAlchemyError,
    "TimeoutError": TimeoutError,
    "OSError": OSError,
    "RuntimeError": RuntimeError,
    "asyncio.CancelledError": asyncio.CancelledError,
    "Exception": Exception,
}
"""What people write behind `except`, the narrow ones before those that hold them. The first six are SQLAlchemy's."""

WITHDRAW = (
    update(Account)
    .where(Account.id == bindparam("account"))
    .values(balance_cents=Account.balance_cents - 1)
    .execution_options(synchronize_session=False)
)
FIRST_AT_ONCE = select(Account.id).where(Account.id == 1).with_for_update(nowait=True)
"""Fails where somebody else holds the row; not for SQLite."""
BEGUN_S = 0.3
"""After so long a statement that was sent is under way at the server."""
NOTICED_S = 0.1
"""After so long what a server that ends still sends has arrived."""
ASLEEP = {"seconds": 5.0}
"""So long a statement sleeps that is disturbed before its end."""

IDENTITY = {"postgresql": text("SELECT pg_backend_pid()"), "mysql": text("SELECT connection_id()")}
"""The number of a connection at the server; here and below by family of drivers."""
TERMINATE = {"postgresql": text("SELECT pg_terminate_backend(:number)"), "mysql": text("KILL :number")}
SLEEP = {"postgresql": text("SELECT pg_sleep(:seconds)"), "mysql": text("SELECT sleep(:seconds)")}
SLEEPERS = {
    "postgresql": text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE state = 'active' AND query LIKE 'SELECT pg_sleep%' AND pid <> pg_backend_pid()"
    ),
    "mysql": text("SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'SELECT sleep%'"),
}
"""How many statements sleep at the server."""


class Raised(Caught):
    """Tells in its facts also which clauses catch the exception; stands beside a session in `async with` too."""

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return self.__exit__(kind, error, trace)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        is_swallowed = super().__exit__(kind, error, trace)
        if is_swallowed and error is not None:
            self.facts = raised_facts(error)
        return is_swallowed


def raised_facts(error: BaseException) -> dict[str, Any]:
    """Return the facts of an exception, and under `caught_by` every clause that catches it."""
    return {**exception_facts(error), "caught_by": [name for name, each in CLAUSES.items() if isinstance(error, each)]}


def told_as(*names: str, **also: object) -> Prediction:
    """Return the prediction that all faults raise one of these classes, and that all have the other facts too."""
    words = " or ".join(names) + "".join(f", {name}: {value}" for name, value in also.items())
    return Prediction(words, lambda found: all(_is_told_as(each, names, also) for each in found.values()))


def _is_told_as(fault: Mapping[str, Any], names: tuple[str, ...], also: Mapping[str, object]) -> bool:
    facts = {**fault, **fault["raised"]}
    return facts["exception"] in names and all(facts.get(name) == value for name, value in also.items())


def caught_by(clause: str) -> Prediction:
    """Return the prediction that one clause catches what all faults raise."""
    return Prediction(
        f"`except {clause}` catches it",
        lambda found: all(clause in each["raised"].get("caught_by", ()) for each in found.values()),
    )


def fact(name: str, value: object) -> Prediction:
    """Return the prediction that something is the same after all faults."""
    return Prediction(f"{name}: {value}", lambda found: all(each[name] == value for each in found.values()))


CLOSED_TRANSPORT = (
    "aiomysql writes to a transport that uvloop has closed already, and uvloop's bare RuntimeError passes driver, "
    "ping and pool (aio-libs/aiomysql#966; asyncio's own loop raises none): the connection is not replaced, and its "
    "place in the pool is free again only when the garbage collector comes."
)
