"""Wake an event loop at an exact moment.

How late a wake-up comes, asked for 0.3 to 10 ms ahead (Linux 6.18, uvloop 0.23, Python 3.11):

- uvloop's `call_at` rounds to whole milliseconds: 0.3 ms fired at once, 1.5 ms after 2.1 ms. After an early
  wake-up the delay line could only ask again, and would spin on a core that is measured.
- asyncio's `call_at` waits in `epoll_wait`, which counts whole milliseconds, and rounds up: 0.3 ms took 1.1 ms.
- A timerfd, read by either loop, was 0.02 to 0.2 ms late and never early. Setting it costs about 10 microseconds.

So Linux takes the timerfd. Elsewhere asyncio's own loop waits in `kqueue`, which counts nanoseconds.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

_TFD_TIMER_ABSTIME = 1
"""timerfd_create(2): the time given is a moment, not a span."""
_ITIMERSPEC = ctypes.c_long * 4
"""timerfd_settime(2): seconds and nanoseconds of the repetition (none here), then of the moment."""
_NS_PER_S = 1_000_000_000


class Alarm(Protocol):
    """Something that rings once, at or after the moment it was last set to."""

    def set(self, due_ns: int) -> None:
        """Ring at this moment of `time.monotonic_ns`, and at no other that was set before."""


class TimerAlarm:
    """A timerfd that the running loop watches; Linux only."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        asyncio.get_running_loop().add_reader(self._descriptor, self._expired)

    def set(self, due_ns: int) -> None:
        """Ring at this moment of `time.monotonic_ns`, and at no other that was set before."""
        moment = _ITIMERSPEC(0, 0, *divmod(due_ns, _NS_PER_S))
        self._libc.timerfd_settime(self._descriptor, _TFD_TIMER_ABSTIME, ctypes.byref(moment), None)

    def _expired(self) -> None:
        with suppress(BlockingIOError):  # set anew after the loop had seen it expire
            os.read(self._descriptor, 8)
            self._ring()


class LoopAlarm:
    """The timer of the running loop, which is to be asyncio's own."""

    def __init__(self, ring: Callable[[], None]) -> None:
        self._ring = ring
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None

    def set(self, due_ns: int) -> None:
        """Ring at this moment of `time.monotonic_ns`, and at no other that was set before."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_at(due_ns / _NS_PER_S, self._ring)


def new_alarm(ring: Callable[[], None]) -> Alarm:
    """Return the most exact alarm of this platform, for the running loop."""
    return TimerAlarm(ring) if sys.platform == "linux" else LoopAlarm(ring)


def exact_loop() -> asyncio.AbstractEventLoop:
    """Return a new event loop that the alarm is exact in; on Linux uvloop where it installs."""
    if sys.platform == "linux":
        try:
            import uvloop  # noqa: PLC0415 - absent on some platforms
        except ImportError:
            pass
        else:
            return uvloop.new_event_loop()
    return asyncio.new_event_loop()
