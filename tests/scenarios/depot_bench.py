"""Performs operations of the writing scenarios as a proof does, and tells what each of them did."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine, event

from bench.core.claims import Parameters
from bench.core.connections import SQLITE_PRAGMAS, Connection
from bench.core.contract import Scenario
from bench.measure.recorder import recorded
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.servers.seeding import fill
from scenarios.depot import DEPOT

DRIVERS = ("pysqlite", "aiosqlite")


@dataclass(frozen=True)
class Deed:
    """What one operation did."""

    key: Any
    answer: Any
    left: Any
    """The outcome that the scenario reads afterwards."""
    statements: list[str]
    commits: int


@dataclass(frozen=True)
class DepotBench:
    """An open depot."""

    bench: Workbench
    steward: Steward

    def perform(
        self, scenario: Scenario, variant: str, parameters: Parameters, driver: str = "pysqlite", seed: int = 3
    ) -> Deed:
        """Do the work of a variant once."""
        key = scenario.key(parameters, DEPOT.size("small"), Random(seed))
        conditions = scenario.surroundings(variant, parameters)
        with self.bench.under([(driver, conditions)]):
            self.steward.arrange(scenario, [key])
            engine = self.bench.engine(driver, conditions)
            with recorded(engine) as heard, _commits_of(engine) as commits:
                answer = self.bench.perform(scenario.variant(variant), driver, key, conditions)
        return Deed(key, answer, self.steward.outcome(scenario, key), heard.statements, len(commits))


@contextmanager
def open_depot(path: Path) -> Iterator[DepotBench]:
    """Yield a depot that is seeded into that file."""
    connections = [Connection(driver, f"sqlite+{driver}:///{path}", {}, SQLITE_PRAGMAS) for driver in DRIVERS]
    with Steward(connections[0]) as steward, Workbench(connections) as bench:
        fill(bench.engine("pysqlite"), DEPOT, "small", seed=1)
        yield DepotBench(bench, steward)


@contextmanager
def _commits_of(engine: Engine) -> Iterator[list[object]]:
    commits: list[object] = []
    note = commits.append
    event.listen(engine, "commit", note)
    try:
        yield commits
    finally:
        event.remove(engine, "commit", note)
