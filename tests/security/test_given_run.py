"""One whole run on a server of somebody else, and everything that must be true of it afterwards."""

from __future__ import annotations

import json
import shutil

import pytest

from bench.cli.app import app
from tests.security.given import VARIABLES, GivenRun
from tests.security.secrets import found_below, found_in
from tests.security.traps import MARK

SHOWING = {
    "report": ("report", "latest"),
    "compare": ("compare", "results/20000101-copy", "latest"),
    "compare as JSON": ("compare", "results/20000101-copy", "latest", "--json"),
    "claims": ("claims", "latest"),
    "doctor": ("doctor",),
    **{
        f"export {name}": ("export", "latest", "--format", name)
        for name in ("pytest-benchmark", "github-action", "bencher", "junit", "csv")
    },
}


def test_a_whole_run_changes_nothing_of_others(given_run: GivenRun) -> None:
    """Tables of the same names, other schemas, roles, functions: a full dump is the same before and after."""
    assert given_run.ended.err == ""
    assert given_run.ended.code == 0
    assert "theirs 50" in given_run.before
    assert given_run.after == given_run.before
    [record] = (given_run.folder / "results").glob("*/run.json")
    backends = json.loads(record.read_text(encoding="utf-8"))["backends"]
    assert [(each["kind"], each["origin"]) for each in backends] == [(backends[0]["kind"], "given")]


def test_a_run_writes_no_password(given_run: GivenRun) -> None:
    """Results, raw data, logs, pages, figures and tables, and both outputs; the masked URL stands in their place."""
    written = {path.suffix for path in given_run.folder.rglob("*") if path.is_file()}
    assert {".json", ".log", ".html", ".md", ".svg", ".csv"} <= written
    assert found_below(given_run.folder) == {}
    assert found_in(f"{given_run.ended.out}{given_run.ended.err}".encode()) == []
    [record] = (given_run.folder / "results").glob("*/run.json")
    assert "visitor:***@127.0.0.1" in record.read_text(encoding="utf-8")


def test_no_process_is_called_by_a_password(given_run: GivenRun) -> None:
    """Everybody on a machine can read command lines; those of all processes of a run were looked at."""
    seen = "\n".join(given_run.seen.command_lines)
    assert "bench.servers.proxy" in seen
    assert "pytest" in seen
    assert found_in(seen.encode()) == []


def test_what_shows_a_run_shows_no_password(
    given_run: GivenRun, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Reports, comparisons, claims, exports and the doctor, whatever is in settings and variables."""
    monkeypatch.chdir(given_run.folder)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    _copy_the_run(given_run)
    for words in SHOWING.values():
        app(list(words), standalone_mode=False)
        out, err = capfd.readouterr()
        assert found_in(f"{out}{err}".encode()) == []
        assert out or words[0] == "claims"
    assert found_below(given_run.folder) == {}


def _copy_the_run(given_run: GivenRun) -> None:
    """Keep the run a second time under another name: a run is not compared with itself."""
    [run] = (given_run.folder / "results").glob("*-smoke-*")
    copy = run.with_name("20000101-copy")
    shutil.copytree(run, copy)
    record = copy / "run.json"
    record.write_text(record.read_text(encoding="utf-8").replace(run.name, copy.name), encoding="utf-8")


def test_a_run_imports_nothing_of_the_working_folder(given_run: GivenRun) -> None:
    """It was full of modules by the names of those that a run imports; only the file that was named was run."""
    assert (given_run.folder / "psutil.py").exists()
    assert not (given_run.folder / MARK).exists()


def test_a_run_listens_on_this_machine_alone(given_run: GivenRun) -> None:
    """Of all that it starts for a given server only the delay proxy listens, at 127.0.0.1."""
    assert given_run.seen.listening == {"127.0.0.1"}
