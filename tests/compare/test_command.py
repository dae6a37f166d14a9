"""`ormbench compare`: exit codes, one line of refusal, and what is written where."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import twice

from bench.cli.app import app
from bench.core.errors import UsageError

JOINED = "[joined]@postgresql+psycopg"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a working folder whose results are a run, the same again, a slower one and one of another machine."""
    folder = tmp_path_factory.mktemp("compare")
    twice.run(folder / "results", "base", twice.BASE_SEED)
    twice.run(folder / "results", "same", twice.NEW_SEED)
    twice.run(folder / "results", "slower", twice.NEW_SEED, slow={JOINED: 1.2})
    twice.run(folder / "results", "unlike", twice.NEW_SEED, edit=lambda run: run["environment"].update(cores=8))
    return folder


def compare(words: str) -> int:
    """Call the command as `bench.cli.main` does, and return its exit code."""
    return int(app(["compare", *words.split()], prog_name="ormbench", standalone_mode=False) or 0)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("base same", 0),
        ("base slower", 0),
        ("base same --fail-on slower", 0),
        ("base slower --fail-on counts", 0),
        ("base slower --fail-on slower:25%", 0),
        ("base slower --fail-on slower --fail-on counts", 1),
        ("base unlike --force --fail-on slower", 0),
    ],
)
def test_only_a_limit_that_is_exceeded_ends_with_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, code: int
) -> None:
    """Without --fail-on the exit code is 0 whatever was found; nothing is said on standard error."""
    monkeypatch.chdir(folder)
    assert compare(words) == code
    said = capsys.readouterr()
    assert "compared with base (BASE)" in said.out
    assert not said.err


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("base same --fail-on slower:3", "--fail-on 'slower:3' is no limit"),
        ("base unlike", "the two runs are not alike \\(cores: 2, then 8\\)"),
        ("base base", "the same run"),
        ("base smae", "did you mean 'same'?"),
        ("base same --json --markdown", "give one of them"),
        ("base same --html results", "cannot write results"),
    ],
)
def test_a_wrong_call_is_a_usage_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: str, refusal: str
) -> None:
    """It says what was wrong and what to do, and nothing is shown before."""
    monkeypatch.chdir(folder)
    with pytest.raises(UsageError, match=refusal):
        compare(words)
    assert not capsys.readouterr().out


def test_json_is_all_that_json_writes(folder: Path, tmp_path: Path) -> None:
    """As a process: one document with the gate in it, a page beside it, nothing on standard error, exit code 1."""
    page = tmp_path / "deep" / "page.html"
    words = ["compare", "base", "slower", "--json", "--fail-on", "slower", "--html", str(page)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.cli", *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (1, "")
    data: dict[str, Any] = json.loads(done.stdout)
    assert (data["gate"]["failed"], data["verdicts"]["slower"]) == (True, 1)
    assert data["cases"][0]["case"].endswith(JOINED)
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_markdown_goes_to_standard_output(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It can be redirected into the comment of a pull request."""
    monkeypatch.chdir(folder)
    assert compare("base same --markdown") == 0
    assert capsys.readouterr().out.startswith("# ormbench: same (NEW) compared with base (BASE)")
