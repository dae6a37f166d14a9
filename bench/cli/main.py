"""Run the command line, and turn every ending into an exit code and one line."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import typer

from bench.cli.app import app
from bench.core.errors import OrmbenchError

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
DEBUG = "--debug"


def main() -> None:
    """Run `ormbench` and exit."""
    arguments = [word for word in sys.argv[1:] if word != DEBUG]
    debug = len(arguments) < len(sys.argv) - 1
    signal.signal(signal.SIGTERM, _end_on_signal)
    try:
        exit_code = app(arguments, prog_name="ormbench", standalone_mode=False)
    except (OrmbenchError, typer.TyperException) as error:
        if debug:
            raise
        exit_code = getattr(error, "exit_code", 1)
        _say(_one_line(error))
    except (KeyboardInterrupt, typer.Abort):
        if debug:
            raise
        exit_code = INTERRUPTED
        _say("stopped; complete units are kept, go on with: ormbench run --resume latest")
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does: nothing is wrong.
        exit_code = 0
        sys.stderr.close()
    except Exception as error:
        if debug:
            raise
        exit_code = 1
        _say(f"defect in ormbench: {type(error).__name__}: {_one_line(error)}; please report what --debug shows")
    sys.exit(exit_code)


def _say(text: str) -> None:
    sys.stderr.write(f"ormbench: {text}\n")


def _one_line(error: Exception) -> str:
    formatted = error.format_message() if isinstance(error, typer.TyperException) else str(error)
    return " ".join(str(formatted).split())


def _end_on_signal(number: int, _frame: FrameType | None) -> None:
    # SystemExit unwinds the context managers, and with them servers and child processes.
    sys.exit(128 + number)
