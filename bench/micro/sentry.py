"""Ends a measuring process whose block does not end, and tells the run first which case it was."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event, Thread
from time import monotonic
from typing import NamedTuple, Self

HANGS = "hangs"
"""The event of a case that ends its process."""
HUNG = 75
"""Exit code of a process whose case was given up because it hung; sysexits.h has it as "try again"."""


class _Watched(NamedTuple):
    case_id: str
    limit_s: float
    deadline_s: float


class Sentry(AbstractContextManager["Sentry"]):
    """Watches the block at hand from a thread that sleeps for as long as no block can be late.

    A block cannot be interrupted in general: a driver may wait in C for a lock that is never let go. So the process
    ends, as sure as one that is killed, and the run measures the unit again without the case.
    """

    def __init__(self, shortest_limit_s: float, on_hang: Callable[[str, float], None]) -> None:
        self._interval_s = shortest_limit_s
        self._on_hang = on_hang
        self._watched: _Watched | None = None
        self._over = Event()
        self._thread = Thread(target=self._stand, daemon=True, name="sentry")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @contextmanager
    def watching(self, case_id: str, limit_s: float) -> Iterator[None]:
        """Give the case so many seconds for what the block does."""
        self._watched = _Watched(case_id, limit_s, monotonic() + limit_s)
        try:
            yield
        finally:
            self._watched = None

    def _stand(self) -> None:
        wait_s = self._interval_s
        while not self._over.wait(wait_s):
            watched, wait_s = self._watched, self._interval_s
            if watched is None:
                continue
            left_s = watched.deadline_s - monotonic()
            # This thread may have stood still itself since it looked: another block may be at hand by now.
            if left_s <= 0 and watched is self._watched:
                try:
                    self._on_hang(watched.case_id, watched.limit_s)
                finally:
                    os._exit(HUNG)
            wait_s = min(left_s, self._interval_s)
