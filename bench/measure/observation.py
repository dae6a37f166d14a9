"""What is observed of a case in a block of its own, whose time counts for nothing: server time, waits, loop lag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter_ns
from typing import Any

from bench.core.conditions import Conditions
from bench.core.contract import Variant
from bench.core.histograms import Histogram
from bench.core.pools import AwaitedPool, BlockingPool
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench


@dataclass(frozen=True)
class Observation:
    """What one block showed beside its time."""

    server_ns: float | None = None
    """Time of the server for one operation; None where it does not tell."""
    waits_ns: tuple[int, ...] = ()
    """Every wait for a connection; empty without a pool."""
    lags_ns: tuple[int, ...] = ()
    """How late the event loop woke a task, again and again; empty for blocking drivers."""

    def histograms(self) -> dict[str, Histogram]:
        """Return the waits and lags, those that there are."""
        found: dict[str, Histogram] = {}
        for name, values_ns in (("wait", self.waits_ns), ("lag", self.lags_ns)):
            if values_ns:
                found[name] = Histogram()
                found[name].record(values_ns)
        return found


NOTHING = Observation()


def observe(  # noqa: PLR0913, PLR0917 - one block needs its case, its place and its keys
    bench: Workbench, steward: Steward, variant: Variant, driver: str, keys: Sequence[Any], conditions: Conditions
) -> Observation:
    """Run a block with everything watched that would disturb its time.

    Waits and lags are of interest where several operations are in flight, or where one of them is long.
    """
    before_ns = steward.server_ns()
    with _waits_of(bench.engine(driver, conditions).pool) as waits_ns:
        block, lags_ns = bench.watch(variant, driver, keys, conditions)
    after_ns = steward.server_ns()
    performed = len(keys) + block.beside
    server_ns = (after_ns - before_ns) / performed if before_ns is not None and after_ns is not None else None
    return Observation(server_ns, tuple(waits_ns), tuple(lags_ns))


@contextmanager
def _waits_of(pool: Any) -> Iterator[list[int]]:  # noqa: ANN401 - of any class; only ours can be watched
    """Collect the nanoseconds of every checkout; none without a pool that waits."""
    waits_ns: list[int] = []

    @contextmanager
    def wait() -> Iterator[None]:
        start_ns = perf_counter_ns()
        try:
            yield
        finally:
            waits_ns.append(perf_counter_ns() - start_ns)

    if not isinstance(pool, BlockingPool | AwaitedPool):
        yield waits_ns
        return
    pool.watch = wait
    try:
        yield waits_ns
    finally:
        pool.watch = None
