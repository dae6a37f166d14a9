"""How the command ends: with its version, or where its surroundings give way (a reader, a lock, a copy)."""

from __future__ import annotations

import shutil
from importlib.metadata import version
from pathlib import Path

import pytest
from filelock import Timeout

from bench.cli.main import _ending
from tests.cli.command import Ended, Ormbench, planted

CLOSED_PIPE = 141
"""What a shell reports for SIGPIPE."""


def test_the_version_is_shown(ormbench: Ormbench) -> None:
    """That of what is installed, and no command is asked for."""
    assert ormbench.here("--version") == Ended(0, f"ormbench {version('ormbench')}\n", "")


def test_a_run_that_nobody_reads_does_not_look_complete(ormbench: Ormbench) -> None:
    """`| head` stops the measuring: the exit code tells, and so does the line with the command that goes on."""
    words = ("--profile", "smoke", "--backend", "sqlite")
    process = ormbench.start("run", "--scenario", planted("sound"), *words)
    assert process.stdout is not None
    while not process.stdout.readline().startswith("Measuring pass01-sqlite"):
        pass
    process.stdout.close()
    assert process.stderr is not None
    line = Ended(process.wait(), "", process.stderr.read()).refusal(CLOSED_PIPE)
    assert "nobody reads the output any more; complete units are kept, go on with: ormbench run --resume" in line
    process.stderr.close()


def test_a_list_that_nobody_reads_to_its_end_is_no_matter(ormbench: Ormbench) -> None:
    """The exit code is the shells', and nothing is said."""
    process = ormbench.start("list")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert (process.wait(), process.stderr.read()) == (CLOSED_PIPE, "")
    process.stderr.close()


@pytest.mark.parametrize("error", [shutil.Error([("a", "b", "no space left")]), Timeout("results/run/.lock")])
def test_an_error_without_a_file_is_told_in_its_own_words(error: OSError) -> None:
    """No line says `None` in place of a reason."""
    code, text = _ending(error)
    assert code == 1
    assert "None" not in text
    assert "no space left" in text or ".lock" in text


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="this system has no folder that even root cannot write to")
def test_a_folder_for_reports_that_is_there_and_closed_is_refused_at_once(ormbench: Ormbench) -> None:
    """Not when everything is measured."""
    words = ("--profile", "smoke", "--backend", "sqlite", "--reports", "/sys/kernel")
    ended = ormbench.here("run", "--scenario", planted("sound"), *words)
    assert "cannot write to /sys/kernel: " in ended.refusal()
    assert "choose another folder with --reports" in ended.err
    assert (ended.out, ormbench.runs()) == ("", [])
