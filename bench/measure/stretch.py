"""The timed stretch of a crowd's work: from when all that will be open is open, until so many answers later."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count, cycle
from threading import Lock
from time import perf_counter_ns, process_time_ns
from typing import Any

LONGEST_LEAD = 20
"""Answers for each in flight after which the clock starts anyway: where nobody needs the overflow, none is open."""


class Keys(Iterator[Any]):
    """The keys that a crowd takes in turn; under the interpreter lock each goes to one thread only."""

    def __init__(self, keys: Iterator[Any]) -> None:
        self._keys = keys
        self.are_left = True

    def __next__(self) -> Any:  # noqa: ANN401 - the scenario's own type
        """Return the next key, or none where nobody shall begin another operation."""
        if not self.are_left:
            raise StopIteration
        return next(self._keys)


class Rush:
    """Work for so many at a time: each key once, and no clock."""

    def __init__(self, keys: Iterable[Any], in_flight: int) -> None:
        self.keys = Keys(iter(keys))
        self.in_flight = in_flight

    def answered(self, begin_ns: int) -> None:
        """Hear that an operation has ended, which began then."""


class Stretch(Rush):
    """Starts and stops the clock of a crowd that is at work before, and still at work behind.

    A crowd that begins when the clock starts is a burst: all ask an idle server at once, the pool opens its overflow,
    and at the end the slowest are alone. A service under load does not work like that, so that the ends are not timed.
    """

    def __init__(self, keys: Sequence[Any], in_flight: int, is_ready: Callable[[], bool]) -> None:
        # As often as it takes; the stretch has as many answers as there are keys.
        super().__init__(cycle(keys), in_flight)
        self.latencies_ns: list[int] = []
        self.elapsed_ns = 0
        self.cpu_ns = 0
        self.operations = len(keys)
        self.is_ready = is_ready
        """Whether everything is open that the crowd keeps open."""
        self._led, self._answers = 0, count(1)
        self._running, self._starting = False, Lock()

    @property
    def performed(self) -> int:
        """Return how many operations have ended, timed or not."""
        return self._led + len(self.latencies_ns)

    def answered(self, begin_ns: int) -> None:
        """Hear that an operation has ended, which began then."""
        if not self._running:
            with self._starting:
                self._lead()
            return
        # Also of those that end behind the stop: they were under way while the clock ran, and are the longest.
        self.latencies_ns.append(perf_counter_ns() - begin_ns)
        if next(self._answers) == self.operations:
            self.elapsed_ns = perf_counter_ns() - self._start_ns
            self.cpu_ns = process_time_ns() - self._cpu_start_ns
            self.keys.are_left = False

    def _lead(self) -> None:
        self._led += 1
        if self._running or self._led < self.in_flight:
            return
        if self.is_ready() or self._led >= LONGEST_LEAD * self.in_flight:
            self._cpu_start_ns = process_time_ns()
            self._start_ns = perf_counter_ns()
            self._running = True
