"""`python -m bench.load.generator_process.tether COMMAND ...`: end all processes of a command when the starter is gone.

Standard input is the lifeline, as it is in `bench.load.target.lifeline`. That one waits in a thread of the program
itself, which Locust does not bear: gevent waits for ever in an import when a thread runs before it patches the process.
The starter gives this process a group of its own, in which the command and its workers are too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from threading import Event, Thread

GRACE_S = 5.0
"""What the command gets to end in good order."""


def main() -> None:
    """Run the command, and end with its exit code, or as shells say that a signal ended it."""
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    starter_gone = Event()
    ending = Thread(target=_end_with_starter, args=(child, starter_gone), daemon=True)
    ending.start()
    code = child.wait()
    if starter_gone.is_set():
        ending.join()
    sys.exit(code if code >= 0 else 128 - code)


def _end_with_starter(child: subprocess.Popen[bytes], starter_gone: Event) -> None:
    os.read(sys.stdin.fileno(), 1)
    starter_gone.set()
    child.send_signal(signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        child.wait(GRACE_S)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
