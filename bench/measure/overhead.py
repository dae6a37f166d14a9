"""What the harness itself costs per operation, beside a loop written by hand."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, cast

from bench.measure.loops import time_block, time_block_async

if TYPE_CHECKING:
    from bench.core.database import AsyncDatabase, Database
    from bench.measure.workbench import Workbench

OPERATIONS = 2_000
REPEATS = 15


def empty(_db: object, _key: object) -> None:
    """Do nothing."""


async def empty_async(_db: object, _key: object) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Overhead:
    """Nanoseconds per empty operation, the best of several repeats; interruptions only ever add time."""

    sync_ns: float
    async_ns: float
    by_hand_sync_ns: float
    by_hand_async_ns: float

    def as_data(self) -> dict[str, float]:
        """Return plain data for JSON."""
        return {
            "sync": self.sync_ns,
            "async": self.async_ns,
            "hand_sync": self.by_hand_sync_ns,
            "hand_async": self.by_hand_async_ns,
        }


def measure_overhead(workbench: Workbench) -> Overhead:
    """Measure the timed loops and their hand-written equals with an operation that does nothing."""
    keys = list(range(OPERATIONS))
    nothing, nothing_async = cast("Database", None), cast("AsyncDatabase", None)
    rows = [
        (
            time_block(empty, nothing, keys).elapsed_ns,
            workbench.run(time_block_async(empty_async, nothing_async, keys)).elapsed_ns,
            _by_hand(),
            workbench.run(_by_hand_async()),
        )
        for _ in range(REPEATS)
    ]
    return Overhead(*(min(column) / OPERATIONS for column in zip(*rows, strict=True)))


def _by_hand() -> int:
    start_ns = perf_counter_ns()
    for number in range(OPERATIONS):
        empty(None, number)
    return perf_counter_ns() - start_ns


async def _by_hand_async() -> int:
    start_ns = perf_counter_ns()
    for number in range(OPERATIONS):
        await empty_async(None, number)
    return perf_counter_ns() - start_ns
