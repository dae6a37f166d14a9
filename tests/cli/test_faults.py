"""Whatever ends a run, complete units are kept, `--resume` does the rest, and no process or server stays behind."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest

from tests.cli.command import LIMIT_S, Ended, Ormbench, family, kill, planted, survivors

ROUNDS = 20 if os.environ.get("ORMBENCH_TEST_SLOW") else 6
"""Moments at which a run is killed; ORMBENCH_TEST_SLOW=1 takes all of those that the project promises."""
RUN = ("run", "--scenario", planted("sound"), "--profile", "smoke", "--backend", "sqlite", "--backend", "postgresql")
HALT = "ORMBENCH_TEST_HALT"


def shape(folder: Path) -> dict[str, Any]:
    """Return everything of a run that does not depend on time: units, groups, cases, failures, names of files."""
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    measured = {
        path.stem: sorted(each["name"] for each in json.loads(path.read_text(encoding="utf-8"))["benchmarks"])
        for path in (folder / "micro").iterdir()
    }
    return {
        "finished": run["finished"] is not None,
        "precise": run["precision"] is not None,
        "groups": run["groups"],
        "backends": [backend["label"] for backend in run["backends"]],
        "failures": run["failures"],
        "units": run["units"],
        "measured": measured,
        "files": sorted(str(path.relative_to(folder)) for path in folder.rglob("*")),
    }


def the_run(ormbench: Ormbench) -> Path:
    """Return the folder of the one run that has a record."""
    [record] = ormbench.results.glob("*/run.json")
    return record.parent


def check_nothing_lives(ormbench: Ormbench, processes: list[psutil.Process]) -> None:
    """Make sure that a family of processes is gone, and that nobody works in the scratch folder."""
    assert survivors(processes) == []
    place = str(ormbench.scratch)
    everybody = psutil.process_iter(["cmdline"])
    at_work = [process for process in everybody if any(place in word for word in process.info["cmdline"] or [])]
    assert survivors(at_work) == []


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


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_run_that_is_killed_at_any_moment_is_completed(ormbench: Ormbench, undisturbed: Timed, number: int) -> None:
    """Kill -9: `--resume latest` brings what an uninterrupted run has; before there is a plan there is no run."""
    process = ormbench.start(*RUN)
    # The order of the moments is mixed, so that any first few of them are spread over the whole run.
    fraction = (number * 7 % 20 + Random(number).random()) / 20
    time.sleep(fraction * undisturbed.elapsed_s)
    # Stopped first: a process that is born between the list and the end would escape the list.
    with suppress(ProcessLookupError):
        process.send_signal(signal.SIGSTOP)
    processes = family(process)
    process.kill()
    process.communicate()
    check_nothing_lives(ormbench, processes)
    if list(ormbench.results.glob("*/run.json")):
        resumed = ormbench("run", "--resume", "latest")
        assert (resumed.code, resumed.err) == (0, "")
        assert shape(the_run(ormbench)) == undisturbed.shape
        assert (ormbench.folder / "reports" / the_run(ormbench).name / "index.html").is_file()
    else:
        assert "there is none yet" in ormbench("run", "--resume", "latest").refusal()
        assert ormbench("check", "--scenario", planted("sound"), "--backend", "sqlite").code == 0
    check_nothing_lives(ormbench, [])
    assert ormbench.server_folders() == []


class Halting:
    """A run that stands still in the second group of every unit until it is let go."""

    def __init__(self, ormbench: Ormbench, backend: str, out: str = "results") -> None:
        self.mark = ormbench.folder / "halt"
        self.ormbench = ormbench
        words = ["run", "--scenario", planted("halting"), "--profile", "smoke", "--backend", backend, "--out", out]
        self.process = ormbench.start(*words, **{HALT: str(self.mark)})
        self.family: list[psutil.Process] = []

    def wait(self, units: int) -> None:
        """Let so many units pass, and return when the next one stands still."""
        for _ in range(units):
            self._wait_for_mark()
            self.mark.unlink()
        self._wait_for_mark()
        self.family = family(self.process)

    def go_on(self) -> Ended:
        """Let the unit go, and wait for the end."""
        self.mark.unlink(missing_ok=True)
        return self.ormbench.ending(self.process)

    def _wait_for_mark(self) -> None:
        deadline = time.monotonic() + LIMIT_S
        while not self.mark.exists():
            assert self.process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.01)


@pytest.fixture
def halting(ormbench: Ormbench) -> Iterator[Callable[..., Halting]]:
    """Return the function that starts such a run; it ends with the test."""
    started: list[Halting] = []

    def start(backend: str, *, units: int = 0, out: str = "results") -> Halting:
        started.append(Halting(ormbench, backend, out))
        started[-1].wait(units)
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()


def check_resumed(ormbench: Ormbench, kept: list[str], out: str = "results") -> None:
    """Make sure that these units and no others were kept, that the rest is measured, and that the kept stay as is."""
    [run] = (ormbench.folder / out).iterdir()
    files = {path.stem: path.read_bytes() for path in (run / "micro").iterdir()}
    assert sorted(files) == kept
    resumed = ormbench("run", "--resume", "latest", "--out", out)
    assert (resumed.code, resumed.err) == (0, "")
    after = shape(run)
    assert sorted(after["measured"]) == sorted(after["units"])
    assert len(after["measured"]) == 2
    assert after["finished"]
    assert after["failures"] == []
    assert {len(names) for names in after["measured"].values()} == {2 * len(after["groups"][0]["cases"])}
    for name, content in files.items():
        assert (run / "micro" / f"{name}.json").read_bytes() == content
    assert ormbench.server_folders() == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_run_cleans_up_and_tells_how_it_goes_on(
    ormbench: Ormbench, halting: Callable[..., Halting], number: signal.Signals
) -> None:
    """Ctrl-C and SIGTERM: the exit code is the shells', one line, nothing stays, and what is complete is kept."""
    run = halting("postgresql", units=1)
    run.process.send_signal(number)
    line = ormbench.ending(run.process)
    name = f"results/{the_run(ormbench).name}"
    told = f"ormbench: stopped; complete units are kept, go on with: ormbench run --resume {name}"
    assert line.refusal(128 + number) == told
    check_nothing_lives(ormbench, run.family)
    assert ormbench.server_folders() == []
    check_resumed(ormbench, ["pass01-postgresql"])


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


