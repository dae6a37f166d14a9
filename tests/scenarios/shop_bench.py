"""Performs operations of the reading scenarios on a small shop, and tells what each of them did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, NullPool, create_engine, event

from bench.core.claims import Parameters
from bench.core.connections import SQLITE_PRAGMAS, Connection
from bench.core.contract import Place, Scenario, Variant
from bench.core.drivers import DRIVERS
from bench.measure.recorder import recorded
from bench.measure.workbench import Workbench
from bench.servers.seeding import fill
from scenarios.shop_data import SHOP, SIZES

SMALL = SIZES["small"]
BOTH_MODES = ("pysqlite", "aiosqlite")
POSTGRESQL = [Place("postgresql", DRIVERS[name]) for name in ("psycopg", "psycopg_async", "psycopg2", "asyncpg")]
MARIADB = [Place("mariadb", DRIVERS[name]) for name in ("pymysql", "aiomysql", "asyncmy")]
SQLITE = [Place("sqlite", DRIVERS[name]) for name in BOTH_MODES]
PLACES = SQLITE + POSTGRESQL + MARIADB


@dataclass(frozen=True)
class Deed:
    """What some operations did."""

    keys: list[Any]
    answers: list[Any]
    statements: list[str]
    connected: int
    """Connections that were opened while they ran."""


@dataclass(frozen=True)
class ShopBench:
    """An open shop."""

    bench: Workbench

    def perform(
        self, scenario: Scenario, variant: Variant, parameters: Parameters, driver: str, times: int = 1
    ) -> Deed:
        """Do the work of a variant so many times, one after another."""
        random = Random(3)
        keys = [scenario.key(parameters, SMALL, random) for _ in range(times)]
        conditions = variant.conditions(scenario.conditions(parameters))
        with self.bench.under([(driver, conditions)]):
            engine = self.bench.engine(driver, conditions)
            with recorded(engine) as heard, _connections_of(engine) as connected:
                answers = [self.bench.perform(variant, driver, key, conditions) for key in keys]
        return Deed(keys, answers, heard.statements, len(connected))


@contextmanager
def open_shop(path: Path) -> Iterator[ShopBench]:
    """Yield a small shop that is seeded into that file."""
    fill(create_engine(f"sqlite:///{path}", poolclass=NullPool), SHOP, "small", seed=1)
    ways = [Connection(driver, f"sqlite+{driver}:///{path}", {}, SQLITE_PRAGMAS) for driver in BOTH_MODES]
    with Workbench(ways) as bench:
        yield ShopBench(bench)


@contextmanager
def _connections_of(engine: Engine) -> Iterator[list[object]]:
    opened: list[object] = []

    def note(connection: object, _record: object) -> None:
        opened.append(connection)

    event.listen(engine, "connect", note)
    try:
        yield opened
    finally:
        event.remove(engine, "connect", note)


def able(scenario: Scenario, parameters: Parameters, place: Place) -> list[str]:
    """Return the variants that can run at a place."""
    return [each.name for each in scenario.variants if scenario.hindrance(each.name, place, parameters) is None]
