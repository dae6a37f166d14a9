"""Hold what was read until its delay is over, and hand it on in the order in which it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from bench.servers.alarm import Alarm

Chunk = bytes | None
"""What travels: bytes as they were read; no bytes for the end of the stream; None for a connection that was lost."""


class Receiver(Protocol):
    """Where a chunk goes when its time has come."""

    def take(self, chunk: Chunk) -> None:
        """Pass the chunk on."""


class DelayLine:
    """Everything that is under way on one listener, in both directions and of all its connections.

    The delay is the same for all of it. So what came first is due first: one queue and one alarm serve any number of
    connections, and chunks travel side by side, each for `delay_ns` (nanoseconds). Without a delay nothing is queued
    and no alarm set.
    """

    def __init__(
        self, delay_ns: int, clock_ns: Callable[[], int], alarm_of: Callable[[Callable[[], None]], Alarm]
    ) -> None:
        self._delay_ns = delay_ns
        self._clock_ns = clock_ns
        self._alarm = alarm_of(self._release)
        self._queue: deque[tuple[int, Receiver, Chunk]] = deque()
        self._paused = False

    def put(self, receiver: Receiver, chunk: Chunk) -> None:
        """Have the receiver take the chunk when the delay is over."""
        if not self._delay_ns and not self._paused:  # `resume` has emptied the queue
            receiver.take(chunk)
            return
        due_ns = self._clock_ns() + self._delay_ns
        self._queue.append((due_ns, receiver, chunk))
        if len(self._queue) == 1 and not self._paused:
            self._alarm.set(due_ns)

    def pause(self) -> None:
        """Hand nothing on until `resume`."""
        self._paused = True

    def resume(self) -> None:
        """Hand on what has become due, at once, and the rest when it is due."""
        self._paused = False
        self._release()

    def _release(self) -> None:
        if self._paused:
            return
        now_ns = self._clock_ns()
        while self._queue and self._queue[0][0] <= now_ns:
            _, receiver, chunk = self._queue.popleft()
            receiver.take(chunk)
        if self._queue:
            self._alarm.set(self._queue[0][0])
