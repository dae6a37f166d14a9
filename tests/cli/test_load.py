"""`ormbench load` on an application of ours: a run that is disturbed twice and completed, settings, and the web UI."""

from __future__ import annotations

import json
import signal
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import urlopen

import psutil
import pytest

from tests.cli.command import LIMIT_S, Ended, Ormbench, family, kill, listening, survivors
from tests.cli.load_calls import last_window_ns, started, the_load, wait_for_window

SHORT = ("--model", "closed", "--users", "1", "--rounds", "2", "--window", "0.5")
MISSED, MET, MISTYPED = "async GET /users/{id}: p50<1us", "errors<100%", "asnyc: p50<1s"
THRESHOLDS = [word for text in (MISSED, MET, MISTYPED) for word in ("--threshold", text)]


class Call(NamedTuple):
    """A call of the command at its end, and what was there then."""

    ormbench: Ormbench
    ended: Ended
    processes: list[psutil.Process]
    """Those that it had in the middle of the sweep."""
    load: dict[str, Any]
    """What load.json held."""
    ceiling: bytes
    """The windows of the first stage."""

    @property
    def run(self) -> Path:
        """Return the folder of the one run."""
        [run] = self.ormbench.runs()
        return run

    @property
    def report(self) -> Path:
        """Return the folder of its report."""
        return self.ormbench.folder / "reports" / self.run.name


def at_its_end(ormbench: Ormbench, ended: Ended, processes: list[psutil.Process]) -> Call:
    """Return a call that has ended."""
    [ceiling] = ormbench.results.glob("*/load/ceiling/windows.jsonl")
    return Call(ormbench, ended, processes, the_load(ormbench), ceiling.read_bytes())


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory, scratch_root: Path) -> Call:
    """Begin a run, and stop it by Ctrl-C after the first window of its sweep."""
    ormbench = Ormbench(tmp_path_factory.mktemp("stopped"), scratch_root)
    with started(ormbench, "load", "UserById", "--backend", "sqlite", *SHORT, *THRESHOLDS) as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        process.send_signal(signal.SIGINT)
        return at_its_end(ormbench, ormbench.ending(process), processes)


