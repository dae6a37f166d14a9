"""`ormbench run --resume` measures the same programs on the same plan, or refuses in one line."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ended, Ormbench, planted

FAILING = [f"failing/[title{twin}]@sqlite+{driver}" for twin in ("", "~aa") for driver in ("pysqlite", "aiosqlite")]


def smoke(ormbench: Ormbench, file: Path, *words: object) -> Ended:
    """Run a scenario file with the smoke profile on SQLite."""
    return ormbench.here("run", "--scenario", file, "--profile", "smoke", "--backend", "sqlite", *words)


def the_run(ormbench: Ormbench) -> tuple[Path, dict[str, Any]]:
    """Return the one run and its record."""
    [folder] = ormbench.runs()
    return folder, dict(json.loads((folder / "run.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("book.title", "book.title, 1", "began with another scenario sound: get; put back what it was"),
        ('Variant("columns"', 'Variant("other"', "began with another scenario sound: columns, other; put back"),
        ('name="sound"', 'name="renamed"', "began with another scenario sound; put back what it was"),
    ],
)
def test_a_scenario_that_was_edited_is_refused(ormbench: Ormbench, old: str, new: str, told: str) -> None:
    """The units that are kept measured another program under the same case ids; nothing of the run is touched."""
    mine = ormbench.folder / "mine.py"
    shutil.copyfile(planted("sound"), mine)
    assert smoke(ormbench, mine).code == 0
    folder, before = the_run(ormbench)
    (folder / "micro" / "pass02-sqlite.json").unlink()
    text = mine.read_text(encoding="utf-8")
    assert old in text
    mine.write_text(text.replace(old, new), encoding="utf-8")
    assert told in ormbench.here("run", "--resume", "latest").refusal()
    assert the_run(ormbench) == (folder, before)
    mine.write_text(text, encoding="utf-8")
    assert ormbench.here("run", "--resume", "latest").code == 0
    assert (folder / "micro" / "pass02-sqlite.json").is_file()


def test_a_unit_in_which_every_case_fails_is_left_out(ormbench: Ormbench) -> None:
    """There is nothing to measure again: the run comes to its end with the failures, and so does `--resume`."""
    for words in (("run", "--scenario", planted("failing"), "--profile", "smoke", "--backend", "sqlite"), ()):
        ended = ormbench.here(*(words or ("run", "--resume", "latest")))
        assert (ended.code, ended.err) == (1, "")
        _, run = the_run(ormbench)
        assert run["finished"] is not None
        assert run["units"] == []
        assert [each["case"] for each in run["failures"]] == FAILING
        assert {(each["stage"], each["message"]) for each in run["failures"]} == {
            ("operation", "RuntimeError: worn out")
        }


@pytest.mark.parametrize(
    "words",
    ["--profile full", "--profile quick", "--seed 7", "--seed 1", "--no-load", "--load", "--no-experiments"],
)
def test_what_a_run_has_decided_is_refused(ormbench: Ormbench, words: str) -> None:
    """An option that would be ignored is refused, whatever the run has."""
    line = ormbench.here("run", "--resume", "latest", *words.split()).refusal()
    assert "--resume keeps to the plan of its run; leave out SELECT, --profile" in line


def test_the_printed_commands_can_be_typed(ormbench: Ormbench) -> None:
    """A folder with a space is quoted, and what was left out of the run is left out by its command too."""
    folder = ormbench.folder / "my runs"
    mine = ormbench.folder / "my file.py"
    shutil.copyfile(planted("sound"), mine)
    assert smoke(ormbench, mine, "--out", folder, "--no-load", "--no-experiments").code == 0
    [run] = folder.iterdir()
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    words = shlex.split(record["command"])
    assert words[words.index("--scenario") + 1] == str(mine)
    assert {"--no-load", "--no-experiments"} < set(words)
    (run / "run.json").write_text(json.dumps(record | {"finished": None}), encoding="utf-8")
    line = ormbench.here("publish", run, "kept").refusal()
    assert line.endswith(f"go on with: ormbench run --resume '{run}'")
