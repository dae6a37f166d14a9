"""Feed samples that were measured elsewhere into pytest-benchmark, through its public API.

pytest-benchmark times one test after another; our samples come from interleaved rounds. With a clock that only
moves when a sample is replayed, its table, its JSON and every tool that reads them work on interleaved data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any


class VirtualClock:
    """A clock that stands still except when a sample is replayed."""

    def __init__(self) -> None:
        self._now_s = 0.0

    def read_s(self) -> float:
        """Return the seconds since the last reset; given to pytest-benchmark as its timer."""
        return self._now_s

    def reset(self) -> None:
        """Start again at zero, so that a sample comes out exactly as it went in."""
        self._now_s = 0.0

    def advance(self, duration_s: float) -> None:
        """Let the time of one sample pass."""
        self._now_s += duration_s


CLOCK = VirtualClock()
"""The one clock of the process: pytest-benchmark takes its timer from a marker, before any sample is known."""


def replay(benchmark: Any, durations_s: Sequence[float]) -> None:  # noqa: ANN401 - pytest-benchmark has no types
    """Give each duration to the benchmark fixture as one round."""
    remaining: Iterator[float] = iter(durations_s)

    def step() -> None:
        CLOCK.advance(next(remaining))

    benchmark.pedantic(step, setup=CLOCK.reset, rounds=len(durations_s), iterations=1)
