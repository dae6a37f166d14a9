"""The folder of a run: whole files or none, and messages for what cannot be read or written."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bench.core.errors import OrmbenchError, UsageError
from bench.core.store import FORMAT, RunFolder, create_run, find_run, write_json

OLD, NEW = {"format": FORMAT, "is": "old"}, {"format": FORMAT, "is": "new"}


def stored(results: Path, name: str, run: dict[str, Any] = OLD) -> RunFolder:
    """Return a run that was written before."""
    folder = RunFolder(results / name)
    folder.path.mkdir(parents=True)
    folder.write(run)
    return folder


def refusal(folder: RunFolder) -> str:
    """Return the message with which the run is refused."""
    with pytest.raises(UsageError) as caught:
        folder.read()
    return str(caught.value)


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    """run.json keeps every value, beyond ASCII too, and ends in a newline."""
    run = {"format": FORMAT, "doubts": ["±2 %", None], "ratio": 1.25}
    folder = stored(tmp_path, "one", run)
    assert folder.read() == run
    assert (folder.path / "run.json").read_text(encoding="utf-8").endswith("}\n")


def test_a_new_file_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The draft is gone after it was renamed."""
    folder = stored(tmp_path, "one")
    folder.write(NEW)
    assert folder.read() == NEW
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_a_crash_before_the_rename_leaves_the_old_file(tmp_path: Path) -> None:
    """A process that dies with the draft half written has harmed nothing, and the next one writes over its draft."""
    folder = stored(tmp_path, "one")
    program = (
        "import os, sys; from pathlib import Path; from bench.core.store import write_json\n"
        "os.fsync = lambda _: os._exit(9)\n"
        "write_json(Path(sys.argv[1]), {'is': 'new'})"
    )
    ended = subprocess.run([sys.executable, "-c", program, str(folder.path / "run.json")], check=False)
    assert ended.returncode == 9
    assert folder.read() == OLD
    folder.write(OLD)
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_the_old_file_is_there_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rename comes last: by then the draft beside it is complete and on the disk."""
    folder = stored(tmp_path, "one")
    seen: list[Any] = []
    replace = Path.replace

    def watched(draft: Path, target: Path) -> Path:
        seen.extend((json.loads(draft.read_text(encoding="utf-8")), folder.read()))
        return replace(draft, target)

    monkeypatch.setattr(Path, "replace", watched)
    folder.write(NEW)
    assert seen == [NEW, OLD]


@pytest.mark.skipif(sys.platform == "win32", reason="limits of a process are POSIX")
def test_a_write_that_the_system_refuses_keeps_the_old_file(tmp_path: Path) -> None:
    """Beyond the limit of a file's size the write fails for real; one line says so and the draft is gone."""
    folder = stored(tmp_path, "one")
    program = (
        "import resource, signal, sys; from pathlib import Path; from bench.core.store import write_json\n"
        "from bench.core.errors import OrmbenchError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "try:\n    write_json(Path(sys.argv[1]), ['x' * 100_000])\n"
        "except OrmbenchError as error:\n    print(error); sys.exit(error.exit_code)"
    )
    command = [sys.executable, "-c", program, str(folder.path / "run.json")]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended.stderr
    assert f"cannot write {folder.path / 'run.json'}: File too large" in ended.stdout
    assert folder.read() == OLD
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_called_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """No space and no quota are one thing to a user, who is told what is safe and how to go on."""
    folder = stored(tmp_path, "one")

    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OrmbenchError, match="the disk is full"):
        folder.write(NEW)
    assert folder.read() == OLD
    assert [path.name for path in folder.path.iterdir()] == ["run.json"]


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path: Path) -> None:
    """A path that cannot hold files gives the message of a failed write, not a traceback."""
    (tmp_path / "one").touch()
    with pytest.raises(OrmbenchError, match=r"cannot write .*run\.json: Not a directory"):
        write_json(tmp_path / "one" / "run.json", OLD)


def test_a_new_run_has_its_folders_and_a_name_that_sorts_by_time(tmp_path: Path) -> None:
    """The name begins with the date and holds the profile; both inner folders are there."""
    folder = create_run(tmp_path / "results", "quick")
    stamp, profile = folder.id[:15], folder.id[16:21]
    assert datetime.strptime(f"{stamp}+0000", "%Y%m%d-%H%M%S%z").year >= 2026
    assert profile == "quick"
    assert folder.micro.is_dir()
    assert folder.logs.is_dir()


def test_runs_that_begin_in_one_second_have_folders_of_their_own(tmp_path: Path) -> None:
    """Two runs started together do not share a folder."""
    assert len({create_run(tmp_path, "quick").id for _ in range(5)}) == 5


