"""`ormbench run --against`: two sides in turns, each in processes of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import Ended, Ormbench, planted

DRIVERS = ("pysqlite", "aiosqlite")


def git(folder: Path, *words: str) -> str:
    """Call git in a folder as somebody."""
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    return subprocess.run(
        ["git", "-C", str(folder), *identity, *words], check=True, capture_output=True, text=True
    ).stdout.strip()


def write_wording(project: Path, *, greeting: str, times: int, extra: str) -> None:
    """Write what differs between revisions."""
    text = f'GREETING = "{greeting}"\nTIMES = {times}\nEXTRA = "{extra}"\n'
    (project / "wording.py").write_text(text, encoding="utf-8")


@pytest.fixture
def project(ormbench: Ormbench) -> Path:
    """Return a user's repository with one commit, and a working tree that went on from there."""
    folder = ormbench.folder / "project"
    folder.mkdir()
    git(folder, "init", "--quiet")
    # Python may write there what it compiles.
    (folder / ".gitignore").write_text("__pycache__/\n", encoding="utf-8")
    shutil.copyfile(planted("revised"), folder / "revised.py")
    write_wording(folder, greeting="hello", times=1, extra="gone")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "First")
    write_wording(folder, greeting="goodbye", times=3, extra="fresh")
    return folder


def run_against(ormbench: Ormbench, scenario: Path, against: str) -> Ended:
    """Run a scenario on SQLite, smoke profile, one pass."""
    words = ("run", "--scenario", scenario, "--profile", "smoke", "--backend", "sqlite", "--passes", 1)
    # Not in this process: the module beside the scenario would stay imported.
    return ormbench(*words, "--against", against)


def record(ormbench: Ormbench) -> tuple[Path, dict[str, Any]]:
    """Return the folder of the one run, and what its run.json says."""
    [folder] = ormbench.runs()
    return folder, dict(json.loads((folder / "run.json").read_text(encoding="utf-8")))


def ids(*variants: str) -> list[str]:
    """Return the ids of cases of the scenario, in the order of the alphabet."""
    return sorted(f"revised/[{variant}]@sqlite+{driver}" for variant in variants for driver in DRIVERS)


def measured(folder: Path, unit: str) -> list[str]:
    """Return the ids of the cases of a unit."""
    data = json.loads((folder / "micro" / f"{unit}.json").read_text(encoding="utf-8"))
    return sorted(each["name"] for each in data["benchmarks"])


def test_a_revision_is_measured_with_its_own_code(ormbench: Ormbench, project: Path) -> None:
    """What both revisions have is timed on both; other counts, other answers and missing cases are told apart."""
    before = git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD")
    ended = run_against(ormbench, project / "revised.py", "HEAD")
    assert (ended.code, ended.err) == (1, ""), "a case gives another answer than before"
    folder, run = record(ormbench)
    second = run["against"]
    assert (second["kind"], second["commit"], second["packages"]) == ("revision", before[1], [])
    assert run["units"] == ["pass01-sqlite"]
    assert second["units"] == ["pass01-sqlite-against"]
    assert sorted(each["case"] for each in second["failures"]) == ids("greet")
    assert {each["stage"] for each in second["failures"]} == {"same answer"}
    assert sorted(each["what"] for each in second["left_out"]) == ids("fresh", "gone")
    assert measured(folder, "pass01-sqlite-against") == sorted([*ids("title", "often"), *ids("title~aa")])
    assert measured(folder, "pass01-sqlite") == sorted([*ids("title", "often", "greet", "fresh"), *ids("title~aa")])
    statements = {each["case"]["variant"]: each["statements"] for each in second["counts"]}
    assert statements == {"title": 1, "often": 1, "greet": 1}
    assert "revised/[often]@sqlite+pysqlite: 3 statements instead of 1" in ended.out
    report = (ormbench.folder / "reports" / folder.name / "report.md").read_text(encoding="utf-8")
    assert report.index("## This against that: project at HEAD") < report.index("## Trust")
    assert (git(project, "status", "--porcelain"), git(project, "rev-parse", "HEAD")) == before
    assert not (project / ".git" / "worktrees").exists()


def test_the_second_side_is_resumed_too(ormbench: Ormbench, project: Path) -> None:
    """Its missing unit is measured and no other one, but not where the revision means another commit by now."""
    write_wording(project, greeting="hello", times=1, extra="gone")
    assert run_against(ormbench, project / "revised.py", "HEAD").code == 0
    [folder] = ormbench.runs()
    kept = (folder / "micro" / "pass01-sqlite.json").read_bytes()
    lost = folder / "micro" / "pass01-sqlite-against.json"
    lost.unlink()
    git(project, "commit", "--quiet", "--allow-empty", "--message", "Second")
    line = ormbench.here("run", "--resume", "latest").refusal()
    assert "began against another second side (commit changed); start a new run" in line
    git(project, "reset", "--quiet", "--soft", "HEAD~1")
    ended = ormbench("run", "--resume", "latest")
    assert (ended.code, ended.err) == (0, "")
    assert lost.is_file()
    assert (folder / "micro" / "pass01-sqlite.json").read_bytes() == kept


def test_nothing_in_common_is_refused(ormbench: Ormbench, project: Path) -> None:
    """Where no case can be compared the run ends before it measures, with the first reason, and leaves nothing."""
    shutil.copyfile(planted("sound"), project / "other.py")
    line = run_against(ormbench, project / "other.py", "HEAD").refusal(code=1)
    assert "nothing can be compared with project at HEAD: sound/@sqlite: the second side has no such scenario" in line
    assert ormbench.runs() == []


def test_words_that_mean_nothing_are_refused_before_anything_starts(ormbench: Ormbench) -> None:
    """Neither a revision nor a requirement, or a second side for a run that has its plan: one line, exit code 2."""
    line = ormbench.here("run", "--scenario", planted("sound"), "--against", "no-such-revision").refusal()
    assert "'no-such-revision' is neither a requirement with a version" in line
    line = ormbench.here("run", "--resume", "latest", "--against", "HEAD").refusal()
    assert "--resume keeps to the plan of its run" in line
    assert ormbench.runs() == []


@pytest.mark.slow
def test_another_version_of_sqlalchemy_is_measured(ormbench: Ormbench) -> None:
    """The second side has SQLAlchemy 2.0, from an index; everything else is the same, and no case fails."""
    words = ("run", "--scenario", planted("sound"), "--profile", "smoke", "--backend", "sqlite")
    process = ormbench.start(*words, "--against", "sqlalchemy==2.0.*")
    # Building the environment takes as long as the index does.
    _, err = process.communicate(timeout=240)
    assert (process.returncode, err) == (0, "")
    second = record(ormbench)[1]["against"]
    [package] = second["packages"]
    assert package["name"] == "sqlalchemy"
    assert package["that"].startswith("2.0.")
    assert second["failures"] == second["left_out"] == []
