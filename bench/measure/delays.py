"""The network delay as it is, not as it was asked for: what `SELECT 1` takes on each way to a server."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from time import perf_counter_ns
from typing import Any

from sqlalchemy import text

from bench.core.connections import Routes
from bench.core.contract import Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure.workbench import Workbench

TIMES = 30
_SELECT_1 = text("SELECT 1")


def ask(db: Database, times: int) -> list[int]:
    """Return the nanoseconds of `SELECT 1` on one connection, each a single round trip."""
    elapsed_ns: list[int] = []
    with db.engine.connect() as plain:
        connection = plain.execution_options(isolation_level="AUTOCOMMIT")
        for _ in range(times):
            start_ns = perf_counter_ns()
            connection.execute(_SELECT_1)
            elapsed_ns.append(perf_counter_ns() - start_ns)
    return elapsed_ns


async def ask_async(db: AsyncDatabase, times: int) -> list[int]:
    """Return the nanoseconds of `SELECT 1` on one connection, each a single round trip."""
    elapsed_ns: list[int] = []
    async with db.engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
        for _ in range(times):
            start_ns = perf_counter_ns()
            await connection.execute(_SELECT_1)
            elapsed_ns.append(perf_counter_ns() - start_ns)
    return elapsed_ns


_ASKING = Variant("select_1", ask, ask_async)


def measure_delays(routes: Mapping[str, Routes], benches: Mapping[float | None, Workbench]) -> list[dict[str, Any]]:
    """Return, for each network delay of the benches, what `SELECT 1` takes with it and on the direct way.

    Both through the first driver of the bench, whose own cost is in both; the median of many.
    """
    delays = sorted(delay_ms for delay_ms in benches if delay_ms is not None)
    if not delays:
        return []
    direct = next(iter(routes.values())).direct
    driver = direct[0].driver_name
    with Workbench(direct[:1]) as bench:
        direct_ns = _select_1_ns(bench, driver)
    return [
        {"asked_ms": delay_ms, "select_1_ns": _select_1_ns(benches[delay_ms], driver), "direct_ns": direct_ns}
        for delay_ms in delays
    ]


def _select_1_ns(bench: Workbench, driver: str) -> float:
    return float(median(bench.perform(_ASKING, driver, TIMES)))