@pytest.fixture(scope="module")
def bereft(stopped: Call) -> tuple[Call, str]:
    """Go on with it, and kill its application after the first window; return what was reported, too."""
    ormbench = stopped.ormbench
    earlier_ns = last_window_ns(ormbench, "sweep")
    with started(ormbench, "load", "--resume", "latest") as process:
        wait_for_window(ormbench, process, "sweep", earlier_ns)
        processes = family(process)
        kill([each for each in processes if "target_app.main:application" in each.cmdline()])
        call = at_its_end(ormbench, ormbench.ending(process), processes)
    return call, (call.report / "report.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def completed(bereft: tuple[Call, str]) -> Call:
    """Go on with it to its end."""
    ormbench = bereft[0].ormbench
    return at_its_end(ormbench, ormbench("load", "--resume", "latest", "--json"), [])


def test_a_stopped_run_leaves_nothing(stopped: Call) -> None:
    """Ctrl-C: the shells' exit code, and one line that says how the run goes on."""
    told = f"stopped; complete stages are kept, go on with: ormbench load --resume results/{stopped.run.name}"
    assert stopped.ended.refusal(130) == f"ormbench: {told}"
    assert survivors(stopped.processes) == []
    assert stopped.ormbench.server_folders() == []
    assert not stopped.load["finished"]
    refused = stopped.ormbench.here("run", "--resume", "latest").refusal()
    assert "go on with: ormbench load --resume" in refused


def test_an_app_that_dies_in_mid_run_ends_it_and_the_rest_is_kept(stopped: Call, bereft: tuple[Call, str]) -> None:
    """Exit code 1 and one line; windows that were over are kept, what was measured is rendered, nothing else lives."""
    call, report = bereft
    line = call.ended.refusal(1)
    assert "the target app ended" in line
    assert f"complete stages are kept, go on with: ormbench load --resume results/{call.run.name}" in line
    assert [each["name"] for each in call.load["stages"]] == ["ceiling", "sweep"]
    assert (call.load["finished"], len(call.load["failures"])) == (False, 1)
    assert call.ceiling == stopped.ceiling
    assert "the target app ended" in report
    assert survivors(call.processes) == []
    assert call.ormbench.server_folders() == []


def test_a_disturbed_run_is_completed_and_judged(stopped: Call, completed: Call) -> None:
    """What is complete is not measured again; a threshold that is missed makes the exit code 1."""
    *said, line = completed.ended.err.splitlines()
    assert completed.ended.code == 1, line
    assert any(each.startswith("Kept ceiling") for each in said)
    assert completed.ceiling == stopped.ceiling
    missed = f"1 missed of the thresholds {MISSED}; p50<1s of the threshold {MISTYPED} was judged nowhere: "
    assert line.startswith(f"ormbench: {missed}")
    assert line.endswith(f"did you mean 'async'?; see results/{completed.run.name}/load/thresholds.xml")
    suite = ET.parse(completed.run / "load" / "thresholds.xml").getroot()[0]  # noqa: S314 - our own file
    assert (suite.get("failures"), suite.get("tests")) == ("1", "4")


def test_a_completed_run_is_shown(completed: Call) -> None:
    """As data and as a report: closed windows of both sides, and nothing of what went wrong before."""
    load, found = completed.load, json.loads(completed.ended.out)
    assert [each["name"] for each in load["stages"]] == ["ceiling", "sweep"]
    assert (load["finished"], load["failures"], load["ceiling_per_s"] > 0) == (True, [], True)
    assert (found["id"], found["finished"], found["failures"]) == (completed.run.name, True, [])
    assert {each["side"]: each["ok"] > 0 for each in found["cells"]} == {"sync": True, "async": True}
    assert (completed.report / "index.html").is_file()
    assert "the target app ended" not in (completed.report / "report.md").read_text(encoding="utf-8")
    assert completed.ormbench.server_folders() == []


def test_the_windows_and_the_pulse_of_a_stage_are_kept(completed: Call) -> None:
    """Both sides and the A/A twin in each round; every second the processors, the pools and the event loop."""
    sweep = completed.run / "load" / "sweep"
    assert len((sweep / "windows.jsonl").read_text(encoding="utf-8").splitlines()) == 3 * 2
    *vitals, end = map(json.loads, (sweep / "vitals.jsonl").read_text(encoding="utf-8").splitlines())
    assert {"app", "generator"} <= set(vitals[-1]["cpu"])
    [pools] = vitals[-1]["pools"].values()
    assert pools["pools"]["sync"]["size"] == 10
    # A line that follows at once upon another one may find that the loop was not woken in between.
    loops = [loop for line in (*vitals, end) for loop in line["loops"].values() if loop["lags_ms"]]
    assert all(one["until"] < other["until"] for one, other in pairwise(loops))
    assert sum(len(each["lags_ms"]) for each in loops) > len(loops) > 1


def test_settings_take_turns_on_one_server(ormbench: Ormbench) -> None:
    """Two delays before PostgreSQL, two applications, each side of both and a twin in one stage."""
    ended = ormbench.here("load", "UserById", "--backend", "postgresql", "--sweep", "delay=20,0", *SHORT)
    assert (ended.code, ended.err) == (0, "")
    load = the_load(ormbench)
    assert [each["delay ms"] for each in load["application"].values()] == [20, 0]
    assert [each["purpose"] for each in load["stages"]] == ["ceiling", "factor"]
    plan = json.loads(next(ormbench.results.glob("*/load/factor-closed/plan.json")).read_text(encoding="utf-8"))
    assert [(each["side"], each["setting"], each["twin_of"]) for each in plan["subjects"]] == [
        ("sync", {"delay ms": 20}, None),
        ("async", {"delay ms": 20}, None),
        ("sync", {"delay ms": 0}, None),
        ("async", {"delay ms": 0}, None),
        ("sync", {"delay ms": 20}, "UserById sync delay ms=20"),
    ]
    assert ormbench.server_folders() == []


def test_the_web_ui_is_prefilled_and_ends_with_ctrl_c(ormbench: Ormbench) -> None:
    """It answers at the printed address and from this machine alone, Ctrl-C is a good end, and nothing stays."""
    with started(ormbench, "load", "--ui", "--backend", "sqlite", "--workers", "2") as process:
        assert process.stdout is not None
        *_, host, ready = [process.stdout.readline().rstrip() for _ in range(4)]
        assert ready.endswith("is ready; Ctrl-C ends it.")
        with urlopen(ready.split()[0], timeout=LIMIT_S) as answer:  # noqa: S310 - an address of ours
            page = answer.read().decode()
        assert host.removeprefix("application: ") in page
        assert "SyncShopper" in page
        processes = family(process)
        assert listening(processes) == {"127.0.0.1"}
        process.send_signal(signal.SIGINT)
        ended = Ormbench.ending(process)
    assert (ended.code, ended.err) == (0, "")
    assert survivors(processes) == []
    assert ormbench.server_folders() == []
