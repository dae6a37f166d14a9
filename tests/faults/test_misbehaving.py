"""A scenario that hangs, leaks, hoards or writes elsewhere costs its own cases alone, and all of it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from tests.cli.command import Ended, Ormbench, survivors

FILE = Path(__file__).parent / "planted" / "misbehaving.py"
BOTH = ("aiosqlite", "pysqlite")
SOUND = sorted(
    f"misbehaving/[{variant}]@sqlite+{driver}" for variant in ("hoarding", "steady", "steady~aa") for driver in BOTH
)


class Misbehaved(NamedTuple):
    """A run of the planted scenario, and what it left."""

    ormbench: Ormbench
    ended: Ended
    folder: Path

    @property
    def record(self) -> dict[str, Any]:
        """Return run.json."""
        return dict(json.loads((self.folder / "run.json").read_text(encoding="utf-8")))

    def names(self, unit: str) -> list[str]:
        """Return the cases of a unit."""
        measured = json.loads((self.folder / "micro" / f"{unit}.json").read_text(encoding="utf-8"))
        return sorted(each["name"] for each in measured["benchmarks"])


@pytest.fixture(scope="module")
def misbehaved(tmp_path_factory: pytest.TempPathFactory, scratch_root: Path) -> Iterator[Misbehaved]:
    """Measure the planted scenario once."""
    ormbench = Ormbench(tmp_path_factory.mktemp("misbehaved"), scratch_root)
    ended = ormbench("run", "--scenario", FILE, "--profile", "smoke", "--backend", "sqlite")
    [folder] = ormbench.runs()
    yield Misbehaved(ormbench, ended, folder)
    place = str(scratch_root)
    everybody = psutil.process_iter(["cmdline"])
    assert survivors([each for each in everybody if any(place in word for word in each.info["cmdline"] or [])]) == []


def test_each_is_marked_with_its_reason(misbehaved: Misbehaved) -> None:
    """By case and driver; the exit code is 1, and the run has come to its end."""
    assert (misbehaved.ended.code, misbehaved.ended.err) == (1, "")
    record = misbehaved.record
    assert record["finished"] is not None
    reasons = {
        "hanging": ("time limit", "did not end within 2 s and was stopped"),
        "leaking": (
            "operation",
            "LeakError: left 1 connection open; close every session and connection behind its use",
        ),
    }
    told = {each["case"]: (each["stage"], each["message"]) for each in record["failures"]}
    for variant, reason in reasons.items():
        assert {told.pop(f"misbehaving/[{variant}]@sqlite+{driver}") for driver in BOTH} == {reason}
    for driver in BOTH:
        stage, message = told.pop(f"misbehaving/[straying]@sqlite+{driver}")
        assert stage == "own tables"
        assert message.endswith("CREATE TABLE IF NOT EXISTS diary (day INTEGER)")
    assert told == {}


def test_the_others_are_measured_in_every_pass(misbehaved: Misbehaved) -> None:
    """A unit in which a case hung is measured again without it, and so are those that follow."""
    assert {unit: misbehaved.names(unit) for unit in misbehaved.record["units"]} == {
        "pass01-sqlite": SOUND,
        "pass02-sqlite": SOUND,
    }
    assert "Gave up misbehaving/[hanging]@sqlite+pysqlite: did not end within 2 s" in misbehaved.ended.out


def test_memory_that_grows_is_a_doubt(misbehaved: Misbehaved) -> None:
    """It costs no grade: the times are right, and the machine may bear it."""
    [doubt] = [each for each in misbehaved.record["doubts"] if each["code"] == "memory-growth"]
    assert "in the second half of the rounds of misbehaving/" in doubt["text"]
    assert doubt["grade_cost"] == 0


def test_the_report_says_so_on_top(misbehaved: Misbehaved) -> None:
    """Before the first table, in Markdown and on the page."""
    report = misbehaved.ormbench.folder / "reports" / misbehaved.folder.name
    text = (report / "report.md").read_text(encoding="utf-8")
    assert text.index("6 failures") < text.index("| ")
    page = (report / "index.html").read_text(encoding="utf-8")
    assert page.index("6 failures") < page.index("<table")


def test_what_hung_is_not_tried_again(misbehaved: Misbehaved) -> None:
    """A lost unit is measured by `--resume` without the case that hung; the failures are still told."""
    before, kept = misbehaved.record, misbehaved.folder / "micro" / "pass01-sqlite.json"
    content = kept.read_bytes()
    (misbehaved.folder / "micro" / "pass02-sqlite.json").unlink()
    resumed = misbehaved.ormbench("run", "--resume", "latest")
    assert (resumed.code, resumed.err) == (1, "")
    assert "Gave up" not in resumed.out
    assert misbehaved.names("pass02-sqlite") == SOUND
    assert kept.read_bytes() == content
    after = misbehaved.record
    assert sorted(map(str, after["failures"])) == sorted(map(str, before["failures"]))
