"""What experiments look with: the ticker beside a coroutine, the clock of an outage, the end of a worker."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import time

import pytest

from bench.core.caught import NOTHING
from scenarios.experiments import holding, lazy_loading, outage, terminating, timeouts

HELD_S = 0.1


def test_a_turn_that_was_due_while_the_loop_stood_still_counts_as_late() -> None:
    """Also where the block ends before the turn comes; a loop that goes on is hardly late."""

    async def stand_still() -> holding.Ticker:
        async with holding.Ticker() as ticker:
            time.sleep(HELD_S)  # noqa: ASYNC251 - that it stops the loop is the point
        return ticker

    ticker = asyncio.run(stand_still())
    assert (ticker.ticks, ticker.went_on) == (0, False)
    assert ticker.latest_s >= HELD_S - holding.TICK_S


def test_errors_are_told_from_the_first_to_the_last() -> None:
    """And how long they went on behind the return of the server; none are none."""
    clock_s = {"down": 10.0, "up": 10.61, "end": 11.0}
    assert outage.told(clock_s, [10.1, 10.3, 10.72]) == {
        "failed": True,
        "away_s": 0.6,
        "errors_s": 0.6,
        "errors_after_return_s": 0.1,
    }
    quiet = {"failed": False, "away_s": 0.6, "errors_s": 0.0, "errors_after_return_s": 0.0}
    assert outage.told(clock_s, []) == quiet


def test_a_server_that_does_not_come_back_is_no_outcome() -> None:
    """Nothing is told of an outage without an end."""
    with pytest.raises(KeyError, match="up"):
        outage.told({"down": 10.0, "end": 18.0}, [10.1])


def test_a_worker_that_ends_otherwise_than_by_the_signal_is_no_outcome() -> None:
    """What is counted behind it would be that of another end."""
    for code in (-signal.SIGTERM, 0):
        with subprocess.Popen(["sleep", "60"], text=True) as worker:
            if code:
                terminating.end(worker, code)
                continue
            with pytest.raises(RuntimeError, match="ended with -15 where 0 was due"):
                terminating.end(worker, code)


def test_a_sleep_that_is_ended_raises() -> None:
    """MySQL's alone returns 1: there it is a condition, and every server with a limit has a statement for it."""
    assert set(timeouts.LONG) == set(timeouts.STATEMENT_LIMIT)
    assert "WHERE sleep(" in str(timeouts.LONG["mysql"])


def test_a_missing_greenlet_is_asked_of_some_attributes() -> None:
    """What another one raises neither upholds nor refutes it; in whatever it is wrapped it counts."""
    found = {"server_default": NOTHING, "sql_function": "StatementError (MissingGreenlet)"}
    told = {names: lazy_loading.lacks_greenlet(*names).holds(found) for names in (("sql_function",), tuple(found))}
    assert told == {("sql_function",): True, ("server_default", "sql_function"): False}
