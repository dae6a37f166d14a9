"""A benchmark: seeding PostgreSQL keeps at least half the pace of a bare COPY of its bytes.

No part of `make test`, for it would measure what else runs:

ORMBENCH_TEST_SLOW=1 python -m pytest -rP tests/servers/test_seeding_speed.py
"""

from time import perf_counter
from typing import Any, cast

import psycopg
import pytest
from sqlalchemy import Engine

from bench.servers.seeding import fill
from scenarios.shop import Base
from scenarios.shop_data import SHOP

TABLES = [table.name for table in Base.metadata.sorted_tables]
TRIALS = 3


def rendered(connection: psycopg.Connection[Any]) -> dict[str, bytes]:
    """Return the bytes that COPY sends for each table, read back from the seeded tables."""
    bytes_of = {}
    for table in TABLES:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT".encode()) as copy:
            bytes_of[table] = b"".join(bytes(piece) for piece in copy)
    return bytes_of


def bare_copy_s(connection: psycopg.Connection[Any], bytes_of: dict[str, bytes]) -> float:
    """Return the seconds that COPY FROM STDIN takes into the same tables, emptied; nothing is kept."""
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(TABLES)}".encode())
        started = perf_counter()
        for table, content in bytes_of.items():
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as copy:
                copy.write(content)
        return perf_counter() - started


@pytest.mark.slow
def test_seeding_is_at_least_half_as_fast_as_a_bare_copy(postgresql_engine: Engine) -> None:
    """Best of three each, in turn: rows generated, converted, indexed and analysed, against rows copied."""
    seeding_s, copying_s = [], []
    for _ in range(TRIALS):
        seeding_s.append(fill(postgresql_engine, SHOP, "medium", 1).elapsed_s)
        with postgresql_engine.connect() as connection:
            driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
            copying_s.append(bare_copy_s(driver, rendered(driver)))
    ratio = min(copying_s) / min(seeding_s)
    print(f"seeding reaches {ratio:.2f} of the rows/s of a bare COPY")  # noqa: T201 - shown by pytest -rP
    assert ratio >= 0.5, f"seeding took {min(seeding_s):.2f} s, a bare COPY {min(copying_s):.2f} s"
