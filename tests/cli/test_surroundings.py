"""Folders and rights as they are on other people's machines: spaces, a narrow umask, folders that are read-only."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.servers.fleet import availability
from tests.cli.command import Ormbench, planted

HERE = [each.kind for each in availability() if each.available]
DRIVERS = {"sqlite": "pysqlite", "postgresql": "psycopg", "mariadb": "pymysql"}
"""One of each backend."""


def on(*kinds: str) -> list[str]:
    """Return the words that choose these backends, as far as they are here, and one driver each."""
    return [word for kind in kinds if kind in HERE for word in ("--backend", kind, "--driver", DRIVERS[kind])]


def test_paths_may_have_spaces(tmp_path: Path, scratch_root: Path) -> None:
    """Of the scenario, the results, the reports, and the scratch folder in which servers start.

    MariaDB is left out: its own installer does not bear them in the path of the data.
    """
    scratch = scratch_root / "a scratch folder"
    scratch.mkdir()
    scratch.chmod(0o755)
    ormbench = Ormbench(tmp_path / "a working folder", scratch)
    ormbench.folder.mkdir()
    file = ormbench.folder / "my scenario.py"
    shutil.copyfile(planted("sound"), file)
    checked = ormbench.here("check", "--scenario", file.name, *on("sqlite", "postgresql"))
    assert (checked.code, checked.err) == (0, "")
    words = ("--profile", "smoke", "--passes", 1, *on("sqlite"))
    ended = ormbench.here("run", "--scenario", file.name, *words, "--out", "my results", "--reports", "my reports")
    assert (ended.code, ended.err) == (0, "")
    [run] = (ormbench.folder / "my results").iterdir()
    assert (ormbench.folder / "my reports" / run.name / "index.html").is_file()
    assert ormbench.server_folders() == []


@pytest.fixture
def _narrow_umask() -> Iterator[None]:
    former = os.umask(0o077)
    yield
    os.umask(former)


@pytest.mark.usefixtures("_narrow_umask")
def test_a_narrow_umask_keeps_no_server_from_starting(ormbench: Ormbench) -> None:
    """Servers may run as another account, which has to get at its files although new ones are the user's alone."""
    scratch = ormbench.scratch / "narrow"
    scratch.mkdir()
    # The user's own; what ormbench makes in it is for ormbench to open.
    scratch.chmod(0o755)
    other = Ormbench(ormbench.folder, scratch)
    ended = other.here("check", "--scenario", planted("sound"), *on(*DRIVERS))
    assert (ended.code, ended.err) == (0, "")
    assert other.server_folders() == []


@pytest.fixture
def read_only(ormbench: Ormbench) -> Iterator[Path]:
    """Return a folder in which nobody can write: root only finds one on a file system that is read-only."""
    folder = ormbench.folder / "read_only"
    folder.mkdir()
    if os.geteuid() != 0:
        folder.chmod(0o555)
        yield folder
        folder.chmod(0o755)
        return
    command = ["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("root may write everywhere, and may mount nothing here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("option", ["--out", "--reports"])
def test_a_folder_that_is_read_only_is_refused_before_anything_is_measured(
    ormbench: Ormbench, read_only: Path, option: str
) -> None:
    """It exists, and cannot be written: the line names the option that chooses another."""
    words = ("--scenario", planted("sound"), "--backend", "sqlite", "--profile", "smoke", option, read_only)
    ended = ormbench.here("run", *words)
    line = ended.refusal()
    assert f"cannot write to {read_only}: " in line
    assert line.endswith(f"; choose another folder with {option}")
    assert ended.out == ""
    assert ormbench.runs() == []
