"""What the harness itself costs per operation, beside a loop written by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, cast

from bench.measure.calibration import WAVES
from bench.measure.loops import time_block, time_block_async, time_in_flight, time_in_flight_async
from bench.measure.stretch import Stretch
from bench.measure.threads import CrowdThreads

if TYPE_CHECKING:
    from bench.core.database import AsyncDatabase, Database
    from bench.measure.workbench import Workbench

OPERATIONS = 2_000
REPEATS = 15
CROWD = 16
"""In flight where the cost of several is measured, in the shortest block that such a case can have."""


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
    crowd_sync_ns: float
    """With `CROWD` in flight: taking the next key and noting the service time are in the clock."""
    crowd_async_ns: float

    def as_data(self) -> dict[str, float]:
        """Return plain data for JSON."""
        return {
            "sync": self.sync_ns,
            "async": self.async_ns,
            "hand_sync": self.by_hand_sync_ns,
            "hand_async": self.by_hand_async_ns,
            "crowd_sync": self.crowd_sync_ns,
            "crowd_async": self.crowd_async_ns,
        }


def measure_overhead(workbench: Workbench) -> Overhead:
    """Measure the timed loops and their hand-written equals with an operation that does nothing."""
    keys = list(range(OPERATIONS))
    nothing, nothing_async = cast("Database", None), cast("AsyncDatabase", None)
    few = keys[: CROWD * WAVES]
    with CrowdThreads(CROWD) as threads:
        rows = [
            (
                time_block(empty, nothing, keys).elapsed_ns / len(keys),
                workbench.run(time_block_async(empty_async, nothing_async, keys)).elapsed_ns / len(keys),
                _by_hand(keys) / len(keys),
                workbench.run(_by_hand_async(keys)) / len(keys),
                time_in_flight(empty, nothing, _crowd(few), threads).elapsed_ns / len(few),
                workbench.run(time_in_flight_async(empty_async, nothing_async, _crowd(few))).elapsed_ns / len(few),
            )
            for _ in range(REPEATS)
        ]
    return Overhead(*map(min, zip(*rows, strict=True)))


def _crowd(keys: Sequence[int]) -> Stretch:
    return Stretch(keys, CROWD, lambda: True)


def _by_hand(keys: Sequence[int]) -> int:
    operation = empty
    start_ns = perf_counter_ns()
    for key in keys:
        operation(None, key)
    return perf_counter_ns() - start_ns


async def _by_hand_async(keys: Sequence[int]) -> int:
    operation = empty_async
    start_ns = perf_counter_ns()
    for key in keys:
        await operation(None, key)
    return perf_counter_ns() - start_ns
