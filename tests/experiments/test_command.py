"""`ormbench check --experiments`: what comes out is kept and judged, and what comes to nothing costs itself alone."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from tests.cli.command import LIMIT_S, Ended, Ormbench, shown

PLANTED = Path(__file__).parent / "planted"
TROUBLES = ("check", "--experiments", "--scenario", PLANTED / "troubles.py", "--backend", "sqlite")
FAILURES = {
    "raises": "LookupError: the roof is on fire",
    "hangs": "did not end within 0.5 s and was stopped",
    "dies": "its process ended with code 7; see logs/sqlite-pysqlite-3.log",
    "returns_an_object": "TypeError: Object of type object is not JSON serializable",
    "is_misjudged": "other: 1 cannot be held against 'a key' (KeyError: 'key'); mend the prediction",
    "asks_for_a_wire": "RuntimeError: this experiment uses lab.wire; declare needs=Need.WIRE or Need.FAULTS",
}


WAITING = f"""
import pathlib, sys, time
sys.path.append({str(PLANTED)!r})
from troubles import planted, writes

def waits(_lab):
    \"""Say that it has begun, and wait to be stopped.\"""
    (pathlib.Path(__file__).parent / "waits").touch()
    time.sleep(600)

EXPERIMENTS = [planted("writes", writes, 5), planted("waits", waits, 1)]
"""


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory, scratch_root: Path) -> tuple[Ended, Ormbench]:
    """Perform all planted experiments once."""
    ormbench = Ormbench(tmp_path_factory.mktemp("troubled"), scratch_root)
    return ormbench(*TROUBLES, "--json"), ormbench


def results(ended: Ended) -> dict[str, dict[str, Any]]:
    """Return what came out with pysqlite, by experiment."""
    record = json.loads(ended.out)
    return {
        each["name"]: next(result for result in each["results"] if result["driver"] == "pysqlite")
        for each in record["experiments"]
    }


def test_what_comes_to_nothing_is_told_with_its_reason(troubled: tuple[Ended, Ormbench]) -> None:
    """Raising, hanging, dying, an outcome that is no data or cannot be judged: each fails alone; the exit code is 1."""
    ended, _ = troubled
    found = results(ended)
    assert ended.code == 1
    assert {name: found[name]["error"] for name in FAILURES} == FAILURES
    drift = "the twins are different programs: sync:  return int(lab.observe(COUNT)[0][0])"
    assert found["drifts"]["error"].startswith(drift)
    assert "8 failed" in ended.err


def test_rows_are_put_back_before_each_experiment(troubled: tuple[Ended, Ormbench]) -> None:
    """Two experiments that add a row to four each find five, in both modes."""
    record = json.loads(troubled[0].out)
    for name in ("writes", "writes_again"):
        entry = next(each for each in record["experiments"] if each["name"] == name)
        assert [result["outcomes"] for result in entry["results"]] == [[{"outcome": 5, "words": "5", "times": 1}]] * 2


def test_a_fresh_process_follows_a_left_connection(troubled: tuple[Ended, Ormbench]) -> None:
    """The connection that was left is told, and the next experiment counts its own alone."""
    found = results(troubled[0])
    assert found["leaves_a_connection"]["left_connections"] == 1
    assert found["leaves_one_at_first"]["left_connections"] == 1
    assert found["counts_connections"]["outcomes"][0]["outcome"] == [0, 1, 0]


def test_chance_is_counted_and_refutes(troubled: tuple[Ended, Ormbench]) -> None:
    """Two of four outcomes are other than claimed: refuted, unexpected, and both are told with their numbers."""
    found = results(troubled[0])["alternates"]
    assert {each["outcome"]: each["times"] for each in found["outcomes"]} == {"heads": 2, "tails": 2}
    assert (found["as_expected"], found["is_explained"], found["upheld"]) == (False, True, [False])


def test_claims_of_the_run_are_read_back(troubled: tuple[Ended, Ormbench]) -> None:
    """`ormbench claims` gives a verdict for every claim, says what failed, and explains what was unexpected."""
    _, ormbench = troubled
    ended = ormbench.here("claims", "latest", "--json")
    decided = {each["scenario"]: each for each in json.loads(ended.out) if each["scenario"]}
    assert ended.code == 0
    assert {each["saying"] for each in decided.values()} == {""}
    assert decided["raises"]["why_open"] == "Of 1 driver: 1 failed."
    assert {name: decided[name]["decision"] for name in ("writes", "alternates", "raises")} == {
        "writes": "upheld",
        "alternates": "refuted",
        "raises": "undecided",
    }
    assert decided["alternates"]["explained"] == "A coin has two sides."
    evidence = {each["driver"]: each["evidence"] for each in decided["raises"]["drivers"]}
    assert evidence["pysqlite"] == "failed: LookupError: the roof is on fire"
    assert evidence["aiosqlite"] == "left out: planted for blocking drivers"


