"""The workbench: one loop, open connections, and equal settings in both modes, on real SQLite."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from socket import socket
from threading import current_thread
from typing import Any

import pytest
from sqlalchemy import Pool, event, text

from bench.core.conditions import Conditions, Loop
from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure import eventloops
from bench.measure.eventloops import loop_factory
from bench.measure.workbench import Workbench

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

COLLECTED = """
import asyncio, gc
from sqlalchemy.ext.asyncio import AsyncEngine
from bench.core.connections import Connection
from bench.measure.workbench import Workbench

async def drop(engine):
    await engine.connect()

with Workbench([Connection("aiosqlite", "sqlite+aiosqlite://")]) as bench:
    bench.run(drop(AsyncEngine(bench.engine("aiosqlite"))))
    gc.collect()
    try:
        print("made", asyncio.get_event_loop())
    except RuntimeError:
        print("none")
"""
"""A process in which nobody has spoken of event loops before."""


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
@pytest.mark.parametrize(
    ("conditions", "ready"),
    [
        (Conditions(in_flight=4), 4),
        (Conditions(in_flight=4, pool_size=3), 3),
        (Conditions(in_flight=4, pool_size=3, max_overflow=2), 3),
        (Conditions(in_flight=2, pool_size=20), 2),
        (Conditions(pool_size=20), 1),
        (Conditions(connections=4, pool_size=20), 4),
        (Conditions(in_flight=2, connections=4), 5),
    ],
)
def test_as_many_connections_lie_ready_as_will_be_in_use(
    bench: Workbench, driver: str, conditions: Conditions, ready: int
) -> None:
    """As many as are in flight or as the pool keeps; behind the block they are closed, and the plain one stays."""
    with bench.under([(driver, conditions)]):
        pool = bench.engine(driver, conditions).pool
        assert (pool.checkedin(), pool.checkedout()) == (ready, 0)
    assert pool.checkedin() == 0
    with pytest.raises(KeyError):
        bench.engine(driver, conditions)
    assert bench.engine(driver).pool.checkedin() == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_as_many_connections_lie_ready_behind_a_cut_as_before(bench: Workbench, driver: str) -> None:
    """A block that follows opens none while its clock runs."""
    conditions = Conditions(in_flight=4)
    with bench.under([(driver, conditions)]):
        with bench.emptied():
            pass
        assert bench.engine(driver, conditions).pool.checkedin() == 4
        assert bench.engine(driver).pool.checkedin() == 1


def test_a_crowds_clock_waits_for_the_overflow_of_its_pool(bench: Workbench) -> None:
    """It may start when as many connections are open as a crowd keeps open, and overflow that was closed is not."""
    conditions = Conditions(in_flight=4, pool_size=2, max_overflow=1)
    may_start: list[bool] = []

    def look(db: Database, _key: object) -> None:
        with ExitStack() as stack:
            for _ in range(3):
                may_start.append(bench.stretch("pysqlite", [1], conditions).is_ready())
                stack.enter_context(db.engine.connect())
            may_start.append(bench.stretch("pysqlite", [1], conditions).is_ready())
        may_start.append(bench.stretch("pysqlite", [1], conditions).is_ready())

    with bench.under([("pysqlite", conditions)]):
        bench.perform(Variant("look", look, name_of_loop), "pysqlite", None, conditions)
    assert may_start == [False, False, False, True, False]


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_is_open_already_stays_open(bench: Workbench, driver: str) -> None:
    """A block inside of another closes nothing that it did not open, and plain conditions are always open."""
    conditions = Conditions(pool_size=2)
    with bench.under([(driver, conditions)]):
        pool = bench.engine(driver, conditions).pool
        with bench.under([(driver, conditions), (driver, Conditions())]):
            assert bench.engine(driver, conditions).pool is pool
        assert pool.checkedin() == 1
    with bench.under([(driver, Conditions())]):
        pass
    assert bench.engine(driver).pool.checkedin() == 1


@pytest.mark.parametrize("driver", DRIVERS)
def test_what_is_open_is_closed_when_a_block_ends_badly(bench: Workbench, driver: str) -> None:
    """An operation that raises leaves no connection behind."""
    conditions = Conditions(in_flight=3)
    pools: list[Any] = []

    def fail() -> None:
        pools.append(bench.engine(driver, conditions).pool)
        raise LookupError

    with pytest.raises(LookupError), bench.under([(driver, conditions)]):
        fail()
    assert [pool.checkedin() for pool in pools] == [0]


def name_of_thread(_db: Database, _key: object) -> str:
    """Tell which thread this is."""
    return current_thread().name


async def name_of_loop(_db: AsyncDatabase, _key: object) -> str:
    """Tell which event loop this is."""
    return type(asyncio.get_running_loop()).__module__.partition(".")[0]


NAMES = Variant("names", name_of_thread, name_of_loop)


def test_awaited_bodies_run_in_the_loop_that_is_asked_for(bench: Workbench) -> None:
    """The best one and asyncio's own exist side by side, each with connections of its own."""
    with bench.under([("aiosqlite", Conditions(loop=Loop.ASYNCIO))]):
        assert bench.perform(NAMES, "aiosqlite", None, Conditions(loop=Loop.ASYNCIO)) == "asyncio"
        assert bench.perform(PRAGMA, "aiosqlite", "foreign_keys", Conditions(loop=Loop.ASYNCIO)) == 1
        assert bench.perform(NAMES, "aiosqlite", None) == loop_factory()[0].partition(" ")[0]


