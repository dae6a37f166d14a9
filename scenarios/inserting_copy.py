"""How rows go into the depot past SQLAlchemy: the COPY of each PostgreSQL driver, in its transaction."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable, Mapping, Sequence
from io import StringIO
from typing import Any

from bench.core.claims import Parameters
from bench.core.contract import Place
from scenarios.depot import Parcel, Row

TABLE = Parcel.__tablename__
COLUMNS = [column.name for column in Parcel.__table__.columns if column.name != "id"]
INTO = f"COPY {TABLE} ({', '.join(COLUMNS)}) FROM STDIN"

Bare = Any
"""A connection of the driver's own class."""

# The connections are in autocommit mode. BEGIN and COMMIT are asked for, because Core sends them too: without them COPY
# would be ahead by two round trips that are none of its merit.


def _psycopg(connection: Bare, rows: Sequence[Row]) -> None:
    with connection.transaction(), connection.cursor() as cursor, cursor.copy(INTO) as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


async def _psycopg_async(connection: Bare, rows: Sequence[Row]) -> None:
    async with connection.transaction(), connection.cursor() as cursor, cursor.copy(INTO) as copy:
        for row in rows:
            await copy.write_row(tuple(row.values()))


def _psycopg2(connection: Bare, rows: Sequence[Row]) -> None:
    lines = StringIO()
    csv.writer(lines).writerows(row.values() for row in rows)
    lines.seek(0)
    with connection, connection.cursor() as cursor:
        cursor.copy_expert(f"{INTO} (FORMAT csv)", lines)


async def _asyncpg(connection: Bare, rows: Sequence[Row]) -> None:
    records = [tuple(row.values()) for row in rows]
    async with connection.transaction():
        await connection.copy_records_to_table(TABLE, records=records, columns=COLUMNS)


# By the library of the connection: importing the drivers here would make every listing of the catalogue wait for them.
_COPIES: Mapping[str, Callable[[Bare, Sequence[Row]], None]] = {"psycopg": _psycopg, "psycopg2": _psycopg2}
_COPIES_ASYNC: Mapping[str, Callable[[Bare, Sequence[Row]], Awaitable[None]]] = {
    "psycopg": _psycopg_async,
    "asyncpg": _asyncpg,
}


def copy_rows(connection: Bare, rows: Sequence[Row]) -> None:
    """Write rows by the driver's own bulk path."""
    _COPIES[_library(connection)](connection, rows)


async def copy_rows_async(connection: Bare, rows: Sequence[Row]) -> None:
    """Write rows by the driver's own bulk path."""
    await _COPIES_ASYNC[_library(connection)](connection, rows)


def _library(connection: Bare) -> str:
    return type(connection).__module__.partition(".")[0]


def no_copy(place: Place, _parameters: Parameters) -> str | None:
    """Return why there is no COPY, or None."""
    if place.kind == "postgresql":
        return None
    if place.kind == "sqlite":
        return "SQLite is a library and has no bulk path: executemany is the ceiling"
    return "LOAD DATA LOCAL needs a file and connections that were opened to allow it, which ours are not"