def test_results_that_cannot_be_written_point_to_out(tmp_path: Path) -> None:
    """The message names the folder and the option that chooses another."""
    (tmp_path / "results").touch()
    with pytest.raises(UsageError, match=r"cannot write to .*results: .*; choose another folder with --out") as caught:
        create_run(tmp_path / "results", "quick")
    assert str(tmp_path / "results") in str(caught.value)


def test_a_folder_without_run_json_holds_no_run(tmp_path: Path) -> None:
    """The message names the folder and the file that it lacks."""
    assert refusal(RunFolder(tmp_path)) == f"{tmp_path} holds no run (there is no run.json)"


@pytest.mark.parametrize("content", [b'{"format": 1, "pas', b"", b"\xff\xfe{"], ids=["cut", "empty", "no text"])
def test_a_damaged_run_json_is_named(tmp_path: Path, content: bytes) -> None:
    """What is no JSON is said to be damaged, with what to do."""
    (tmp_path / "run.json").write_bytes(content)
    message = refusal(RunFolder(tmp_path))
    assert message.startswith(f"{tmp_path / 'run.json'} is damaged (")
    assert message.endswith("; restore it or remove the folder")


@pytest.mark.parametrize(
    ("content", "found"), [("{}", "None"), ("[1]", "None"), ('{"format": 99}', "99"), ('"text"', "None")]
)
def test_a_foreign_run_json_is_refused_by_its_format(tmp_path: Path, content: str, found: str) -> None:
    """JSON of another make or version is not half understood."""
    (tmp_path / "run.json").write_text(content, encoding="utf-8")
    assert f"has format {found}, this version reads {FORMAT}" in refusal(RunFolder(tmp_path))


def test_an_unreadable_run_json_is_one_line(tmp_path: Path) -> None:
    """Whatever the system says about the file is passed on without a traceback."""
    (tmp_path / "run.json").mkdir()
    assert refusal(RunFolder(tmp_path)) == f"cannot read {tmp_path / 'run.json'}: Is a directory"


def test_units_are_missing_until_their_file_is_there(tmp_path: Path) -> None:
    """Resuming does exactly the units without a whole file, in their order; a draft is no unit."""
    folder = create_run(tmp_path, "quick")
    write_json(folder.unit("pass1-sqlite"), {})
    (folder.micro / ".pass2-sqlite.json.123").touch()
    folder.unit("pass2-postgresql").write_text('{"benchmarks": [', encoding="utf-8")
    units = ["pass2-sqlite", "pass1-sqlite", "pass1-postgresql", "pass2-postgresql"]
    assert folder.missing(units) == ["pass2-sqlite", "pass1-postgresql", "pass2-postgresql"]


def test_a_run_is_measured_by_one_process_at_a_time(tmp_path: Path) -> None:
    """A second one is refused in one line, and may go on when the first has ended."""
    folder = create_run(tmp_path, "quick")
    with (
        folder.held(),
        pytest.raises(UsageError, match=f"another process is measuring the run {folder.id}"),
        folder.held(),
    ):
        pass
    with folder.held():
        pass
    folder.remove_if_empty()
    assert not folder.path.exists()


def test_latest_is_the_newest_run(tmp_path: Path) -> None:
    """The newest run wins; a younger folder without run.json is none."""
    for name in ("20261103-120000-quick-aa00", "20261104-090000-full-0000", "20261103-130000-quick-ff00"):
        stored(tmp_path, name)
    (tmp_path / "20261105-000000-quick-0000").mkdir()
    assert find_run(tmp_path, "latest").id == "20261104-090000-full-0000"


def test_a_run_is_found_by_name_or_path(tmp_path: Path) -> None:
    """Both what `results/` calls it and where it lies are accepted."""
    folder = stored(tmp_path / "elsewhere", "20261103-120000-quick-aa00")
    assert find_run(tmp_path / "elsewhere", folder.id) == folder
    assert find_run(tmp_path, str(folder.path)) == folder


def test_a_misspelt_run_is_answered_with_the_nearest(tmp_path: Path) -> None:
    """One wrong letter in a long name is mended by the message."""
    stored(tmp_path, "20261103-120000-quick-aa00")
    stored(tmp_path, "20250101-080000-full-bb11")
    with pytest.raises(UsageError, match=r"no run .*; did you mean '20261103-120000-quick-aa00'\?"):
        find_run(tmp_path, "20261103-120000-quick-aa01")


@pytest.mark.parametrize("name", ["latest", "anything"])
def test_without_any_run_the_command_that_makes_one_is_named(tmp_path: Path, name: str) -> None:
    """An empty or missing results folder is no error of its own."""
    with pytest.raises(UsageError, match="there is none yet; `ormbench run` makes one"):
        find_run(tmp_path / "results", name)
