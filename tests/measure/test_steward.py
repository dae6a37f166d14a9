"""The steward: arranges and looks outside of any clock, and reads the server's own time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import Connection as Connected
from sqlalchemy import text

from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from tests.measure.notes import PLAIN, scenario_of


def busy(db: Database, rows: int) -> object:
    """Let the server count rows of its own."""
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT count(*) FROM generate_series(1, :rows)"), {"rows": rows}).scalar()


async def busy_async(db: AsyncDatabase, rows: int) -> object:
    """Let the server count rows of its own, awaited."""
    async with db.engine.connect() as connection:
        found = await connection.execute(text("SELECT count(*) FROM generate_series(1, :rows)"), {"rows": rows})
        return found.scalar()


BUSY = Variant("busy", busy, busy_async)


@pytest.mark.parametrize("driver", ["psycopg", "asyncpg"])
def test_the_time_of_the_server_grows_with_its_work(
    postgresql: dict[str, Connection], postgresql_bench: Workbench, driver: str
) -> None:
    """Work of any driver counts; looking at the clock does not."""
    with Steward(postgresql["psycopg"]) as steward:
        assert steward.knows_server_time
        before_ns = steward.server_ns()
        assert before_ns is not None
        assert steward.server_ns() == pytest.approx(before_ns, rel=1e-9)
        assert postgresql_bench.perform(BUSY, driver, 10_000) == 10_000
        after_ns = steward.server_ns()
        assert after_ns is not None
        assert after_ns > before_ns


def test_a_library_has_no_time_of_its_own(steward: Steward) -> None:
    """SQLite works in the client's process: its time is the client's."""
    assert steward.server_ns() is None
    assert not steward.knows_server_time


def test_what_is_arranged_is_committed_and_what_is_left_is_read(steward: Steward, bench: Workbench) -> None:
    """The measured connections see it, and the next look sees what they left."""

    def arrange(connection: Connected, keys: Sequence[Any]) -> None:
        connection.execute(text("DELETE FROM note WHERE id > :most"), {"most": max(keys)})

    def outcome(connection: Connected, key: int) -> object:
        return connection.execute(text("SELECT count(*) FROM note WHERE id <= :key"), {"key": key}).scalar()

    scenario = scenario_of(PLAIN, arrange=arrange, outcome=outcome)
    steward.arrange(scenario, [3, 5, 4])
    assert [key for key, _ in bench.perform(PLAIN, "aiosqlite", 10)] == [1, 2, 3, 4, 5]
    assert steward.outcome(scenario, 4) == 4
    assert steward.outcome(scenario, 10) == 5


def test_a_scenario_that_says_nothing_is_left_alone(steward: Steward) -> None:
    """Reading scenarios need nothing arranged and leave nothing."""
    steward.arrange(scenario_of(PLAIN), [1])
    assert steward.outcome(scenario_of(PLAIN), 1) is None
