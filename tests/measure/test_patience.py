"""What hangs, leaks or writes elsewhere is found by the proofs, in whatever way it waits, and the others go on."""

from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
import warnings
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bench.core.conditions import Conditions, Loop
from bench.core.connections import Connection
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.drivers import Mode
from bench.measure.own_tables import foreign_writes
from bench.measure.patience import TimeIsUpError, limited
from bench.measure.steward import Steward
from bench.measure.workbench import LeakError, Workbench
from bench.servers.delaying import DelayProxy
from tests.measure.notes import PLAIN, Rows, found, group_of, proved

LIMIT_S = 0.2
HELD: list[Any] = []


async def deaf() -> None:
    """Sleep on when cancelled."""
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(600)
    time.sleep(600)  # noqa: ASYNC251 - see blocking


async def blocking() -> None:
    """Hold the loop up."""
    time.sleep(600)  # noqa: ASYNC251 - that is the fault


async def waiting() -> None:
    """Wait as one should."""
    await asyncio.sleep(600)


def hanging(wait: Callable[[], Awaitable[None]]) -> Variant:
    """Return a variant that never answers."""

    def never(_db: Database, _last: int) -> Rows:
        while True:
            with suppress(Exception):
                time.sleep(600)

    async def never_async(_db: AsyncDatabase, _last: int) -> Rows:
        await wait()
        return []

    return Variant("hanging", never, never_async)


@pytest.mark.parametrize("loop", Loop)
@pytest.mark.parametrize("wait", [waiting, blocking, deaf])
def test_an_operation_that_hangs_fails_its_proof(
    bench: Workbench, steward: Steward, loop: Loop, wait: Callable[[], Awaitable[None]]
) -> None:
    """In Python code, in an idle loop and in one that is held up; the next case is proved on the same loop."""
    more = {"limit_s": LIMIT_S, "conditions": lambda _: Conditions(loop=loop)}
    proof = proved(bench, steward, group_of(PLAIN, hanging(wait), **more))
    assert found(proof) == [("hanging]@sqlite+pysqlite", "operation"), ("hanging]@sqlite+aiosqlite", "operation")]
    assert {failure.message for failure in proof.failures} == {"did not end within 0.2 s"}
    again = proved(bench, steward, group_of(PLAIN, **more))
    assert (again.failures, len(again.counts)) == ([], 2)


def test_an_operation_that_waits_in_c_loses_its_connections(postgresql: dict[str, Connection]) -> None:
    """Each driver of PostgreSQL, of which some hear no signal while they wait for the server; none pays for others."""
    names = sorted(postgresql)

    def sleep(db: Database, _last: int) -> Rows:
        with db.session() as session:
            session.execute(text("SELECT pg_sleep(600)"))
            return []

    async def sleep_async(db: AsyncDatabase, _last: int) -> Rows:
        async with db.session() as session:
            await session.execute(text("SELECT pg_sleep(600)"))
            return []

    def short(db: Database, _last: int) -> Rows:
        with db.session() as session:
            return [(session.scalar(text("SELECT 1")), "")]

    async def short_async(db: AsyncDatabase, _last: int) -> Rows:
        async with db.session() as session:
            return [(await session.scalar(text("SELECT 1")), "")]

    sleeping, brief = Variant("sleeping", sleep, sleep_async), Variant("short", short, short_async)
    url = next(iter(postgresql.values())).url
    host, port = url.rpartition("@")[2].partition("/")[0].split(":")
    with DelayProxy(host, int(port), [0.0]) as proxy:
        ways = [each.through("127.0.0.1", proxy.port(0.0)) for each in postgresql.values()]
        first = next(each for each in postgresql.values() if each.driver.mode is Mode.SYNC)
        with Workbench(ways) as opened, Steward(first) as steward:
            group = group_of(sleeping, drivers=tuple(names), limit_s=LIMIT_S)
            proof = proved(opened, steward, group, cut=proxy.cut)
            again = proved(opened, steward, group_of(brief, drivers=tuple(names)))
    assert [each[0] for each in found(proof)] == [f"sleeping]@sqlite+{name}" for name in names]
    assert {failure.message for failure in proof.failures} == {"did not end within 0.2 s"}
    assert (again.failures, len(again.counts)) == ([], len(names))


