"""`python -m bench.load.target.lifeline`: `python -m uvicorn` that ends with the process that started it.

Its standard input is the lifeline: it closes when the starter is gone, however that came. Then SIGTERM ends uvicorn
and its workers in good order, and SIGKILL whatever is left. The starter gives it a process group of its own. A process
under load is to import nothing of the harness, so this module does not either.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from threading import Thread

import uvicorn

GRACE_S, SLACK_S = 5, 5.0
"""What requests that are under way get when the app is ended, and what it may need on top to close connections."""


def main() -> None:
    """Serve what the command line says."""
    Thread(target=_end_with_starter, args=(sys.stdin.fileno(),), daemon=True).start()
    uvicorn.main()


def _end_with_starter(lifeline: int) -> None:
    # Nobody writes. The descriptor is read, not `sys.stdin.buffer`: a thread that waits in there holds its lock, and
    # the interpreter aborts at its end because it cannot acquire that (`_enter_buffered_busy`).
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_S + SLACK_S)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
