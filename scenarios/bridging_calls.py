"""How `bridging` asks each awaited driver from code that blocks: every call crosses the bridge by itself.

They are the calls of `layers_bare`, whose functions await them.
"""

from __future__ import annotations

from sqlalchemy.util import await_only

from scenarios.layers_bare import Bare, Fetch, Question, Records, Values, from_mysql, from_sqlite


def _aiosqlite(connection: Bare, question: Question, values: Values) -> Records:
    return from_sqlite(await_only(connection.execute_fetchall(question.qmark, values)))


def _psycopg(connection: Bare, question: Question, values: Values) -> Records:
    cursor = await_only(connection.execute(question.format, values))
    rows: Records = await_only(cursor.fetchall())
    return rows


def _asyncpg(connection: Bare, question: Question, values: Values) -> Records:
    return [tuple(row) for row in await_only(connection.fetch(question.dollar, *values))]


def _mysql(connection: Bare, question: Question, values: Values) -> Records:
    # What `async with` awaits, written out: code that blocks has none.
    opened = connection.cursor()
    cursor = await_only(opened.__aenter__())
    try:
        await_only(cursor.execute(question.format, values))
        return from_mysql(await_only(cursor.fetchall()))
    finally:
        await_only(opened.__aexit__(None, None, None))


_FETCH: dict[str, Fetch] = {
    "aiosqlite.core": _aiosqlite,
    "psycopg": _psycopg,
    "asyncpg.connection": _asyncpg,
    "aiomysql.connection": _mysql,
    "asyncmy.connection": _mysql,
}
"""The calls by the module of the connection's class, as in `layers_bare`."""


def fetch_over_bridge(connection: Bare, question: Question, values: Values) -> Records:
    """Return the rows of a question; to be called inside of a greenlet that `greenlet_spawn` began."""
    return _FETCH[type(connection).__module__](connection, question, values)
