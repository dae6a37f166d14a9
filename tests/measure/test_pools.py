"""Pools and observation: checkouts are watched only while somebody asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bench.core.conditions import Conditions
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.core.pools import Watch
from bench.measure.observation import NOTHING, observe
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench

DRIVERS = ("pysqlite", "aiosqlite")
ALONE = Conditions(pool_size=1, pool_timeout_s=0)


def once(db: Database, key: int) -> object:
    """Check one connection out."""
    with db.engine.connect() as connection:
        return connection.execute(text("SELECT :key"), {"key": key}).scalar()


async def once_async(db: AsyncDatabase, key: int) -> object:
    """Check one connection out, awaited."""
    async with db.engine.connect() as connection:
        return (await connection.execute(text("SELECT :key"), {"key": key})).scalar()


def twice(db: Database, key: int) -> object:
    """Check two connections out at a time."""
    with db.engine.connect():
        return once(db, key)


async def twice_async(db: AsyncDatabase, key: int) -> object:
    """Check two connections out at a time, awaited."""
    async with db.engine.connect():
        return await once_async(db, key)


def watch_into(seen: list[str]) -> Watch:
    """Return a watch that notes when it is entered and left."""

    @contextmanager
    def watch() -> Iterator[None]:
        seen.append("asked")
        try:
            yield
        finally:
            seen.append("answered")

    return watch


ONCE, TWICE = Variant("once", once, once_async), Variant("twice", twice, twice_async)


@pytest.mark.parametrize("driver", DRIVERS)
def test_checkouts_are_watched_only_while_that_is_asked_for(bench: Workbench, driver: str) -> None:
    """One context for each checkout, and none before or after: a timed block enters nothing."""
    pool: Any = bench.engine(driver).pool
    bench.perform(ONCE, driver, 1)
    assert pool.watch is None
    seen: list[str] = []
    pool.watch = watch_into(seen)
    bench.time(ONCE, driver, [1, 2, 3])
    assert seen == ["asked", "answered"] * 3
    pool.watch = None
    bench.perform(ONCE, driver, 1)
    assert len(seen) == 6


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_wait_that_ends_in_a_timeout_counts(bench: Workbench, driver: str) -> None:
    """The longest waits are those that came to nothing."""
    seen: list[str] = []
    with bench.under([(driver, ALONE)]):
        pool: Any = bench.engine(driver, ALONE).pool
        pool.watch = watch_into(seen)
        with pytest.raises(PoolTimeoutError):
            bench.perform(TWICE, driver, 1, ALONE)
    assert seen == ["asked", "answered"] * 2


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_block_is_observed_and_left_as_it_was(bench: Workbench, steward: Steward, driver: str) -> None:
    """A wait for each operation; lags of an event loop where there is one; SQLite has no server whose time counts."""
    conditions = Conditions(in_flight=2)
    with bench.under([(driver, conditions)]):
        found = observe(bench, steward, ONCE, driver, range(6), conditions)
        assert getattr(bench.engine(driver, conditions).pool, "watch", "none") is None
    waits = len(found.waits_ns)
    assert waits >= 6 + conditions.in_flight, "six are timed, and as many as are in flight come before the clock"
    assert all(wait_ns > 0 for wait_ns in found.waits_ns)
    assert bool(found.lags_ns) == (driver == "aiosqlite")
    assert found.server_ns is None
    expected = {"wait": waits} | ({"lag": len(found.lags_ns)} if found.lags_ns else {})
    assert {name: histogram.total for name, histogram in found.histograms().items()} == expected
    assert NOTHING.histograms() == {}


@pytest.mark.parametrize("driver", DRIVERS)
def test_without_a_pool_nobody_waits_for_it(bench: Workbench, steward: Steward, driver: str) -> None:
    """There is nothing to record, and the block runs all the same."""
    conditions = Conditions(pooled=False)
    with bench.under([(driver, conditions)]):
        assert observe(bench, steward, ONCE, driver, [1, 2], conditions).waits_ns == ()