def test_a_measuring_process_that_dies_is_named_with_its_log(
    ormbench: Ormbench, halting: Callable[..., Halting]
) -> None:
    """As the system does when memory is short: exit code 1, the log is named, the unit before it is kept."""
    run = halting("sqlite", units=1)
    kill([process for process in run.family if "pytest" in process.cmdline()])
    log = f"results/{the_run(ormbench).name}/logs/pass02-sqlite.log"
    assert f"pass02-sqlite was killed by SIGKILL; see {log}; complete units" in run.go_on().refusal(1)
    assert (ormbench.folder / log).is_file()
    check_nothing_lives(ormbench, run.family)
    check_resumed(ormbench, ["pass01-sqlite"])


def test_a_server_that_dies_is_not_taken_for_a_failed_case(ormbench: Ormbench, halting: Callable[..., Halting]) -> None:
    """Exit code 1 and one line that names the server; the unit it died in is measured again."""
    run = halting("postgresql", units=1)
    kill([process for process in run.family if process.name() == "postgres"])
    line = run.go_on().refusal(1)
    assert line.startswith("ormbench: postgresql went away while it was measured: cannot connect to postgresql://")
    assert "Connection refused" in line
    check_nothing_lives(ormbench, run.family)
    check_resumed(ormbench, ["pass01-postgresql"])


@pytest.fixture
def small_disk(ormbench: Ormbench) -> Iterator[Path]:
    """Return a file system of a megabyte."""
    folder = ormbench.folder / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_costs_the_unit_that_did_not_fit(
    ormbench: Ormbench, halting: Callable[..., Halting], small_disk: Path
) -> None:
    """Exit code 1 and a line that says so; when there is room again the run goes on."""
    run = halting("sqlite", units=1, out="disk/results")
    filler = small_disk / "filler"
    with suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    line = run.go_on().refusal(1)
    assert "pass02-sqlite could not write to disk/results/" in line
    assert "the disk is full" in line
    filler.unlink()
    check_resumed(ormbench, ["pass01-sqlite"], out="disk/results")


def test_a_resumed_run_remembers_failures_and_repeats_what_is_damaged(ormbench: Ormbench) -> None:
    """A case that failed in a unit that is kept makes the exit code 1; a unit that is cut off is measured again."""
    words = ("run", "--scenario", planted("tiring"), "--profile", "smoke", "--backend", "sqlite")
    assert ormbench(*words).code == 1
    folder = the_run(ormbench)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    earlier = {"case": "tiring/[tiring]@sqlite+pysqlite", "stage": "operation", "message": "RuntimeError: earlier"}
    (folder / "run.json").write_text(json.dumps(run | {"failures": [earlier]}), encoding="utf-8")
    damaged = folder / "micro" / "pass02-sqlite.json"
    damaged.write_bytes(damaged.read_bytes()[:4096])
    resumed = ormbench("run", "--resume", "latest")
    assert (resumed.code, resumed.err) == (1, "")
    assert "Measuring pass02-sqlite (1 of 1)" in resumed.out
    after = shape(folder)
    assert earlier in after["failures"]
    assert len(after["failures"]) == 3
    assert {len(names) for names in after["measured"].values()} == {4}


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
