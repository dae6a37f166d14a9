"""A limit for work that is done in the run's own process, which must outlive whatever hangs in it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from types import FrameType

from bench.core.errors import OrmbenchError

_CUT_AFTER = 1.5
"""Times the limit: by then what could be interrupted was."""
_LEAST_S = 0.001
"""A timer of zero seconds would be none."""


class TimeIsUpError(SystemExit):
    """The time is over.

    No `Exception`: bodies catch those, and SQLAlchemy would keep the connection. An idle event loop lets nothing but
    KeyboardInterrupt and SystemExit through to whoever runs it, as uvloop's `Handle._run` has it.
    """


@contextmanager
def limited(limit_s: float, cut: Callable[[], object] | None = None) -> Iterator[None]:
    """Raise inside of the block where it does not end in time.

    Python code and what waits in Python is interrupted by a signal, again and again until the block ends. A driver that
    waits in C for its server hears of no signal before it returns: `cut` takes its connections away.

    Raises:
        TimeIsUpError: In the block; only the main thread can be interrupted, and others are not limited.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    is_over = False

    def ring(_number: int, _frame: FrameType | None) -> None:
        if not is_over:
            message = f"did not end within {limit_s:g} s"
            raise TimeIsUpError(message)

    def snip() -> None:
        with suppress(OrmbenchError):  # where the proxy has ended, so have the connections
            if cut is not None:
                cut()

    scissors = threading.Timer(limit_s * _CUT_AFTER, snip)
    scissors.daemon = True
    scissors.start()
    before, began_s = signal.signal(signal.SIGALRM, ring), monotonic()
    # Whoever else set the one timer of the process gets it back with what is left of its time.
    theirs_s, _ = signal.setitimer(signal.ITIMER_REAL, limit_s, limit_s)
    try:
        try:
            yield
        finally:
            is_over = True
    finally:  # also where the signal came between the block and the line before
        scissors.cancel()
        scissors.join()  # a cut that is under way belongs to this block: the next one's connections are others
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if theirs_s:
            signal.setitimer(signal.ITIMER_REAL, max(_LEAST_S, theirs_s - (monotonic() - began_s)))
