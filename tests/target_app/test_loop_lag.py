"""The lag of the app's event loop: what is measured, for how long it is kept, and what a blocked loop looks like."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from target_app.loop_lag import KEPT_S, NAP_S, LoopLag, lag_seconds
from tests.target_app.serving import Called, until

EPOCH = 1_795_000_000.0
BLOCKED_MS = 300


class Clock:
    """A clock that stands still until somebody sleeps, and a sleep that lasts longer than asked by a script."""

    def __init__(self, *late_s: float) -> None:
        self.now_s = 0.0
        self._late_s = list(late_s)

    def __call__(self) -> float:
        """Return the time."""
        return self.now_s

    def epoch(self) -> float:
        """Return the time since the epoch."""
        return EPOCH + self.now_s

    async def sleep(self, seconds: float) -> None:
        """Let the time pass; when the script is over, for ever."""
        if not self._late_s:
            await asyncio.Event().wait()
        self.now_s += seconds + self._late_s.pop(0)


def measured(*late_s: float) -> tuple[LoopLag, CollectorRegistry]:
    """Return what was measured on a loop that woke its task so late each time."""
    clock, registry = Clock(*late_s), CollectorRegistry()
    lag = LoopLag(lag_seconds(registry), clock, clock.sleep, clock.epoch)

    async def measure() -> None:
        async with lag.measured():
            await asyncio.sleep(0)

    asyncio.run(measure())
    return lag, registry


def since(app: Called, moment: float) -> dict[str, Any]:
    """Return what the app says of its loop after a moment."""
    return dict(app("GET", f"/health/loop?since={moment}").json())


def test_the_lag_is_what_a_sleep_took_too_long() -> None:
    """Wake by wake, with the moment of each; one that came early is none; and all of them are in the histogram."""
    lag, registry = measured(0.0, 0.2, -0.001, 0.01)
    wakes = lag.since(0)
    assert [each.lag_s for each in wakes] == pytest.approx([0, 0.2, 0, 0.01])
    assert [each.time - EPOCH for each in wakes] == pytest.approx([0.05, 0.3, 0.349, 0.409], abs=1e-6)
    assert registry.get_sample_value("event_loop_lag_seconds_count") == 4
    assert registry.get_sample_value("event_loop_lag_seconds_bucket", {"le": "0.1"}) == 3


def test_reading_takes_nothing_away() -> None:
    """Two who ask get the same; who names the last wake of an answer gets what came after it."""
    lag, _ = measured(0.0, 0.2, 0.0)
    first, second, third = lag.since(0)
    assert lag.since(0) == [first, second, third]
    assert lag.since(first.time) == [second, third]
    assert lag.since(third.time) == []


def test_a_minute_is_kept_and_no_more() -> None:
    """However long nobody asks, the process does not grow."""
    kept = round(KEPT_S / NAP_S)
    lag, _ = measured(*[0.0] * kept, *[0.001] * 10)
    wakes = lag.since(0)
    assert len(wakes) == kept
    assert [each.lag_s for each in wakes[-11:]] == pytest.approx([0.0, *[0.001] * 10], abs=1e-9)


def test_a_blocking_call_in_a_coroutine_shows_as_lag(app: Called) -> None:
    """Whoever comes while the call holds the loop waits for its end; the histogram has it as well."""
    asked = until(lambda: app("GET", "/health/loop").json()["until"])
    assert app("GET", f"/async/blocking?ms={BLOCKED_MS}").status_code == 200
    # The call may have begun anywhere in a sleep.
    until(lambda: max(since(app, asked)["lags_ms"], default=0) >= BLOCKED_MS - NAP_S * 1e3)
    told = since(app, asked)
    assert told["worst_ms"] == max(told["lags_ms"]) >= told["mean_ms"] > 0
    assert told["interval_ms"] == NAP_S * 1e3
    assert "event_loop_lag_seconds_bucket" in app("GET", "/metrics").text
