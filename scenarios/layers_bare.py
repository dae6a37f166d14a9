"""How `layers` asks each driver without SQLAlchemy: by the calls that its documentation shows, for equal rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, NamedTuple

Record = tuple[Any, ...]
Records = list[Record]
Bare = Any
"""A connection of the driver's own class."""


class Question(NamedTuple):
    """One SELECT in the three ways in which drivers mark a bound value."""

    qmark: str
    format: str
    dollar: str

    @classmethod
    def of(cls, sql: str) -> Question:
        """Return the question for a text with `{}` wherever a value is bound."""
        values = sql.count("{}")
        dollars = (f"${number}" for number in range(1, values + 1))
        return cls(*(sql.format(*marks) for marks in (["?"] * values, ["%s"] * values, dollars)))


Values = tuple[int, ...]
Fetch = Callable[[Bare, Question, Values], Records]
FetchAsync = Callable[[Bare, Question, Values], Awaitable[Records]]

# Drivers of SQLite know neither flags nor moments, drivers of MariaDB and MySQL no flags. Whoever does without
# SQLAlchemy has to convert them as well.


def from_sqlite(rows: Iterable[Record]) -> Records:
    """Return the rows of a driver of SQLite with flags and moments."""
    moment = datetime.fromisoformat
    return [(key, name, email, bool(active), moment(created)) for key, name, email, active, created in rows]


def from_mysql(rows: Iterable[Record]) -> Records:
    """Return the rows of a driver of MariaDB and MySQL with flags."""
    return [(key, name, email, bool(active), created) for key, name, email, active, created in rows]


def _sqlite3(connection: Bare, question: Question, values: Values) -> Records:
    return from_sqlite(connection.execute(question.qmark, values).fetchall())


async def _aiosqlite(connection: Bare, question: Question, values: Values) -> Records:
    return from_sqlite(await connection.execute_fetchall(question.qmark, values))


def _psycopg(connection: Bare, question: Question, values: Values) -> Records:
    rows: Records = connection.execute(question.format, values).fetchall()
    return rows


async def _psycopg_async(connection: Bare, question: Question, values: Values) -> Records:
    rows: Records = await (await connection.execute(question.format, values)).fetchall()
    return rows


def _psycopg2(connection: Bare, question: Question, values: Values) -> Records:
    with connection.cursor() as cursor:
        cursor.execute(question.format, values)
        rows: Records = cursor.fetchall()
        return rows


async def _asyncpg(connection: Bare, question: Question, values: Values) -> Records:
    return [tuple(row) for row in await connection.fetch(question.dollar, *values)]


def _mysql(connection: Bare, question: Question, values: Values) -> Records:
    with connection.cursor() as cursor:
        cursor.execute(question.format, values)
        return from_mysql(cursor.fetchall())


async def _mysql_async(connection: Bare, question: Question, values: Values) -> Records:
    async with connection.cursor() as cursor:
        await cursor.execute(question.format, values)
        return from_mysql(await cursor.fetchall())


_FETCH: dict[str, Fetch] = {
    "sqlite3": _sqlite3,
    "psycopg": _psycopg,
    "psycopg2.extensions": _psycopg2,
    "pymysql.connections": _mysql,
    "MySQLdb.connections": _mysql,
}
_FETCH_ASYNC: dict[str, FetchAsync] = {
    "aiosqlite.core": _aiosqlite,
    "psycopg": _psycopg_async,
    "asyncpg.connection": _asyncpg,
    "aiomysql.connection": _mysql_async,
    "asyncmy.connection": _mysql_async,
}
"""The calls by the module of the connection's class: to find them takes next to nothing of what is timed."""


def fetch(connection: Bare, question: Question, values: Values) -> Records:
    """Return the rows of a question, asked through a connection of a driver that blocks."""
    return _FETCH[type(connection).__module__](connection, question, values)


async def fetch_async(connection: Bare, question: Question, values: Values) -> Records:
    """Return the rows of a question, asked through a connection of a driver that is awaited."""
    return await _FETCH_ASYNC[type(connection).__module__](connection, question, values)
