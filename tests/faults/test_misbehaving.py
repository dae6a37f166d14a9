"""A scenario that hangs, leaks, hoards or writes elsewhere costs its own cases alone, and all of it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psutil
import pytest

from bench.core.drivers import drivers_of
from bench.servers.mariadb import find_programs
from tests.cli.command import Ended, Ormbench, survivors

FILE = Path(__file__).parent / "planted" / "misbehaving.py"
RUSHING = FILE.with_name("rushing.py")
WANTED = "ORMBENCH_TEST_VARIANTS"
"""Names the variants of `misbehaving.py` that are wanted."""
BOTH = ("aiosqlite", "pysqlite")
SOUND = sorted(f"misbehaving/[{variant}]@sqlite+{driver}" for variant in ("steady", "steady~aa") for driver in BOTH)


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
    strays = {
        "straying": "CREATE TABLE IF NOT EXISTS diary (day INTEGER)",
        "bypassing": "table 'memoirs': not there before, 1 row after",
    }
    for variant, stray in strays.items():
        for driver in BOTH:
            stage, message = told.pop(f"misbehaving/[{variant}]@sqlite+{driver}")
            assert stage == "own tables"
            assert message.splitlines()[1:] == [stray]
    for driver in BOTH:
        stage, message = told.pop(f"misbehaving/[hoarding]@sqlite+{driver}")
        assert stage == "operation"
        assert re.match(r"HoardError: kept \d+ MiB more in the second half of its blocks; let go of ", message)
    assert told == {}


def test_the_others_are_measured_in_every_pass(misbehaved: Misbehaved) -> None:
    """A unit in which a case hung is measured again without it, and so are those that follow."""
    assert {unit: misbehaved.names(unit) for unit in misbehaved.record["units"]} == {
        "pass01-sqlite": SOUND,
        "pass02-sqlite": SOUND,
    }
    assert "Gave up misbehaving/[hanging]@sqlite+pysqlite: did not end within 2 s" in misbehaved.ended.out


def test_the_report_says_so_on_top(misbehaved: Misbehaved) -> None:
    """Before the first table, in Markdown and on the page."""
    report = misbehaved.ormbench.folder / "reports" / misbehaved.folder.name
    text = (report / "report.md").read_text(encoding="utf-8")
    assert text.index("10 failures") < text.index("| ")
    page = (report / "index.html").read_text(encoding="utf-8")
    assert page.index("10 failures") < page.index("<table")


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
def test_what_a_bare_variant_writes_elsewhere_is_seen_on_every_driver(ormbench: Ormbench, kind: str) -> None:
    """By the tables that are there, one case like the other: what each of them made is taken away behind it."""
    if kind == "mariadb" and find_programs() is None:
        pytest.skip("no programs of mariadb on this machine")
    ended = ormbench("check", "--scenario", FILE, "--backend", kind, "--json", **{WANTED: "steady bypassing"})
    assert (ended.code, ended.err.count("Traceback")) == (1, 0)
    proved = json.loads(ended.out)
    assert {(each["stage"], each["message"].splitlines()[1]) for each in proved["failures"]} == {
        ("own tables", "table 'memoirs': not there before, 1 row after")
    }
    assert [each["case"] for each in proved["failures"]] == [
        f"misbehaving/[bypassing]@{kind}+{driver.name}" for driver in drivers_of(kind)
    ]


@pytest.mark.slow
def test_a_case_that_loses_every_connection_is_blamed(ormbench: Ormbench) -> None:
    """The first time its unit is measured anew, the second time it is given up, and the others are measured."""
    words = ("--profile", "smoke", "--backend", "postgresql", "--driver", "psycopg", "--passes", "1")
    ended = ormbench("run", "--scenario", FILE, *words, **{WANTED: "steady severing"})
    assert (ended.code, ended.err) == (1, "")
    assert ended.out.count("it is measured again") == 1
    [folder] = ormbench.runs()
    run = Misbehaved(ormbench, ended, folder)
    assert [(each["case"], each["stage"]) for each in run.record["failures"]] == [
        ("misbehaving/[severing]@postgresql+psycopg", "operation")
    ]
    names = [f"misbehaving/[{variant}]@postgresql+psycopg" for variant in ("steady", "steady~aa")]
    assert run.names("pass01-postgresql") == names


def test_threads_that_hang_do_not_keep_the_process(ormbench: Ormbench) -> None:
    """What waits for ever in a rush costs its case, and the call comes to its end without it."""
    ended = ormbench("check", "--scenario", RUSHING, "--backend", "sqlite", "--json")
    assert ended.code == 1
    assert [(each["case"], each["message"]) for each in json.loads(ended.out)["failures"]] == [
        ("rushing/[waiting]@sqlite+pysqlite", "did not end within 2 s")
    ]


def test_what_hung_is_not_tried_again(misbehaved: Misbehaved) -> None:
    """A lost unit is measured by `--resume` without the case that hung; the failures are still told."""
    before, kept = misbehaved.record, misbehaved.folder / "micro" / "pass01-sqlite.json"
    content = kept.read_bytes()
    (misbehaved.folder / "micro" / "pass02-sqlite.json").unlink()
    resumed = misbehaved.ormbench("run", "--resume", "latest")
    assert (resumed.code, resumed.err) == (1, "")
    assert "Gave up misbehaving/[hanging]" not in resumed.out
    assert misbehaved.names("pass02-sqlite") == SOUND
    assert kept.read_bytes() == content
    after = misbehaved.record
    assert sorted(map(str, after["failures"])) == sorted(map(str, before["failures"]))
