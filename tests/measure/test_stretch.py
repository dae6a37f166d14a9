"""The timed stretch of a crowd's work: when its clock starts and stops, and what it counts."""

from __future__ import annotations

from itertools import count

import pytest

from bench.measure import stretch
from bench.measure.stretch import LONGEST_LEAD, Rush, Stretch

KEYS = ["a", "b", "c", "d"]
IN_FLIGHT = 2
STEP_NS = 100


class Clock:
    """Time passes only where a test says so; CPU time at half the speed."""

    now_ns = 1_000


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock in place of both that a stretch reads."""
    scripted = Clock()
    monkeypatch.setattr(stretch, "perf_counter_ns", lambda: scripted.now_ns)
    monkeypatch.setattr(stretch, "process_time_ns", lambda: scripted.now_ns // 2)
    return scripted


def answer(work: Stretch, clock: Clock, took_ns: int = STEP_NS) -> None:
    """Let an operation end that began when the last one ended."""
    begin_ns, clock.now_ns = clock.now_ns, clock.now_ns + took_ns
    work.answered(begin_ns)


def test_what_opening_connections_costs_is_not_timed(clock: Clock) -> None:
    """Ten times slower until all are open, and the same time for the operations of the stretch."""
    open_connections = count()
    work = Stretch(KEYS, IN_FLIGHT, lambda: next(open_connections) >= 3)
    for _ in range(IN_FLIGHT + 3):
        answer(work, clock, 10 * STEP_NS)
        assert work.latencies_ns == []
    for _ in KEYS:
        assert work.keys.are_left
        answer(work, clock)
    assert (work.elapsed_ns, work.cpu_ns) == (len(KEYS) * STEP_NS, len(KEYS) * STEP_NS // 2)
    assert work.performed == IN_FLIGHT + 3 + len(KEYS)


def test_the_clock_waits_for_as_many_answers_as_are_in_flight(clock: Clock) -> None:
    """Where all connections are open, a first answer of each could be there."""
    work = Stretch(KEYS, IN_FLIGHT, lambda: True)
    for _ in range(IN_FLIGHT):
        answer(work, clock, 7 * STEP_NS)
    for _ in KEYS:
        answer(work, clock)
    assert work.elapsed_ns == len(KEYS) * STEP_NS


def test_what_is_under_way_at_the_stop_is_not_timed_but_felt(clock: Clock) -> None:
    """The operation that waited longest is among the service times, and the time of the block ends before it."""
    work = Stretch(KEYS, IN_FLIGHT, lambda: True)
    waiting_ns = clock.now_ns
    for _ in range(IN_FLIGHT + len(KEYS)):
        answer(work, clock)
    assert not work.keys.are_left
    assert list(work.keys) == []
    clock.now_ns += 5 * STEP_NS
    work.answered(waiting_ns)
    assert work.elapsed_ns == len(KEYS) * STEP_NS
    assert work.latencies_ns == [*[STEP_NS] * len(KEYS), (IN_FLIGHT + len(KEYS) + 5) * STEP_NS]


def test_connections_that_nobody_needs_are_not_waited_for_for_ever(clock: Clock) -> None:
    """A pool that is never short opens no overflow: the clock starts after so many answers."""
    work = Stretch(KEYS, IN_FLIGHT, lambda: False)
    for _ in range(LONGEST_LEAD * IN_FLIGHT + len(KEYS)):
        answer(work, clock)
    assert work.elapsed_ns == len(KEYS) * STEP_NS


def test_a_rush_gives_each_key_once() -> None:
    """What is proved of many at a time is proved of these operations and no others."""
    rush = Rush(KEYS, IN_FLIGHT)
    assert list(rush.keys) == KEYS
    assert list(rush.keys) == []