def test_threads_that_hang_are_left_behind(postgresql: dict[str, Connection]) -> None:
    """No further operation begins, those that wait lose their connections, and the next case has threads of its own."""
    ended: list[str] = []

    def sleep(db: Database, _last: int) -> None:
        try:
            with db.session() as session:
                session.execute(text("SELECT pg_sleep(600)"))
        except DBAPIError as error:
            ended.append(type(error).__name__)

    def connect(db: Database, _last: int) -> None:
        db.engine.connect().close()

    async def none(_db: AsyncDatabase, _last: int) -> None:
        raise NotImplementedError

    name, conditions = "psycopg2", Conditions(in_flight=2)
    host, port = postgresql[name].url.rpartition("@")[2].partition("/")[0].split(":")
    with (
        DelayProxy(host, int(port), [0.0]) as proxy,
        Workbench([postgresql[name].through(host, proxy.port(0.0))]) as bench,
    ):
        with bench.under([(name, conditions)]), pytest.raises(TimeIsUpError), limited(1.0):
            bench.time(Variant("sleeping", sleep, none), name, range(6), conditions)
        with bench.emptied():
            proxy.cut()
        with bench.under([(name, conditions)]):
            block = bench.time(Variant("connecting", connect, none), name, range(6), conditions)
        assert len(block.latencies_ns) in {6, 7}  # the other one may be under way when the last of six is there
    deadline = time.monotonic() + 60
    while len(ended) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert ended == ["OperationalError"] * 2


def test_a_cut_that_is_under_way_belongs_to_its_block() -> None:
    """It is waited for: the connections of the next block are others."""
    begun, over = threading.Event(), threading.Event()

    def cut() -> None:
        begun.set()
        time.sleep(0.1)
        over.set()

    with suppress(TimeIsUpError), limited(0.1, cut):
        # As a driver that waits in C hears of no signal.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
        try:
            begun.wait(60)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    assert over.is_set()


def test_who_else_set_the_timer_gets_it_back() -> None:
    """The process has one; its other user is called when its time comes."""
    heard: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, _: heard.append(number))
    theirs = signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(TimeIsUpError, match=r"did not end within 0\.05 s"), limited(0.05):
            time.sleep(600)
        assert heard == []
        deadline = time.monotonic() + 60
        while not heard and time.monotonic() < deadline:
            time.sleep(0.01)
        assert heard == [signal.SIGALRM]
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, *theirs)


def leaving(db: Database, last: int) -> Rows:
    """Take a connection and keep it."""
    HELD.append(db.engine.connect())
    return [(last, str(HELD[-1].scalar(text("SELECT 1"))))]


async def leaving_async(db: AsyncDatabase, last: int) -> Rows:
    """Take a connection and keep it."""
    HELD.append(await db.engine.connect())
    return [(last, str(await HELD[-1].scalar(text("SELECT 1"))))]


def test_a_connection_that_is_kept_fails_the_proof(bench: Workbench, steward: Steward) -> None:
    """The next case finds a pool in which none is missing, also where the pool would be empty by then."""
    leaking = Variant("leaving", leaving, leaving_async, answers="one row")
    proof = proved(bench, steward, group_of(PLAIN, leaking))
    assert found(proof) == [("leaving]@sqlite+pysqlite", "operation"), ("leaving]@sqlite+aiosqlite", "operation")]
    assert all(failure.message.startswith("LeakError: left 1 connection open") for failure in proof.failures)
    assert {bench.engine(driver).pool.checkedout() for driver in ("pysqlite", "aiosqlite")} == {0}
    while HELD:
        closed = HELD.pop().close()
        if closed is not None:
            bench.run(closed)


