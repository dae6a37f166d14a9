"""Run one unit in a fresh Python process and bring its raw data home, whole or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from bench.core.errors import OrmbenchError
from bench.core.interpreter import module_command
from bench.core.store import RunFolder, is_whole
from bench.micro import channel
from bench.micro.sentry import HUNG
from bench.micro.side import HERE, Side
from bench.micro.unit import Unit
from bench.micro.watchdog import Watchdog

TIME_LIMIT_FACTOR = 10
TIME_LIMIT_FLOOR_S = 300.0
"""A unit that takes ten times its budget, and five minutes at least, hangs. A case that hangs is found out and named
before (see `bench.micro.sentry`), unless its scenario gives it more time than that."""

_PYTEST_HAS_FAILED_TESTS = 1
_LEAST_FREE_BYTES = 64 * 1024
"""Less than a unit takes: on a disk with less the log may be empty too."""
_EXCEPTION = re.compile(r"(?:E +|INTERNALERROR> )?([\w.]+(?:Error|Exception): .*)")
"""The line in which pytest or Python names an exception."""


class CaseHungError(OrmbenchError):
    """The process ended itself because a case hung, which it has reported."""


class NothingMeasuredError(OrmbenchError):
    """Every case of the unit failed and was reported: pytest-benchmark then writes no file."""


class ConnectionLostError(OrmbenchError):
    """A case lost its connection while its server lives: that may be the network's doing, and is tried once more."""


def measure_in_process(
    unit: Unit,
    folder: RunFolder,
    on_event: Callable[[Mapping[str, Any]], None],
    front_end: Sequence[str] | None = None,
    side: Side = HERE,
) -> None:
    """Measure the unit in a new pytest process; its file appears in the run's folder when it is complete.

    Args:
        unit: What to measure.
        folder: The run that it belongs to.
        on_event: Receives what the process reports.
        front_end: Arguments for pytest; by default those that measure in interleaved rounds.
        side: Whose Python and code the process has.

    Raises:
        CaseHungError: A case hung; the unit can be measured without it.
        NothingMeasuredError: Every case failed; there is nothing to measure again.
        OrmbenchError: The process died, hung or could not begin; the message names its log.
    """
    # The process of a second side may work in another folder.
    draft = (folder.micro / f".{unit.name}.json.draft").absolute()
    log_draft = (folder.histograms / f".{unit.name}.hlog.draft").absolute()
    unit = replace(unit, histograms=str(log_draft))
    log_file = folder.logs / f"{unit.name}.log"
    limit_s = max(TIME_LIMIT_FLOOR_S, TIME_LIMIT_FACTOR * unit.budget_s)
    command = _command(draft, front_end or _interleaved(side), folder.logs.resolve(), side)
    process, lifeline, events = launch(command, log_file, unit.hash_seed, side)
    left = {case.id for *_, cases in unit.groups for case in cases}
    with lifeline, events:
        exit_code = _carried_out(unit, process, (lifeline, events), partial(_hear, on_event, left), limit_s)
    hung = f"did not end within {limit_s:.0f} s and was stopped"
    ending = hung if exit_code is None else _bad_ending(exit_code, draft, folder, unit)
    if ending is not None:
        for each in (draft, log_draft):
            each.unlink(missing_ok=True)
        message = f"{unit.name} {ending}; see {log_file}"
        raise _kind_of_ending(exit_code, left)(message)
    if log_draft.exists():
        log_draft.replace(folder.histogram_log(unit.name))
    draft.replace(folder.unit(unit.name))


def _hear(on_event: Callable[[Mapping[str, Any]], None], left: set[str], event: Mapping[str, Any]) -> None:
    """Pass an event on, and take a case that failed out of those that are left."""
    if event["event"] == "failed":
        left.discard(event["id"])
    on_event(event)


def _carried_out(
    unit: Unit,
    process: subprocess.Popen[bytes],
    pipes: tuple[BinaryIO, BinaryIO],
    on_event: Callable[[Mapping[str, Any]], None],
    limit_s: float,
) -> int | None:
    """Return the exit code of a process that was given a unit, or None where it did not end in time."""
    lifeline, events = pipes
    watchdog = Watchdog(process)
    watchdog.allow(limit_s)
    try:
        hand_over(unit.as_data(), lifeline)
        for line in events:
            on_event(json.loads(line))
        exit_code = process.wait()
    finally:
        watchdog.end()
    return None if watchdog.has_bitten else exit_code


