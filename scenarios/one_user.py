"""One user by its id, with or without a wait at the server: what the scenarios about pools and concurrency fetch."""

from __future__ import annotations

from operator import attrgetter
from random import Random
from typing import Any, NamedTuple

from sqlalchemy import Float, Integer, Select, bindparam, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bench.core.claims import Parameters
from bench.core.contract import Place
from scenarios.shop import User
from scenarios.shop_data import ShopSize

USER = attrgetter(*User.__table__.columns.keys())
"""Makes a plain tuple of a user."""


class ServerWait(FunctionElement[Any]):
    """Seconds that the server waits before it goes on: `pg_sleep` or `SLEEP`; what it returns means nothing.

    SQLite has no such function of its own: a connection that is to wait needs one of the name `sleep`.
    """

    name = "server_wait"
    inherit_cache = True


@compiles(ServerWait)
def _sleep(element: ServerWait, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    return f"SLEEP({compiler.process(element.clauses, **options)})"


@compiles(ServerWait, "postgresql")
def _pg_sleep(element: ServerWait, compiler: SQLCompiler, **options: Any) -> str:  # noqa: ANN401 - SQLAlchemy's own
    # It adds the seconds to its clock as floating-point numbers and rounds what is left up to whole milliseconds: a
    # wait of 1 ms takes 2. With 10 microseconds less it is the last millisecond of those asked for that is rounded up.
    return f"pg_sleep(greatest(0, {compiler.process(element.clauses, **options)} - 0.00001))"


AT_ONCE: Select[Any] = select(User).where(User.id == bindparam("user_id", type_=Integer))
# Among the columns the wait is evaluated once for the one row; in a WHERE the planner may evaluate it more often.
WAITING: Select[Any] = AT_ONCE.add_columns(ServerWait(bindparam("wait_s", type_=Float)).label("waited"))


class Asked(NamedTuple):
    """What one operation asks for: a user, and how long the server waits before it answers."""

    user_id: int
    wait_ms: int

    @property
    def statement(self) -> Select[Any]:
        """Return the query, which has the user in its first column."""
        return WAITING if self.wait_ms else AT_ONCE

    @property
    def values(self) -> dict[str, float]:
        """Return the values of the query."""
        wait = {"wait_s": self.wait_ms / 1_000} if self.wait_ms else {}
        return {"user_id": self.user_id, **wait}


def a_user_id(_parameters: Parameters, size: ShopSize, random: Random) -> int:
    """Draw any user."""
    return random.randint(1, size.users)


def no_server(place: Place, parameters: Parameters) -> str | None:
    """Return why nobody can wait at the server, or None."""
    if place.kind == "sqlite" and parameters["wait_ms"]:
        return "SQLite runs inside the process: there is no server to wait at"
    return None
