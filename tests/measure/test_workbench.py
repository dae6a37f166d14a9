"""The workbench: one loop, open connections, and equal settings in both modes, on real SQLite."""

from __future__ import annotations

import asyncio
import sys
from socket import socket

import pytest
from sqlalchemy import text

from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure import workbench
from bench.measure.engines import POOL
from bench.measure.workbench import Workbench, loop_factory

DRIVERS = ("pysqlite", "aiosqlite")


def pragma(db: Database, name: str) -> object:
    """Ask the connection for a setting."""
    with db.engine.connect() as connection:
        return connection.execute(text(f"PRAGMA {name}")).scalar()


async def pragma_async(db: AsyncDatabase, name: str) -> object:
    """Ask the connection for a setting, awaited."""
    async with db.engine.connect() as connection:
        return (await connection.execute(text(f"PRAGMA {name}"))).scalar()


PRAGMA = Variant("pragma", pragma, pragma_async)


async def _running_loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_variant_is_performed_by_the_body_of_the_drivers_mode(bench: Workbench, driver: str) -> None:
    """The blocking driver runs the first body, the awaited one its twin, on the same database."""
    assert bench.perform(PRAGMA, driver, "user_version") == 0
    block = bench.time(PRAGMA, driver, ["user_version"] * 3)
    assert block.elapsed_ns > 0


@pytest.mark.parametrize("driver", DRIVERS)
def test_statements_for_a_new_connection_reach_both_modes(bench: Workbench, driver: str) -> None:
    """Pragmas are set on every connection of either driver."""
    assert bench.perform(PRAGMA, driver, "foreign_keys") == 1
    assert bench.perform(PRAGMA, driver, "cache_size") == -4321


@pytest.mark.parametrize("driver", DRIVERS)
def test_connections_are_open_before_anything_is_timed(bench: Workbench, driver: str) -> None:
    """On entry a connection per driver lies ready in its pool, and an operation opens no other."""
    pool = bench.engine(driver).pool
    assert (pool.checkedin(), pool.checkedout()) == (1, 0)
    bench.perform(PRAGMA, driver, "user_version")
    assert (pool.checkedin(), pool.checkedout()) == (1, 0)


@pytest.mark.parametrize("driver", DRIVERS)
def test_both_modes_have_the_pool_that_the_report_prints(bench: Workbench, driver: str) -> None:
    """No default of a mode makes a difference."""
    pool = bench.engine(driver).pool
    found = (pool.size(), pool._max_overflow, pool._timeout, pool._pre_ping, pool._recycle)
    assert found == tuple(POOL.values())


def test_one_event_loop_lives_as_long_as_the_workbench(connections: list[Connection]) -> None:
    """Every coroutine runs in the same loop, which is closed at the end."""
    with Workbench(connections) as bench:
        loops = [bench.run(_running_loop()) for _ in range(3)]
    assert loops[0] is loops[1] is loops[2]
    assert loops[0].is_closed()


def test_the_loop_is_named_as_what_runs() -> None:
    """What the report says about the loop is what the workbench has; without uvloop it is asyncio's own."""
    name, factory = loop_factory()
    loop = factory()
    assert type(loop).__module__.partition(".")[0] == name.partition(" ")[0]
    loop.close()


def test_without_uvloop_the_standard_loop_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """A platform without uvloop is measured all the same, and said to be."""
    monkeypatch.setitem(sys.modules, "uvloop", None)
    assert loop_factory() == ("asyncio", asyncio.new_event_loop)


def test_a_database_that_cannot_be_reached_leaves_nothing_open(
    connections: list[Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was opened before the failure is closed again, the loop too."""
    loops: list[asyncio.AbstractEventLoop] = []

    def noted() -> asyncio.AbstractEventLoop:
        loops.append(asyncio.new_event_loop())
        return loops[-1]

    monkeypatch.setattr(workbench, "loop_factory", lambda: ("asyncio", noted))
    with socket() as silent:
        silent.bind(("127.0.0.1", 0))  # ours, but nobody listens
        url = f"postgresql+asyncpg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        bench = Workbench([*connections, Connection("asyncpg", url)])
        with pytest.raises(ConnectionRefusedError), bench:
            pass
    assert bench.engine("aiosqlite").pool.checkedin() == 0
    assert bench.engine("pysqlite").pool.checkedin() == 0
    assert [loop.is_closed() for loop in loops] == [True]