def launch(
    command: Sequence[str], log_file: Path, hash_seed: int, side: Side = HERE
) -> tuple[subprocess.Popen[bytes], BinaryIO, BinaryIO]:
    """Start a process that waits for a unit, and return it with our ends of its pipes: the lifeline and the events."""
    down_read, down_write = os.pipe()
    up_read, up_write = os.pipe()
    # Of a pytest around us, as in our own tests, nothing is passed on: its options and workers are not the unit's.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {
        **inherited,
        **side.variables,
        channel.VARIABLE: f"{down_read},{up_write}",
        "PYTHONHASHSEED": str(hash_seed),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    with log_file.open("wb") as log:
        process = subprocess.Popen(
            command,
            env=environment,
            cwd=side.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            pass_fds=(down_read, up_write),
            # A session of its own: Ctrl-C reaches the run, which then lets go of the lifeline.
            start_new_session=True,
        )
    os.close(down_read)
    os.close(up_write)
    return process, os.fdopen(down_write, "wb"), os.fdopen(up_read, "rb")


def hand_over(task: Mapping[str, Any], lifeline: BinaryIO) -> None:
    """Send a process what it is to do."""
    try:
        lifeline.write(json.dumps(task).encode() + b"\n")
        lifeline.flush()
    except BrokenPipeError:
        # The process died at its start; its exit code and log tell why. To close a pipe writes what is left, and would
        # raise once more where nobody expects it.
        with suppress(BrokenPipeError):
            lifeline.close()


def _interleaved(side: Side) -> list[str]:
    """Return the arguments for pytest that measure a unit in interleaved rounds."""
    return ["-c", str(side.harness / "pytest.ini"), str(side.harness / "test_cases.py")]


def _command(draft: Path, front_end: Sequence[str], storage: Path, side: Side) -> list[str]:
    options = [
        "-p",
        "pytest_benchmark.plugin",
        "--benchmark-json",
        str(draft),
        # It makes the folder that it could save in; by default that is one in the user's own.
        f"--benchmark-storage=file://{storage}",
        "--benchmark-quiet",
        "-q",
        "--no-header",
    ]
    return module_command("pytest", *options, *front_end, python=side.python)


def _kind_of_ending(exit_code: int | None, left: Collection[str]) -> type[OrmbenchError]:
    """Return what a bad ending is, by the exit code and the cases that are not known to have failed."""
    if exit_code == HUNG:
        return CaseHungError
    return NothingMeasuredError if exit_code == _PYTEST_HAS_FAILED_TESTS and not left else OrmbenchError


def _bad_ending(exit_code: int, draft: Path, folder: RunFolder, unit: Unit) -> str | None:
    """Return why there is no whole file, or None where there is one."""
    if exit_code in (0, _PYTEST_HAS_FAILED_TESTS) and is_whole(draft):
        return None
    # Asked for while the part that was written is still there.
    if shutil.disk_usage(draft.parent).free < _LEAST_FREE_BYTES:
        return f"could not write to {folder.micro}: the disk is full"
    said = "" if exit_code < 0 else f": {last_words(folder.logs / f'{unit.name}.log')}"
    return f"{ending(exit_code)}{said}"


def ending(exit_code: int) -> str:
    """Return how a process of ours ended badly, in words."""
    return f"was killed by {signal.Signals(-exit_code).name}" if exit_code < 0 else f"ended with code {exit_code}"


def last_words(log_file: Path) -> str:
    """Return the line of a process's output that most likely says why it ended."""
    lines = [line.strip() for line in log_file.read_text(encoding="utf-8", errors="replace").splitlines()]
    exceptions = [found[1] for line in lines if (found := _EXCEPTION.match(line))]
    told = [line for line in lines if line and not line.startswith(("=", "-"))]
    return [*told, *exceptions][-1] if told else "it left no output"
