"""Run the command line, and turn every ending into an exit code and one line."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

import typer

from bench.cli.app import app
from bench.core.errors import OrmbenchError
from bench.core.visible import visible

DEBUG = "--debug"
CLOSED_PIPE = 128 + signal.SIGPIPE
"""The exit code that shells give a program which wrote to nobody."""


class Stopped(SystemExit):
    """Ctrl-C or SIGTERM; it unwinds the context managers, and with them servers and child processes.

    No KeyboardInterrupt: typer would turn that into a silent exit.
    """


def main() -> None:
    """Run `ormbench` and exit."""
    arguments = [word for word in sys.argv[1:] if word != DEBUG] or ["--help"]
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    try:
        exit_code = app(arguments, prog_name="ormbench", standalone_mode=False)
        sys.stdout.flush()
    except BaseException as error:
        if DEBUG in sys.argv[1:]:
            raise
        exit_code, text = _ending(error)
        if text:
            # The notes say what to do about the work that was under way.
            notes: list[str] = getattr(error, "__notes__", [])
            told = " ".join("; ".join([text, *notes]).split())
            sys.stderr.write(f"ormbench: {visible(told)}\n")
    sys.exit(exit_code)


def _ending(error: BaseException) -> tuple[int, str]:
    """Return the exit code of an error, and what is said about it."""
    match error:
        case OrmbenchError() | typer.TyperException():
            return error.exit_code, error.format_message() if isinstance(error, typer.TyperException) else str(error)
        case Stopped():
            return int(str(error.code)), "stopped"
        case SystemExit() if not isinstance(error.__context__, BrokenPipeError):
            return int(str(error.code or 0)), ""
        case SystemExit() | BrokenPipeError():
            # The reader of our output went away, as `| head` does; rich and typer make a SystemExit of it. Work that
            # was stopped by it must not look as if it were done.
            _forget_output()
            return CLOSED_PIPE, "nobody reads the output any more" if hasattr(error, "__notes__") else ""
        case OSError():
            # shutil.Error and the Timeout of a lock have words of their own, and no file.
            return 1, f"{error.filename or 'a file'}: {error.strerror}" if error.strerror else str(error)
        case _:
            return 1, f"defect in ormbench: {type(error).__name__}: {error}; please report what --debug shows"


def _forget_output() -> None:
    """Let Python flush at its end what nobody reads, without a complaint (as its documentation of SIGPIPE has it)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


def _stop(number: int, _frame: FrameType | None) -> None:
    # Cleaning up has limits of its own; an impatient second Ctrl-C would leave behind what it interrupts.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(128 + number)
