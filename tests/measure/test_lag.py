"""The lag of an event loop: what work that never yields does to everybody else."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

import pytest

from bench.measure.lag import NAP_S, with_lag

NAP_NS = round(NAP_S * 1e9)


async def hogging(nanoseconds: int) -> str:
    """Keep the event loop for so long."""
    end_ns = perf_counter_ns() + nanoseconds
    while perf_counter_ns() < end_ns:
        pass
    return "done"


def test_work_that_never_yields_is_heard() -> None:
    """A task that wanted to wake after one nap is woken when the work has let go, four naps later at least."""
    answer, lags_ns = asyncio.run(with_lag(hogging(5 * NAP_NS)))
    assert answer == "done"
    assert max(lags_ns) >= 4 * NAP_NS


def test_a_stall_counts_for_every_wake_that_was_due_in_it() -> None:
    """A task asks for its next wake only after the last; those in between would have been one nap less late each."""
    _, lags_ns = asyncio.run(with_lag(hogging(5 * NAP_NS)))
    worst = max(lags_ns)
    assert {worst - naps * NAP_NS for naps in (1, 2, 3)} <= set(lags_ns)


def test_an_exception_of_the_work_comes_out_and_nobody_naps_on() -> None:
    """The watching task ends with the work."""

    async def raising() -> None:
        raise LookupError

    async def watched() -> int:
        with pytest.raises(LookupError):
            await with_lag(raising())
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(watched()) == 1
