"""Peak memory of one operation, in a process of its own that does nothing else."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

import psutil

_STATUS = Path("/proc/self/status")
_RESET_PEAK = "5"
"""Written to /proc/self/clear_refs it sets VmHWM to VmRSS (man 5 proc_pid_clear_refs)."""
_KIB = 1024


class HoardError(Exception):
    """The operations of a case keep what they load."""


def peak_of(operation: Callable[[], object]) -> int:
    """Return by how many bytes the resident memory of this process rose at most during the operation.

    All memory counts, also what a driver's C library holds. On Linux the kernel's high-water mark is reset first;
    elsewhere it is the mark of the process so far, which is right in a process that has done nothing else.
    """
    _return_free_memory()
    if _STATUS.exists():
        Path("/proc/self/clear_refs").write_text(_RESET_PEAK, encoding="ascii")
        before = _status_bytes("VmRSS")
        operation()
        return max(0, _status_bytes("VmHWM") - before)
    before = _highest_bytes()
    operation()
    return max(0, _highest_bytes() - before)


def resident_bytes() -> int:
    """Return the memory of this process that is in use now."""
    return int(_this_process().memory_info().rss)


def growth(changes_bytes: Sequence[int]) -> int:
    """Return by how many bytes the memory in use grew in the second half of a case's blocks.

    In the first half caches fill and the allocator takes what it keeps; what still grows later is held by somebody.
    """
    return sum(changes_bytes[len(changes_bytes) // 2 :]) if len(changes_bytes) > 1 else 0


def hoards(growths_bytes: Mapping[str, int], limit_bytes: int) -> dict[str, int]:
    """Return the cases of a group that keep what they load, with what each kept; see `growth`.

    One block may take from the system what another one frees. So the memory of the whole group must have grown beyond
    the limit, and that of the case too.
    """
    if sum(growths_bytes.values()) <= limit_bytes:
        return {}
    return {name: grown for name, grown in growths_bytes.items() if grown > limit_bytes}


def in_child(work: Callable[[], dict[str, int | None]], limit_s: float) -> dict[str, int | None]:
    """Return what the work returns in a forked copy of this process.

    A fork has every module imported and no connection or loop yet, so that each operation begins alike.

    Raises:
        RuntimeError: The child did not come to its end, or not in time; its words are on standard error.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        # The kernel's own watchdog: it needs no Python to end the child.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limit_s)
        try:
            os.write(writing, json.dumps(work()).encode())
            code = 0
        except BaseException as error:  # noqa: BLE001 - a child must not go on as a second parent
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    if status != 0:
        is_late = os.waitstatus_to_exitcode(status) == -signal.SIGALRM
        message = f"did not end within {limit_s:g} s" if is_late else f"the operation ended with status {status}"
        raise RuntimeError(message)
    found: dict[str, int | None] = json.loads(text)
    return found


def _return_free_memory() -> None:
    """Give the kernel what the allocator kept of freed memory: an operation served from it would weigh nothing."""
    gc.collect()
    # Of glibc alone (man 3 malloc_trim); other C libraries keep little.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


@cache
def _this_process() -> psutil.Process:
    return psutil.Process()


def _status_bytes(name: str) -> int:
    lines = _STATUS.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith(f"{name}:"))


def _highest_bytes() -> int:
    # macOS counts bytes, other systems KiB.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else _KIB)
