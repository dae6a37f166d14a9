"""Whatever ends a run, complete units are kept, `--resume` does the rest, and no process or server stays behind."""

from __future__ import annotations

import os
import pty
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.cli.command import Ormbench, family, planted
from tests.faults.runs import HALT, Halting, check_kept, check_nothing_lives, check_resumed, shape, the_run

ROUNDS = [*range(3), *(pytest.param(number, marks=pytest.mark.slow) for number in range(3, 20))]
"""Moments at which a run is killed: as many as the project promises."""
BACKENDS = ("--backend", "sqlite", "--backend", "postgresql")
RUN = ("run", "--scenario", planted("sound"), "--profile", "smoke", "--passes", "1", *BACKENDS)


class Timed:
    """A run that nobody disturbed: how it looks, and how long it took."""

    def __init__(self, ormbench: Ormbench) -> None:
        began = time.monotonic()
        assert ormbench(*RUN).code == 0
        self.elapsed_s = time.monotonic() - began
        self.shape = shape(the_run(ormbench))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory, scratch_root: Path) -> Timed:
    """Return a run to compare with."""
    return Timed(Ormbench(tmp_path_factory.mktemp("undisturbed"), scratch_root))


@pytest.mark.parametrize("number", ROUNDS)
def test_a_run_that_is_killed_at_any_moment_is_completed(ormbench: Ormbench, undisturbed: Timed, number: int) -> None:
    """Kill -9: `--resume latest` brings what an uninterrupted run has; before there is a plan there is no run."""
    process = ormbench.start(*RUN)
    # The order of the moments is mixed, so that any first few of them are spread over the whole run.
    fraction = ((10 + number * 7) % 20 + Random(number).random()) / 20
    time.sleep(fraction * undisturbed.elapsed_s)
    # Stopped first: a process that is born between the list and the end would escape the list.
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGSTOP)
    processes = family(process)
    process.kill()
    process.communicate()
    check_nothing_lives(ormbench, processes)
    if list(ormbench.results.glob("*/run.json")):
        resumed = ormbench.here("run", "--resume", "latest")
        assert (resumed.code, resumed.err) == (0, "")
        assert shape(the_run(ormbench)) == undisturbed.shape
        assert (ormbench.folder / "reports" / the_run(ormbench).name / "index.html").is_file()
    else:
        assert "there is none yet" in ormbench.here("run", "--resume", "latest").refusal()
        assert ormbench.here("check", "--scenario", planted("sound"), "--backend", "sqlite").code == 0
    check_nothing_lives(ormbench, [])
    assert ormbench.server_folders() == []


@pytest.mark.parametrize(
    ("number", "backend", "check"),
    [(signal.SIGINT, "postgresql", check_kept), (signal.SIGTERM, "sqlite", check_resumed)],
    ids=["SIGINT", "SIGTERM"],
)
def test_a_stopped_run_cleans_up_and_tells_how_it_goes_on(
    ormbench: Ormbench,
    halting: Callable[..., Halting],
    number: signal.Signals,
    backend: str,
    check: Callable[[Ormbench, list[str]], None],
) -> None:
    """Ctrl-C and SIGTERM: the exit code is the shells', one line, nothing stays, and what is complete is kept."""
    run = halting("--backend", backend, units=1)
    run.process.send_signal(number)
    line = ormbench.ending(run.process)
    name = f"results/{the_run(ormbench).name}"
    told = f"ormbench: stopped; complete units are kept, go on with: ormbench run --resume {name}"
    assert line.refusal(128 + number) == told
    check_nothing_lives(ormbench, run.family)
    assert ormbench.server_folders() == []
    check(ormbench, [f"pass01-{backend}"])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_before_it_has_a_plan_leaves_nothing(ormbench: Ormbench, number: signal.Signals) -> None:
    """While servers start there is nothing to resume, so no folder stays and no advice is given."""
    process = ormbench.start(*RUN)
    assert process.stdout is not None
    assert process.stdout.readline() == "Starting the database servers\n"
    process.send_signal(number)
    assert ormbench.ending(process).refusal(128 + number) == "ormbench: stopped"
    assert ormbench.runs() == []
    check_nothing_lives(ormbench, [])
    assert ormbench.server_folders() == []


def test_the_terminal_is_as_it_was(ormbench: Ormbench) -> None:
    """A bar hides the cursor; Ctrl-C gives it back, and the line is on a line of its own."""
    mark = ormbench.folder / "halt"
    ours, theirs = pty.openpty()
    words = ["run", "--scenario", planted("halting"), "--profile", "smoke", "--backend", "sqlite"]
    process = ormbench.start(*words, stdout=theirs, **{HALT: str(mark), "TERM": "xterm", "COLUMNS": "100"})
    os.close(theirs)
    shown = b""
    with suppress(OSError):  # what a terminal gives when its last writer has gone
        while piece := os.read(ours, 65536):
            shown += piece
            if mark.exists():
                mark.unlink()
                process.send_signal(signal.SIGINT)
    os.close(ours)
    assert ormbench.ending(process).code == 130
    assert b"Measuring pass01-sqlite (1 of 2)" in shown
    assert shown.rfind(b"\x1b[?25h") > shown.rfind(b"\x1b[?25l") > 0
