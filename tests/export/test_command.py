"""`ormbench export` as users call it."""

import json
import shutil
from pathlib import Path

import pytest
import stored
import stored_load

from bench.cli.exporting import export_run
from bench.export.formats import FORMATS
from tests.cli.command import Ormbench


@pytest.fixture
def ormbench(tmp_path: Path, run_dir: Path) -> Ormbench:
    """Return the command in a folder with a run."""
    shutil.copytree(run_dir, tmp_path / "results" / run_dir.name)
    return Ormbench(tmp_path, tmp_path)


def test_the_output_is_the_file_and_what_it_cannot_hold_is_said_beside_it(ormbench: Ormbench) -> None:
    """Void cases are named on standard error; standard output and `--out` hold the same."""
    ended = ormbench.here("export", "whole", "--format", "bencher")
    said = "ormbench: left out as not valid, 1 case: loading/parents=20[joined]@sqlite+pysqlite\n"
    assert (ended.code, ended.err) == (0, said)
    assert len(json.loads(ended.out)) == 35
    filed = ormbench.here("export", "results/whole", "--format", "bencher", "--out", "bmf.json")
    assert (filed.code, filed.out) == (0, "")
    assert (ormbench.folder / "bmf.json").read_text(encoding="utf-8") == ended.out


@pytest.mark.parametrize("name", FORMATS)
def test_a_smoke_run_is_never_exported_without_a_word(
    smoke_dir: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether or not the format can carry it, standard error says that it is no evidence."""
    export_run(str(smoke_dir), name, smoke_dir.parent, None)
    said = "not evidence: the profile 'smoke' only proves that the plumbing works"
    assert capsys.readouterr().err == f"ormbench: {said}\n"


def test_what_was_measured_under_load_is_said_to_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run with load alone gives an empty file, and not without a word."""
    plan = stored_load.LoadPlan(users=(2,), rates=(), rounds=2, knee=False, skip=("open",))
    stored_load.write(tmp_path / "load", plan)
    export_run("load", "csv", tmp_path, None)
    said = capsys.readouterr()
    assert said.out == ""
    assert "what the run measured under load is not in the file" in said.err


def test_a_run_that_is_not_complete_says_how_to_go_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file holds what is there; cases without a pass are left out of time series."""
    part = stored.write(tmp_path / "part", stored.Plan(parameters={}, passes=1, skip_units=("pass01-postgresql",)))
    export_run("part", "github-action", tmp_path, None)
    complete, void = capsys.readouterr().err.splitlines()
    assert complete == f"ormbench: 1 of 2 units are complete; the others: ormbench run --resume {part}"
    assert void.startswith("ormbench: left out as not valid, 28 cases: loading/[selectin]@postgresql+psycopg, ")
    assert void.endswith("and 25 more")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("whole --format junti", "unknown format 'junti'; did you mean 'junit'?"),
        ("whole --format xml", "known: bencher, csv, github-action, junit, pytest-benchmark"),
        ("whole", "Missing option '--format'"),
        ("hole --format csv", "no run 'hole' in results; did you mean 'whole'?"),
        ("latest --format csv --results nowhere", "no run 'latest' in nowhere; there is none yet"),
        ("whole --format csv --out nowhere/a.csv", "cannot write to nowhere/a.csv: No such file or directory"),
    ],
)
def test_a_wrong_call_is_refused_in_one_line(ormbench: Ormbench, words: str, told: str) -> None:
    """A format, a run or a file that cannot be is named with what to do."""
    assert told in ormbench.here("export", *words.split()).refusal()
