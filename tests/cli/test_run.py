"""`ormbench run` from nothing to a report, on private and on given servers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.cli.command import Ended, Ormbench, planted

PHASES = ["servers", "seeding", "proofs", "processes", "warm_up", "measuring"]


def smoke(ormbench: Ormbench, name: str, *words: object) -> Ended:
    """Run a planted scenario with the smoke profile in this process; units are measured in others all the same."""
    return ormbench.here("run", "--scenario", planted(name), "--profile", "smoke", *words)


def record(ormbench: Ormbench) -> dict[str, Any]:
    """Return run.json of the one run."""
    [folder] = ormbench.runs()
    return dict(json.loads((folder / "run.json").read_text(encoding="utf-8")))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_run_keeps_everything_and_renders_the_same_twice(ormbench: Ormbench) -> None:
    """run.json, the units that pytest-benchmark reads, the report; and `report` gives the same bytes again."""
    words = ("--profile", "smoke", "--backend", "sqlite", "--seed", 7)
    ended = ormbench("run", "--scenario", planted("sound"), *words)
    assert (ended.code, ended.err) == (0, "")
    [folder] = ormbench.runs()
    check_record(record(ormbench), folder.name)
    units = [folder / "micro" / f"pass0{number}-sqlite.json" for number in (1, 2)]
    assert sorted((folder / "micro").iterdir()) == units
    table = subprocess.run(
        [sys.executable, "-m", "pytest_benchmark", "compare", *map(str, units)],
        check=True,
        capture_output=True,
        text=True,
        cwd=ormbench.folder,
    ).stdout
    assert table.count("sound/[get~aa]@sqlite+aiosqlite") == 2
    report = ormbench.folder / "reports" / folder.name
    first = contents(report)
    assert {"index.html", "report.md"} < set(first)
    assert {Path(name).suffix for name in first if name.startswith("figures/")} == {".png", ".svg"}
    assert ormbench.here("report", "latest").code == 0
    assert contents(report) == first
    assert ormbench.server_folders() == []


def check_record(run: dict[str, Any], name: str) -> None:
    """Check what run.json says of a smoke run over `sound` on SQLite."""
    assert run["id"] == name
    assert run["finished"] >= run["started"]
    assert run["command"].endswith("--profile smoke --backend sqlite --scenario " + f"{planted('sound')} --seed 7")
    assert run["seed"] == run["request"]["seed"] == 7
    assert run["environment"]["packages"].keys() >= {"SQLAlchemy", "aiosqlite", "pytest-benchmark"}
    assert run["environment"]["cores"] >= 1
    [backend] = run["backends"]
    assert (backend["label"], backend["origin"]) == ("sqlite", "private")
    assert backend["settings"]["journal_mode"] == "WAL"
    assert [driver["name"] for driver in backend["drivers"]] == ["pysqlite", "aiosqlite"]
    assert [dataset["rows"] for dataset in backend["datasets"]] == [100]
    assert run["units"] == ["pass01-sqlite", "pass02-sqlite"]
    [group] = run["groups"]
    assert [(case["variant"], case["driver"], case["twin"]) for case in group["cases"]] == [
        ("get", "pysqlite", False),
        ("get", "aiosqlite", False),
        ("columns", "pysqlite", False),
        ("columns", "aiosqlite", False),
        ("get", "pysqlite", True),
        ("get", "aiosqlite", True),
    ]
    assert [counts["statements"] for counts in run["counts"]] == [1, 1, 1, 1]
    assert run["failures"] == run["left_out"] == []
    assert list(run["phases_s"]) == PHASES
    assert all(seconds > 0 for seconds in run["phases_s"].values())
    assert all(doubt.keys() == {"code", "grade_cost", "text", "remedy"} for doubt in run["doubts"])
    assert run["precision"]["median_half_width"] > 0


def test_a_case_that_fails_while_it_is_timed_leaves_the_others(ormbench: Ormbench) -> None:
    """The exit code is 1, the case is named with its reason, once, and the other cases have their times."""
    ended = smoke(ormbench, "tiring", "--backend", "sqlite")
    assert (ended.code, ended.err) == (1, "")
    assert "Gave up tiring/[tiring]@sqlite+aiosqlite: RuntimeError: worn out" in ended.out
    run = record(ormbench)
    assert run["finished"] is not None
    assert sorted(run["failures"], key=lambda failure: str(failure["case"])) == [
        {"case": f"tiring/[tiring]@sqlite+{driver}", "stage": "operation", "message": "RuntimeError: worn out"}
        for driver in ("aiosqlite", "pysqlite")
    ]
    [folder] = ormbench.runs()
    for unit in run["units"]:
        measured = json.loads((folder / "micro" / f"{unit}.json").read_text(encoding="utf-8"))
        names = sorted(benchmark["name"] for benchmark in measured["benchmarks"])
        assert names == [
            f"tiring/[steady{twin}]@sqlite+{driver}" for twin in ("", "~aa") for driver in ("aiosqlite", "pysqlite")
        ]


def test_a_void_case_is_not_timed(ormbench: Ormbench) -> None:
    """Cases that fail a proof are left out of the measuring, are in the report, and make the exit code 1."""
    ended = smoke(ormbench, "other_rows", "--backend", "sqlite", "--passes", 1)
    assert (ended.code, ended.err) == (1, "")
    [folder] = ormbench.runs()
    measured = json.loads((folder / "micro" / "pass01-sqlite.json").read_text(encoding="utf-8"))
    assert {benchmark["extra_info"]["case"]["variant"] for benchmark in measured["benchmarks"]} == {"upwards"}
    page = (ormbench.folder / "reports" / folder.name / "report.md").read_text(encoding="utf-8")
    assert "same answer" in page


def test_a_void_case_is_not_weighed(ormbench: Ormbench) -> None:
    """The memory of the sound cases is told once in the run, and a case that cannot be performed ends nothing else."""
    ended = smoke(ormbench, "weighed", "--backend", "sqlite", "--passes", 1)
    assert (ended.code, ended.err) == (1, "")
    run = record(ormbench)
    assert {failure["case"] for failure in run["failures"]} == {
        f"weighed/[broken]@sqlite+{driver}" for driver in ("pysqlite", "aiosqlite")
    }
    weighed = [(each["case"]["variant"], each["case"]["driver"]) for each in run["memory"]]
    assert weighed == [("get", "pysqlite"), ("get", "aiosqlite")]
    assert all(each["peak_bytes"] > 0 for each in run["memory"])
    assert run["finished"] is not None