def test_unexpected_outcomes_are_no_failure(ormbench: Ormbench) -> None:
    """A surprise is shown with what was expected, and the exit code stays 0; SELECT picks by name, theme and claim."""
    ended = ormbench.here(*TROUBLES, "alternates", "writes")
    assert ended.code == 0, ended.err
    assert "sqlite+pysqlite: unexpected: heads (2 of 4 times); tails (2 of 4 times) (expected: heads)" in ended.out
    assert "sqlite+pysqlite, sqlite+aiosqlite: as expected: 5" in ended.out
    assert "3 outcomes, 1 unexpected, 0 failed" in ended.out
    assert "raises" not in ended.out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("alternate",), "'alternate' matches no experiment; did you mean 'alternates'?"),
        (("--driver", "asyncpq"), "unknown driver 'asyncpq'; did you mean 'asyncpg'?"),
        (("--driver", "asyncpg"), "driver asyncpg has no backend in this run"),
    ],
)
def test_a_wrong_call_is_refused_in_a_line(ormbench: Ormbench, words: tuple[str, ...], said: str) -> None:
    """Nothing is kept of it."""
    ended = ormbench.here(*TROUBLES, *words)
    line = (ended.err.splitlines() or [""])[-1]
    assert ended.code == 2
    assert said in line
    assert ormbench.runs() == []


@pytest.mark.parametrize("text", ["", "EXPERIMENTS = []", "EXPERIMENTS = 1", "EXPERIMENTS = [1]"])
def test_a_file_without_experiments_is_refused(ormbench: Ormbench, tmp_path: Path, text: str) -> None:
    """The line names what is missing."""
    (tmp_path / "empty.py").write_text(f'"""Nothing."""\n{text}\n')
    line = ormbench.here("check", "--experiments", "--scenario", tmp_path / "empty.py").refusal()
    assert line.endswith("empty.py defines no EXPERIMENTS = [Experiment(...), ...]")


def test_a_run_of_experiments_alone_is_not_resumed(troubled: tuple[Ended, Ormbench]) -> None:
    """It has no cases to measure; the line says how its experiments are performed again."""
    _, ormbench = troubled
    line = ormbench.here("run", "--resume", "latest").refusal()
    assert "is one of experiments alone; perform them again with: ormbench check --experiments " in line


def test_the_report_of_experiments_alone_says_nothing_of_passes(troubled: tuple[Ended, Ormbench]) -> None:
    """What failed is told on top of it, and no block was timed."""
    _, ormbench = troubled
    assert ormbench.here("report", "latest").code == 0
    page = next(ormbench.folder.glob("reports/*/index.html")).read_text(encoding="utf-8")
    assert "7 experiments came to no outcome" in page
    assert "blocks of" not in page


def test_a_run_of_experiments_alone_can_be_published(troubled: tuple[Ended, Ormbench]) -> None:
    """The copy has the outcomes, and its claims can be shown."""
    _, ormbench = troubled
    assert ormbench.here("publish", "latest", "kept").code == 0
    copy = ormbench.results / "published" / "kept"
    assert (copy / "experiments.json").is_file()
    assert "heads (2 of 4 times)" in ormbench.here("claims", copy).out


def test_what_was_performed_is_kept_when_the_run_is_stopped(ormbench: Ormbench, tmp_path: Path) -> None:
    """Of a driver that is not done the outcomes that are there; the line says how to see them."""
    waiting = tmp_path / "waiting.py"
    waiting.write_text(WAITING, encoding="utf-8")
    process = ormbench.start("check", "--experiments", "--scenario", waiting, "--backend", "sqlite")
    deadline = time.monotonic() + LIMIT_S
    while not (tmp_path / "waits").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    process.terminate()
    ended = ormbench.ending(process)
    [run] = ormbench.runs()
    writes, waits = json.loads((run / "experiments.json").read_text(encoding="utf-8"))["experiments"]
    assert [result["outcomes"][0]["outcome"] for result in writes["results"]] == [5]
    assert waits["results"] == []
    assert f"what was performed is kept, show it with: ormbench claims results/{run.name}" in ended.err
    assert "perform its experiments again with: " in ormbench.here("publish", run.name, "kept").refusal()


def test_faults_are_never_made_on_a_given_server(ormbench: Ormbench, server_url: Callable[[str], URL]) -> None:
    """They are left out there with the reason, and nothing of ours stays on the server."""
    url = server_url("postgresql")
    ended = ormbench.here("check", "--experiments", "--scenario", PLANTED / "losses.py", "--url", shown(url), "--json")
    record = json.loads(ended.out)
    reasons = {result["left_out"] for each in record["experiments"] for result in each["results"]}
    assert (ended.code, reasons) == (0, {"faults are never made on a given server"})
    assert url.password is not None
    files = [path for path in ormbench.runs()[0].rglob("*") if path.is_file()]
    assert [path.name for path in files if str(url.password) in path.read_text(errors="replace")] == []
