"""Tell an exception as plain data: the class that people write in `except`, and what the driver raised beneath it."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

from sqlalchemy.exc import DBAPIError, StatementError

NOTHING = "nothing"
"""The name of what was raised where nothing was."""
_CLOSED_TRANSPORT = "the handler is closed"
"""uvloop's words for a write to a connection that was reset while nobody used it; they pass drivers that do not expect
them, see aio-libs/aiomysql#966."""


class Caught:
    """Swallows what its block raises and keeps the facts alone: the traceback would keep sessions alive.

    Use it with a plain `with` in both modes. Cancellation passes, as everything does that is no `Exception`.
    """

    def __init__(self) -> None:
        self.name = NOTHING
        """The class of the exception as users meet it: what an `except` names."""
        self.full_name = NOTHING
        """The same with what it wraps, where that is no error of a driver: `StatementError (MissingGreenlet)`."""
        self.facts: dict[str, Any] = {"exception": NOTHING}
        """See `exception_facts`."""
        self.text = ""
        """The first line of the message."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> bool:
        if not isinstance(error, Exception):
            return False
        self.name = self.full_name = type(error).__name__
        if isinstance(error, StatementError) and not isinstance(error, DBAPIError) and error.orig is not None:
            self.full_name = f"{self.name} ({type(error.orig).__name__})"
        self.facts = exception_facts(error)
        self.text = (str(error).splitlines() or [""])[0]
        return True


def exception_facts(error: BaseException) -> dict[str, Any]:
    """Return the class of an exception, that of the driver beneath it, its code, and whether the connection is lost.

    `code` is the server's number (MariaDB, MySQL), the SQLSTATE (PostgreSQL) or the name that SQLite gives it; it is
    left out where there is none.
    """
    facts: dict[str, Any] = {"exception": type(error).__name__}
    if not isinstance(error, DBAPIError) or error.orig is None:
        return facts
    driven = _of_the_driver(error.orig)
    facts["driver_exception"] = f"{type(driven).__module__.partition('.')[0]}.{type(driven).__name__}"
    code = _code(error.orig) or _code(driven)
    if code is not None:
        facts["code"] = code
    facts["is_disconnect"] = error.connection_invalidated
    return facts


def is_lost_connection(error: BaseException) -> bool:
    """Say whether an exception tells of a connection that is lost, whoever cut it."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated
    return isinstance(error, ConnectionError) or (isinstance(error, RuntimeError) and _CLOSED_TRANSPORT in str(error))


def _of_the_driver(error: BaseException) -> BaseException:
    # SQLAlchemy wraps what asyncpg raises into classes of its own, which name the original as their cause.
    is_adapted = type(error).__module__.startswith("sqlalchemy.")
    return error.__cause__ if is_adapted and error.__cause__ is not None else error


def _code(error: BaseException) -> str | int | None:
    # The number first: some drivers of MariaDB tell a SQLSTATE beside it, which says less (HY000 for most).
    if error.args and isinstance(error.args[0], int):
        return error.args[0]
    names = ("sqlstate", "pgcode", "sqlite_errorname")
    return next((str(found) for name in names if (found := getattr(error, name, None))), None)