def test_blocking_bodies_in_flight_run_in_threads_that_are_started_before(bench: Workbench) -> None:
    """A single operation runs where the clock is; several run in threads, which later blocks use again."""
    seen: list[str] = []

    def note(_db: Database, _key: object) -> None:
        seen.append(current_thread().name)

    noting = Variant("noting", note, name_of_loop)
    bench.time(noting, "pysqlite", [1, 2])
    assert set(seen) == {current_thread().name}
    with bench.under([("pysqlite", Conditions(in_flight=3))]):
        seen.clear()
        bench.time(noting, "pysqlite", range(3), Conditions(in_flight=3))
        [threads] = bench._threads.values()
        assert len(threads._threads) == 3
        assert set(seen) <= {thread.name for thread in threads._threads}
        bench.time(noting, "pysqlite", range(3), Conditions(in_flight=3))
        assert list(bench._threads.values()) == [threads]


def test_one_event_loop_lives_as_long_as_the_workbench(connections: list[Connection]) -> None:
    """Every coroutine runs in the same loop, which is closed at the end."""
    with Workbench(connections) as bench:
        loops = [bench.run(_running_loop()) for _ in range(3)]
    assert loops[0] is loops[1] is loops[2]
    assert loops[0].is_closed()


def test_no_loop_is_made_beside_it() -> None:
    """Also not where a connection that was dropped is collected outside of a coroutine: nobody would close it."""
    run = subprocess.run([sys.executable, "-c", COLLECTED], capture_output=True, text=True, check=True)
    assert run.stdout == "none\n"


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


@pytest.fixture
def opened_and_closed() -> Iterator[list[str]]:
    """Return what the pools of all engines do with their connections."""
    seen: list[str] = []

    def opened(_dbapi_connection: object, _record: object) -> None:
        seen.append("opened")

    def closed(_dbapi_connection: object, _record: object) -> None:
        seen.append("closed")

    event.listen(Pool, "connect", opened)
    event.listen(Pool, "close", closed)
    yield seen
    event.remove(Pool, "connect", opened)
    event.remove(Pool, "close", closed)


def test_a_database_that_cannot_be_reached_leaves_nothing_open(
    connections: list[Connection], monkeypatch: pytest.MonkeyPatch, opened_and_closed: list[str]
) -> None:
    """What was opened before the failure is closed again, the loop too."""
    loops: list[asyncio.AbstractEventLoop] = []

    def noted() -> asyncio.AbstractEventLoop:
        loops.append(asyncio.new_event_loop())
        return loops[-1]

    monkeypatch.setattr(eventloops, "loop_factory", lambda _loop: ("asyncio", noted))
    with socket() as silent:
        silent.bind(("127.0.0.1", 0))  # ours, but nobody listens
        url = f"postgresql+asyncpg://nobody@127.0.0.1:{silent.getsockname()[1]}/nothing"
        bench = Workbench([*connections, Connection("asyncpg", url)])
        with pytest.raises(ConnectionRefusedError), bench:
            pass
    assert len(opened_and_closed) == 4
    assert opened_and_closed.count("opened") == opened_and_closed.count("closed")
    assert [loop.is_closed() for loop in loops] == [True]
