"""Fill a namespace with the rows of a dataset, once for each size, seed and schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import psycopg
from sqlalchemy import Connection, Engine, MetaData, NullPool, create_engine, insert, text
from sqlalchemy.exc import SQLAlchemyError

from bench.core.dataset import Chunk, Dataset
from bench.core.drivers import drivers_of
from bench.core.errors import OrmbenchError, UsageError
from bench.servers import copying
from bench.servers.namespace import Namespace
from bench.servers.namespaces import MARK_TABLE

_ROWS = " rows="
"""Parts the fingerprint from the number of rows in the mark of a namespace."""


@dataclass(frozen=True)
class Seeded:
    """What seeding did: nothing, where the namespace already held these rows."""

    fingerprint: str
    reused: bool
    rows: int = 0
    """Rows that the namespace holds."""
    elapsed_s: float = 0.0
    """Time for everything: tables, rows, indexes, keys and statistics."""
    loading_s: float = 0.0
    """Time for the rows alone."""


def seed(namespace: Namespace, dataset: Dataset, size_name: str, seed: int) -> Seeded:
    """Make the namespace hold exactly the rows of the dataset; do nothing where it already does.

    The fingerprint is taken away before the first row changes and written after the last: whatever interrupts
    seeding, half a dataset is never taken for a whole one.

    Raises:
        UsageError: The dataset has no such size, or a chunk does not fit its table.
        OrmbenchError: The database refused, e.g. because the disk is full.
    """
    fingerprint = dataset.fingerprint(size_name, seed)
    found, _, rows = (namespace.read_fingerprint() or "").partition(_ROWS)
    if found == fingerprint:
        return Seeded(fingerprint, reused=True, rows=int(rows))
    # The first driver of a kind blocks; it is the baseline driver, which is always installed.
    way = namespace.route(drivers_of(namespace.kind)[0].name)
    engine = create_engine(way.url, connect_args=dict(way.arguments), poolclass=NullPool)
    try:
        with _refusals_told(dataset, size_name):
            namespace.write_fingerprint("")
            _empty(engine)
            seeded = fill(engine, dataset, size_name, seed)
            namespace.write_fingerprint(f"{fingerprint}{_ROWS}{seeded.rows}")
    finally:
        engine.dispose()
    return seeded


@contextmanager
def _refusals_told(dataset: Dataset, size_name: str) -> Iterator[None]:
    """Say in one line what the database has against the rows.

    Raises:
        OrmbenchError: It refused.
    """
    try:
        yield
    except (SQLAlchemyError, psycopg.Error) as error:
        reason = (str(getattr(error, "orig", error)).splitlines() or [type(error).__name__])[0]
        message = f"cannot write the rows of dataset {dataset.name!r} ({size_name}): {reason}"
        raise OrmbenchError(message) from error


def _empty(engine: Engine) -> None:
    """Drop what an earlier schema of the dataset left: its tables may point at those that are replaced."""
    found = MetaData()
    with engine.begin() as connection:
        found.reflect(connection, only=lambda name, _: name != MARK_TABLE)
        found.drop_all(connection)


def fill(engine: Engine, dataset: Dataset, size_name: str, seed: int) -> Seeded:
    """Create the tables of the dataset, replacing those of the same names, and write all of its rows.

    A failure leaves tables without rows, or with some of them (MariaDB and MySQL commit every chunk).

    Raises:
        UsageError: A chunk does not fit its table, or a table is none of the dataset or stands in a schema of its own.
        OrmbenchError: The database refused, e.g. because the disk is full.
    """
    # Tables may have been added since the dataset was made.
    dataset.refuse_other_schemas()
    started = perf_counter()
    chunks = _checked(dataset, dataset.chunks(dataset.size(size_name), seed))
    load = _fill_by_copy if engine.dialect.name == "postgresql" else _fill_by_insert
    with _refusals_told(dataset, size_name):
        with engine.begin() as connection:
            dataset.metadata.drop_all(connection)
        rows, loading_s = load(engine, dataset.metadata, chunks)
    fingerprint = dataset.fingerprint(size_name, seed)
    return Seeded(fingerprint, reused=False, rows=rows, elapsed_s=perf_counter() - started, loading_s=loading_s)


def _checked(dataset: Dataset, chunks: Iterable[Chunk]) -> Iterator[Chunk]:
    for table, rows in chunks:
        if dataset.metadata.tables.get(table.key) is not table:
            message = f"dataset {dataset.name!r}: rows of table {table.key!r}, which is none of its metadata"
            raise UsageError(message)
        width = len(table.columns)
        if not rows:
            continue
        if len(rows[0]) != width:
            message = (
                f"dataset {dataset.name!r}: a row of table {table.name!r} has {len(rows[0])} values, "
                f"but the table has {width} columns; give one value for each column"
            )
            raise UsageError(message)
        yield table, rows


def _fill_by_copy(engine: Engine, metadata: MetaData, chunks: Iterable[Chunk]) -> tuple[int, float]:
    with engine.begin() as connection:
        copying.create_bare_tables(connection, metadata)
        started = perf_counter()
        rows = copying.copy_rows(connection, chunks)
        loading_s = perf_counter() - started
        copying.finish_tables(connection, metadata)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        copying.vacuum(connection, metadata)
    return rows, loading_s


def _fill_by_insert(engine: Engine, metadata: MetaData, chunks: Iterable[Chunk]) -> tuple[int, float]:
    """Write by executemany; SQLite, MariaDB and MySQL let identities continue above given keys by themselves."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        # Not for the pool: the settings below must not reach another user of the connection.
        connection.detach()
        metadata.create_all(connection)
        if not is_sqlite:
            _trust_keys(connection)
        connection.commit()
        started = perf_counter()
        rows = 0
        for table, values in chunks:
            names = table.columns.keys()
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in values])
            rows += len(values)
            if not is_sqlite:
                # InnoDB keeps an undo log for as long as a transaction is open.
                connection.commit()
        connection.commit()
        loading_s = perf_counter() - started
        _analyze(connection, metadata)
    return rows, loading_s


def _trust_keys(connection: Connection) -> None:
    # Checking every key takes most of the time, and chunks come in an order in which they hold.
    connection.execute(text("SET SESSION foreign_key_checks = 0"))
    connection.execute(text("SET SESSION unique_checks = 0"))


def _analyze(connection: Connection, metadata: MetaData) -> None:
    if connection.dialect.name == "sqlite":
        connection.execute(text("ANALYZE"))
    else:
        prepare = connection.dialect.identifier_preparer
        tables = ", ".join(prepare.format_table(table) for table in metadata.sorted_tables)
        connection.execute(text(f"ANALYZE TABLE {tables}")).all()
    connection.commit()