def dropping(db: Database, last: int) -> Rows:
    """Take a connection and forget it."""
    connection = db.engine.connect()
    return [(last, str(connection.scalar(text("SELECT 1"))))]


async def dropping_async(db: AsyncDatabase, last: int) -> Rows:
    """Take a connection and forget it."""
    connection = await db.engine.connect()
    return [(last, str(await connection.scalar(text("SELECT 1"))))]


def test_a_connection_that_is_dropped_fails_the_proof(bench: Workbench, steward: Steward) -> None:
    """It is out of the pool until the garbage collector runs, which is off in a timed block."""
    proof = proved(bench, steward, group_of(Variant("dropping", dropping, dropping_async)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLAlchemy tells of it then
        gc.collect()
    assert found(proof) == [("dropping]@sqlite+pysqlite", "operation"), ("dropping]@sqlite+aiosqlite", "operation")]
    assert all(failure.message.startswith("LeakError: left 1 connection open") for failure in proof.failures)


def test_leaks_that_empty_the_pool_are_named_as_such(bench: Workbench) -> None:
    """Not by what the pool says of its next user."""
    with pytest.raises(LeakError, match="left 5 connections open"), bench.leaks_refused("pysqlite"):
        HELD.extend(bench.engine("pysqlite").connect() for _ in range(5))
    with bench.leaks_refused("pysqlite"), bench.engine("pysqlite").connect():
        pass
    while HELD:
        HELD.pop().close()


OWN = ("note", "Tag")


@pytest.mark.parametrize(
    ("statement", "is_foreign"),
    [
        ("INSERT INTO note (id) VALUES (?)", False),
        ('INSERT INTO "Tag" (id) VALUES (?)', False),
        ("UPDATE note SET words = ?", False),
        ("SELECT id FROM note WHERE id = ? FOR UPDATE", False),
        ("SELECT id FROM diary FOR NO KEY UPDATE", False),
        ("SELECT 'DELETE FROM diary' FROM diary", False),
        ("INSERT INTO note (id) VALUES (?) ON CONFLICT (id) DO UPDATE SET words = ?", False),
        ("INSERT INTO note (id) VALUES (?) ON DUPLICATE KEY UPDATE words = ?", False),
        ("CREATE TEMPORARY TABLE scratch (id INTEGER REFERENCES note (id) ON UPDATE CASCADE)", False),
        ("WITH old AS (DELETE FROM note RETURNING id) SELECT id FROM old", False),
        ("WITH old AS (DELETE FROM diary RETURNING id) SELECT id FROM old", True),
        ("INSERT INTO diary (id) SELECT id FROM note", True),
        ("insert or replace into diary VALUES (?)", True),
        ("UPDATE elsewhere.note SET words = ?", True),
        ("UPDATE ONLY `diary` SET words = ?", True),
        ("CREATE TABLE IF NOT EXISTS diary (id INTEGER)", True),
        ("DROP TABLE diary", True),
        ("TRUNCATE diary", True),
        ("COPY diary FROM STDIN", True),
    ],
)
def test_writes_to_other_tables_are_told(statement: str, *, is_foreign: bool) -> None:
    """By the statement; locks, conflicts, texts and temporary tables are none."""
    assert list(foreign_writes([statement, statement], OWN)) == [statement] * is_foreign


def test_a_temporary_table_may_be_filled() -> None:
    """By the connection that made it; a table of the name that was there before is another one."""
    fill, make = "INSERT INTO scratch (id) VALUES (?)", 'CREATE TEMP TABLE IF NOT EXISTS "scratch" (id INTEGER)'
    assert list(foreign_writes([make, fill, "DROP TABLE scratch"], OWN)) == []
    assert list(foreign_writes([fill, make], OWN)) == [fill]
