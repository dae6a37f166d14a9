"""Load a dataset into PostgreSQL by COPY, and add to the tables afterwards what would slow the rows down."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from sqlalchemy import Connection, MetaData, Table, func, select, text
from sqlalchemy.schema import AddConstraint

from bench.core.dataset import Chunk


def create_bare_tables(connection: Connection, metadata: MetaData) -> None:
    """Create the tables without indexes and foreign keys.

    Checking two million foreign keys one by one and growing the indexes row by row would take most of the time.
    """
    bare = MetaData(schema=metadata.schema, naming_convention=metadata.naming_convention)
    for table in metadata.sorted_tables:
        copied = table.to_metadata(bare)
        copied.indexes.clear()
        copied.constraints -= copied.foreign_key_constraints
    bare.create_all(connection)


def copy_rows(connection: Connection, chunks: Iterable[Chunk]) -> int:
    """Load the chunks in the transaction that created their tables; return the number of rows.

    FREEZE (PostgreSQL manual, COPY) writes rows as if vacuumed long ago: otherwise the first readers, whom we
    time, would do that work.
    """
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    total = 0
    for table, pieces in groupby(chunks, key=itemgetter(0)):
        statement = f"COPY {_name(connection, table)} FROM STDIN (FREEZE)"
        with driver.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for _, rows in pieces:
                for row in _bound(connection, table, rows):
                    copy.write_row(row)
                total += len(rows)
    return total


def finish_tables(connection: Connection, metadata: MetaData) -> None:
    """Add indexes and foreign keys, and let identities continue above the keys that were loaded."""
    for table in metadata.sorted_tables:
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            index.create(connection)
    for table in metadata.sorted_tables:
        for foreign_key in sorted(table.foreign_key_constraints, key=lambda key: list(key.column_keys)):
            # Isolating the constraint would take it out of every later CREATE TABLE of this process.
            connection.execute(AddConstraint(foreign_key, isolate_from_table=False))
    for table in metadata.sorted_tables:
        _continue_identity(connection, table)


def vacuum(connection: Connection, metadata: MetaData) -> None:
    """Write statistics and the visibility map, so that no automatic vacuum starts while we measure.

    The connection must be in autocommit mode.
    """
    tables = ", ".join(_name(connection, table) for table in metadata.sorted_tables)
    connection.execute(text(f"VACUUM (ANALYZE) {tables}"))


def _bound(connection: Connection, table: Table, rows: list[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
    """Return the rows as the driver takes them: SQLAlchemy's types may want to convert a value (enum, JSON)."""
    dialect = connection.dialect
    processors = [column.type.dialect_impl(dialect).bind_processor(dialect) for column in table.columns]
    if not any(processors):
        return rows
    columns = zip(*rows, strict=True)
    converted = (
        map(process, values) if process else values for process, values in zip(processors, columns, strict=True)
    )
    return zip(*converted, strict=True)


def _continue_identity(connection: Connection, table: Table) -> None:
    column = table.autoincrement_column
    if column is None:
        return
    highest = connection.scalar(select(func.max(column)))
    if highest is not None and highest > 0:
        # NULL for a column without a sequence, and setval(NULL, ...) does nothing.
        sequence = func.pg_get_serial_sequence(_name(connection, table), column.name)
        connection.execute(select(func.setval(sequence, highest)))


def _name(connection: Connection, table: Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)
