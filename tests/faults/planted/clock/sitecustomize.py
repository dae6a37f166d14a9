"""A wall clock that is set back by an hour for every Python process of a call, as soon as a file is there.

Python imports this at its start from the folder that PYTHONPATH names. ORMBENCH_TEST_CLOCK names the file. If that says
"always", the clock is set back anew whenever a process reads it, else once. Beside it each process that reads the
clock afterwards leaves its command line.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
import warnings
from itertools import count
from pathlib import Path

MARK = os.environ.get("ORMBENCH_TEST_CLOCK")
BACK_S = 3600
READS = count(1)
_real_s, _real_ns, _Real = time.time, time.time_ns, dt.datetime  # noqa: TID251 - what is replaced


def _back_s() -> int:
    mark = Path(str(MARK))
    if not mark.exists():
        return 0
    mark.with_name(f"{mark.name}.{os.getpid()}").write_text(" ".join(sys.orig_argv), encoding="utf-8")
    return BACK_S * next(READS) if mark.read_text(encoding="utf-8") == "always" else BACK_S


class _AnyDatetime(type):
    """Knows the moments that others made for those of the class below."""

    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, _Real)


class _SetBack(_Real, metaclass=_AnyDatetime):
    """Moments of the clock that is set back."""

    @classmethod
    def now(cls, tz: dt.tzinfo | None = None) -> dt.datetime:
        return _Real.fromtimestamp(time.time(), tz)  # noqa: TID251 - the clock that is set back

    @classmethod
    def utcnow(cls) -> dt.datetime:
        return cls.now(dt.UTC).replace(tzinfo=None)


if MARK:
    # Compiled modules notice that the class is larger than the one they were built with.
    warnings.filterwarnings("ignore", "datetime.datetime size changed", RuntimeWarning)
    time.time = lambda: _real_s() - _back_s()  # noqa: TID251 - what is replaced
    time.time_ns = lambda: _real_ns() - _back_s() * 10**9  # noqa: TID251 - what is replaced
    dt.datetime = _SetBack  # type: ignore[misc]
