"""The one place where an exception becomes an answer: by what happened, not by a class's name or a message's words.

Drivers disagree about classes: what psycopg calls OperationalError is InterfaceError or a bare OSError with asyncpg.
They agree about codes: SQLSTATE with PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html), error
numbers with MariaDB and MySQL (https://mariadb.com/kb/en/mariadb-error-code-reference/), result codes with SQLite
(https://www.sqlite.org/rescode.html). And SQLAlchemy knows whether a connection was lost, and whether there was one.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError
from starlette.exceptions import HTTPException

from target_app.problems import Conflict, Problem, Unavailable, Unprocessable, problem_response

_LOG = logging.getLogger("uvicorn.error")
"""Where uvicorn writes what is no access: its operators read it already."""


class Overtaken(Exception):  # noqa: N818 - what happened to the transaction, in one word
    """Another transaction changed a row between our reading and writing it."""


Code = tuple[str, str | int]
"""Whose code it is, and the code."""

DUPLICATE: frozenset[Code] = frozenset({
    ("sqlstate", "23505"),
    ("mysql", 1062), ("mysql", 1586),
    ("sqlite", 1555), ("sqlite", 2067),
})  # fmt: skip
"""A row of this key exists."""
HELD: frozenset[Code] = frozenset({
    ("sqlstate", "23503"), ("sqlstate", "23001"),
    ("mysql", 1451), ("mysql", 1452),
    ("sqlite", 787),
})  # fmt: skip
"""Another row points at this one, or this one at a row that is gone."""
LOST: frozenset[Code] = frozenset({
    ("sqlstate", "40001"), ("sqlstate", "40P01"),
    ("mysql", 1020), ("mysql", 1205), ("mysql", 1213), ("mysql", 1305),
    ("sqlite", 5), ("sqlite", 261), ("sqlite", 517), ("sqlite", 773),
    ("sqlite", 6), ("sqlite", 262), ("sqlite", 518),
})  # fmt: skip
"""The transaction lost against another one: serialization failure, deadlock, lock wait timeout, busy file.

1305 is a savepoint that is not there: MariaDB and MySQL roll the whole transaction back and tell us of that, and
SQLAlchemy, going back to the savepoint, is told this, which hides what was told before.
"""
AWAY: frozenset[Code] = frozenset({
    ("sqlstate", "53300"), ("sqlstate", "57P01"), ("sqlstate", "57P02"), ("sqlstate", "57P03"),
    ("sqlstate", "08000"), ("sqlstate", "08001"), ("sqlstate", "08003"), ("sqlstate", "08004"), ("sqlstate", "08006"),
    ("mysql", 1040), ("mysql", 1053), ("mysql", 1203), ("mysql", 1226), ("mysql", 1927),
    ("mysql", 2002), ("mysql", 2003), ("mysql", 2006), ("mysql", 2013), ("mysql", 2055),
    ("sqlite", 14), ("sqlite", 270), ("sqlite", 526), ("sqlite", 782),
    ("sqlite", 1038), ("sqlite", 1294), ("sqlite", 1550),
})  # fmt: skip
"""The server lets nobody in, goes down, or is gone; the file cannot be opened."""

_AWAY = "The database cannot be reached; try again later."
_TOLD: dict[type[Exception], tuple[type[Problem], str]] = {
    PoolTimeoutError: (Unavailable, "All connections were in use for too long; try again later."),
    StaleDataError: (Conflict, "Somebody else deleted it meanwhile; nothing was changed."),
    Overtaken: (Unavailable, "Others were quicker again and again; try again later."),
    # asyncpg lets the socket's own error through where it cannot connect.
    OSError: (Unavailable, _AWAY),
}
"""What a client is told of exceptions that have no code."""


def is_lost(error: BaseException) -> bool:
    """Say whether the whole transaction may go well when it is tried again from its beginning."""
    return isinstance(error, Overtaken) or (isinstance(error, DBAPIError) and code_of(error) in LOST)


def code_of(error: DBAPIError) -> Code | None:
    """Return the code that the server, or the library, gave the error."""
    original = error.orig
    if (sqlite_code := getattr(original, "sqlite_errorcode", None)) is not None:
        return "sqlite", sqlite_code
    first = original.args[0] if original is not None and original.args else None
    # Before the SQLSTATE, which these drivers keep as well: there, 23000 stands for many of their numbers.
    if isinstance(first, int):
        return "mysql", first
    state = getattr(original, "sqlstate", None) or getattr(original, "pgcode", None)
    return None if state is None else ("sqlstate", state)


def problem_of(error: Exception) -> Problem | None:
    """Return what a client is told of an exception, or None where it is a defect of ours."""
    match error:
        case Problem():
            return error
        case DBAPIError():
            return _problem_of_database(error)
        case ExceptionGroup():
            # Tasks of one request that failed together: one defect among them makes it a defect.
            problems = [problem_of(each) for each in error.exceptions]
            return None if None in problems else problems[0]
    return next((problem(detail) for kind, (problem, detail) in _TOLD.items() if isinstance(error, kind)), None)


def _problem_of_database(error: DBAPIError) -> Problem | None:
    code = code_of(error)
    if code in DUPLICATE:
        return Conflict("Something with this name exists already; choose another one.")
    if code in HELD:
        return Conflict("Others depend on it, or what it depends on is gone; nothing was changed.")
    if code in LOST:
        return Unavailable("Too many wanted to change the same at a time; try again later.")
    # Without a statement it was connecting, COMMIT or ROLLBACK that failed: no statement of ours is wrong.
    if error.connection_invalidated or error.statement is None or code in AWAY:
        return Unavailable(_AWAY)
    return None


def handle_errors(app: FastAPI) -> None:
    """Let an application answer every exception with a problem."""
    for kind in (Problem, SQLAlchemyError, OSError, Overtaken, ExceptionGroup):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_defect)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_refused)


async def _answer(request: Request, error: Exception) -> Response:
    problem = problem_of(error)
    if problem is None:
        raise error
    if isinstance(problem, Unavailable):
        # A client is not told what happened behind the service, and whoever runs it has to know.
        happened = getattr(error, "orig", None) or error.__cause__ or error
        _LOG.warning("%s %r: 503, %s: %s", request.method, request.url.path, type(happened).__name__, happened)
    return problem.response()


async def _answer_defect(_request: Request, _error: Exception) -> Response:
    # No word of SQL, settings or code leaves the service; starlette raises the error again, for the server's log.
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    return problem_response(status, "defect", "This is a defect of the service, not of the request.")


async def _answer_invalid(_request: Request, error: Exception) -> Response:
    found: list[Mapping[str, Any]] = list(error.errors()) if isinstance(error, RequestValidationError) else []
    errors = [{"place": ".".join(map(str, each["loc"])), "message": each["msg"]} for each in found]
    return Unprocessable("The request does not fit its description; see `errors`.", errors=errors).response()


async def _answer_refused(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else HTTPStatus.INTERNAL_SERVER_ERROR
    title = HTTPStatus(status).phrase.lower()
    response = problem_response(status, title, f"{title.capitalize()}: see /docs for what there is.")
    response.headers.update(getattr(error, "headers", None) or {})
    return response
