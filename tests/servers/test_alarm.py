"""An alarm rings at the moment that it was last set to, and not before."""

import asyncio
import os
import sys
import time
from collections.abc import Callable

import pytest

from bench.servers.alarm import LoopAlarm, TimerAlarm, exact_loop

TIMER = pytest.mark.skipif(sys.platform != "linux", reason="timerfd is Linux's")


async def _rung_after_ns(kind: type[TimerAlarm | LoopAlarm], spans_ns: list[int]) -> int:
    """Set an alarm to moments so far ahead, one after the other, and return when it rang, from now."""
    rang = asyncio.Event()
    alarm = kind(rang.set)
    start_ns = time.monotonic_ns()
    for span_ns in spans_ns:
        alarm.set(start_ns + span_ns)
    await rang.wait()
    rung_ns = time.monotonic_ns() - start_ns
    if isinstance(alarm, TimerAlarm):
        asyncio.get_running_loop().remove_reader(alarm._descriptor)
        os.close(alarm._descriptor)
    return rung_ns


@pytest.mark.parametrize(
    ("kind", "new_loop"),
    [
        pytest.param(TimerAlarm, exact_loop, marks=TIMER),
        pytest.param(TimerAlarm, asyncio.new_event_loop, marks=TIMER),
        (LoopAlarm, asyncio.new_event_loop),
    ],
)
@pytest.mark.parametrize(
    ("spans_ns", "earliest_ns"),
    [([300_000], 300_000), ([1_500_000], 1_500_000), ([1_000, 4_000_000], 4_000_000), ([3_600 * 10**9, 1], 1)],
)
def test_an_alarm_rings_for_the_last_moment_only_and_never_early(
    kind: type[TimerAlarm | LoopAlarm],
    new_loop: Callable[[], asyncio.AbstractEventLoop],
    spans_ns: list[int],
    earliest_ns: int,
) -> None:
    """Set an alarm, perhaps anew, sooner or later: it rings, and not before the moment that was set last."""
    with asyncio.Runner(loop_factory=new_loop) as runner:
        rung_ns = runner.run(_rung_after_ns(kind, spans_ns))
    # asyncio calls a timer up to one resolution of its clock, here 1 ns, before its time.
    assert rung_ns >= earliest_ns - time.get_clock_info("monotonic").resolution * 10**9
