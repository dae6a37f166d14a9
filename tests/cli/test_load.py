"""`ormbench load` as a real command: what it refuses, what it measures, and that nothing stays whatever ends it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.request import urlopen

import psutil
import pytest

from tests.cli.command import LIMIT_S, Ormbench, family, kill, listening, survivors

OURS = ("load", "UserById", "--backend", "sqlite", "--model", "closed", "--rounds", "2", "--window", "0.5")
MINE = """
from locust import FastHttpUser, task, constant

class Old(FastHttpUser):
    wait_time = constant(0.01)

    @task
    def read(self):
        self.client.get("/old")

class New(Old):
    @task
    def read(self):
        self.client.get("/new")
"""

READ = ("--locustfile", "mine.py", "--pair", "Read=Old,New", "--users", "2", "--model", "closed", "--window", "1")
NOT_THERE = "--url http://127.0.0.1:1 --locustfile mine.py --pair Read=Old,New"
REFUSED = {
    "before a server is up": ("--backend sqlite --driver asyncpg", 2, "there are pysqlite, aiosqlite"),
    "by the server": ("--database postgresql://me:secret@127.0.0.1:1/db", 2, "Connection refused"),
    "by the app": (NOT_THERE, 1, "http://127.0.0.1:1 takes no connection: Connection refused"),
}


@contextmanager
def own_app(status: int = 200) -> Iterator[str]:
    """Serve a user's own application, which answers everything alike, and yield its URL."""

    class Answer(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def mine(ormbench: Ormbench) -> Path:
    """Return a locustfile of a user's own."""
    file = ormbench.folder / "mine.py"
    file.write_text(MINE, encoding="utf-8")
    return file


@contextmanager
def started(ormbench: Ormbench, *words: object) -> Iterator[subprocess.Popen[str]]:
    """Call the command; it ends with the block at the latest."""
    process = ormbench.start(*words)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def the_load(ormbench: Ormbench) -> dict[str, Any]:
    """Return load.json of the one run there is."""
    [file] = ormbench.results.glob("*/load/load.json")
    return dict(json.loads(file.read_text(encoding="utf-8")))


def wait_for_window(ormbench: Ormbench, process: subprocess.Popen[str], stage: str) -> None:
    """Wait until the first window of a stage is over."""
    deadline = time.monotonic() + LIMIT_S
    while not any(file.read_bytes() for file in ormbench.results.glob(f"*/load/{stage}/windows.jsonl")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize("case", REFUSED)
def test_a_refused_call_leaves_nothing(ormbench: Ormbench, case: str) -> None:
    """One line, whoever refuses; no secret is in it, and neither a run nor a server stays."""
    words, code, told = REFUSED[case]
    line = ormbench.here("load", *words.split(" ")).refusal(code)
    assert told in line
    assert "secret" not in line
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        ("1 / 0\n", "", "ZeroDivisionError: division by zero"),
        ("x = 1\n", "", "no pair of user classes"),
        (MINE, "", "no pair of user classes"),
        (MINE, "--pair Read=Old,Nwe", "did you mean 'New'?"),
        (MINE, "Raed --pair Read=Old,New", "did you mean 'Read'?"),
    ],
)
def test_a_locustfile_that_does_not_fit_is_refused(ormbench: Ormbench, text: str, words: str, told: str) -> None:
    """The author is told what is wrong with it; nothing is sent to the application."""
    (ormbench.folder / "mine.py").write_text(text, encoding="utf-8")
    with own_app() as url:
        ended = ormbench.here("load", *words.split(), "--url", url, "--locustfile", "mine.py")
    assert told in ended.refusal()
    assert ormbench.runs() == []


@pytest.mark.parametrize(
    ("asked", "meant"), [("UserByld", "UserById"), ("ScenarioLoadingSelectn", "ScenarioLoadingSelectin")]
)
def test_a_mistyped_pair_is_refused_before_anything_starts(ormbench: Ormbench, asked: str, meant: str) -> None:
    """Of the endpoints, which the generator names, and of scenarios, which the app would name once it runs."""
    ended = ormbench.here("load", asked, "--backend", "sqlite")
    assert f"there is no pair {asked!r}; did you mean {meant!r}?" in ended.refusal()
    assert ended.out == ""
    assert ormbench.runs() == []


def test_folders_that_cannot_be_written_are_refused_before_anything_starts(ormbench: Ormbench) -> None:
    """The option that names another one is told."""
    (ormbench.folder / "file").touch()
    assert "choose another folder with --out" in ormbench.here(*OURS, "--out", "file/results").refusal()
    assert "choose another folder with --reports" in ormbench.here(*OURS, "--reports", "file/reports").refusal()
    assert ormbench.server_folders() == []


def test_pools_that_a_server_cannot_bear_are_refused(ormbench: Ormbench) -> None:
    """All applications together count: one of them alone would fit."""
    words = ("load", "--backend", "postgresql", "--sweep", "threads=10,20,40,80", "--pool-size", "50")
    assert "together may open 400 connections, the server allows" in ormbench.here(*words).refusal()
    assert ormbench.runs() == []
    assert ormbench.server_folders() == []


def test_load_is_measured_judged_and_rendered(ormbench: Ormbench) -> None:
    """Closed windows of both sides and of the A/A twin; a threshold that is missed makes the exit code 1."""
    missed, met, mistyped = "async GET /users/{id}: p50<1us", "errors<100%", "asnyc: p50<1s"
    thresholds = [word for text in (missed, met, mistyped) for word in ("--threshold", text)]
    line = ormbench(*OURS, "--users", "2", *thresholds).refusal(1)
    [run] = ormbench.runs()
    assert f"1 missed of the thresholds {missed}; p50<1s of the threshold {mistyped} was judged nowhere: " in line
    assert line.endswith(f"did you mean 'async'?; see results/{run.name}/load/thresholds.xml")
    load = the_load(ormbench)
    assert [each["name"] for each in load["stages"]] == ["ceiling", "sweep"]
    assert load["finished"]
    assert load["failures"] == []
    assert load["ceiling_per_s"] > 0
    suite = ET.parse(run / "load" / "thresholds.xml").getroot()[0]  # noqa: S314 - our own file
    assert (suite.get("failures"), suite.get("tests")) == ("1", "4")
    windows = (run / "load" / "sweep" / "windows.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(windows) == 3 * 2
    taken = (run / "load" / "sweep" / "vitals.jsonl").read_text(encoding="utf-8").splitlines()
    *vitals, end = map(json.loads, taken)
    assert {"app", "generator"} <= set(vitals[-1]["cpu"])
    [pools] = vitals[-1]["pools"].values()
    assert pools["pools"]["sync"]["size"] == 10
    loops = [loop for line in (*vitals, end) for loop in line["loops"].values()]
    assert all(one["until"] < other["until"] for one, other in pairwise(loops))
    assert sum(len(each["lags_ms"]) for each in loops) > len(loops) > 1
    assert (ormbench.folder / "reports" / run.name / "index.html").is_file()
    assert ormbench.server_folders() == []


def test_settings_take_turns_on_one_server(ormbench: Ormbench) -> None:
    """Two delays before PostgreSQL, two applications, each side of both and a twin in one stage."""
    words = ("UserById", "--backend", "postgresql", "--sweep", "delay=0,5", "--model", "closed", "--users", "2")
    ended = ormbench("load", *words, "--rounds", "2", "--window", "0.5")
    assert (ended.code, ended.err) == (0, "")
    load = the_load(ormbench)
    assert [each["delay ms"] for each in load["application"].values()] == [0, 5]
    assert [each["purpose"] for each in load["stages"]] == ["ceiling", "factor"]
    plan = json.loads(next(ormbench.results.glob("*/load/factor-closed/plan.json")).read_text(encoding="utf-8"))
    assert [(each["side"], each["setting"], each["twin_of"]) for each in plan["subjects"]] == [
        ("sync", {"delay ms": 0}, None),
        ("async", {"delay ms": 0}, None),
        ("sync", {"delay ms": 5}, None),
        ("async", {"delay ms": 5}, None),
        ("sync", {"delay ms": 0}, "UserById sync delay ms=0"),
    ]
    assert ormbench.server_folders() == []


@pytest.mark.usefixtures("mine")
def test_an_application_of_ones_own_is_measured(ormbench: Ormbench) -> None:
    """Only what the file asks is sent; its pair is named by the user, and both models are there."""
    words = ("--locustfile", "mine.py", "--pair", "Read=Old,New", "--users", "2", "--rate", "20", "--rounds", "2")
    with own_app() as url:
        ended = ormbench("load", "--url", url, *words, "--window", "0.5", "--workers", "2")
    assert (ended.code, ended.err) == (0, "")
    load = the_load(ormbench)
    assert load["pairs"] == [{"name": "Read", "sides": ["Old", "New"]}]
    assert [each["name"] for each in load["stages"]] == ["sweep", "open"]
    assert (load["backend"], load["ceiling_per_s"]) == (None, None)
    seconds = next(ormbench.results.glob("*/load/open/seconds.jsonl")).read_text(encoding="utf-8").splitlines()
    names = {each["name"] for line in seconds for each in json.loads(line)["counts"]}
    assert names == {"GET /old", "GET /new"}


@pytest.mark.usefixtures("mine")
def test_an_application_of_ones_own_that_goes_away_ends_the_run(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; the windows that were over are kept and rendered."""
    with ExitStack() as served:
        url = served.enter_context(own_app())
        with started(ormbench, "load", "--url", url, *READ) as process:
            wait_for_window(ormbench, process, "sweep")
            served.close()
            line = ormbench.ending(process).refusal(1)
    assert f"the application at {url} takes no connection: Connection refused; see whether it runs; complete" in line
    assert [each["name"] for each in the_load(ormbench)["stages"]] == ["sweep"]


def test_a_stopped_run_leaves_nothing_and_is_completed(ormbench: Ormbench) -> None:
    """Ctrl-C: the shells' exit code and one line; a complete stage is not measured again by `--resume`."""
    with started(ormbench, *OURS, "--users", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        process.send_signal(signal.SIGINT)
        line = ormbench.ending(process).refusal(130)
    [run] = ormbench.runs()
    told = f"stopped; complete stages are kept, go on with: ormbench load --resume results/{run.name}"
    assert line == f"ormbench: {told}"
    assert survivors(processes) == []
    assert ormbench.server_folders() == []
    ceiling = (run / "load" / "ceiling" / "windows.jsonl").read_bytes()
    assert "go on with: ormbench load --resume" in ormbench.here("run", "--resume", "latest").refusal()
    resumed = ormbench("load", "--resume", "latest", "--json")
    assert resumed.code == 0
    assert "Kept ceiling" in resumed.err
    found = json.loads(resumed.out)
    assert (found["id"], found["finished"], found["failures"]) == (run.name, True, [])
    assert {each["side"]: each["ok"] > 0 for each in found["cells"]} == {"sync": True, "async": True}
    assert (run / "load" / "ceiling" / "windows.jsonl").read_bytes() == ceiling
    assert the_load(ormbench)["finished"]


def test_an_app_that_dies_in_mid_run_ends_it_and_the_rest_is_kept(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; windows that were over are kept, what was measured is rendered, nothing else lives."""
    with started(ormbench, *OURS, "--users", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        kill([each for each in processes if "target_app.main:application" in each.cmdline()])
        line = ormbench.ending(process).refusal(1)
    [run] = ormbench.runs()
    assert "the target app ended" in line
    assert f"complete stages are kept, go on with: ormbench load --resume results/{run.name}" in line
    load = the_load(ormbench)
    assert [each["name"] for each in load["stages"]] == ["ceiling", "sweep"]
    assert (load["finished"], len(load["failures"])) == (False, 1)
    assert (ormbench.folder / "reports" / run.name / "index.html").is_file()
    assert survivors(processes) == []
    assert ormbench.server_folders() == []


@pytest.mark.usefixtures("mine")
def test_a_generator_that_dies_is_named_with_its_log(ormbench: Ormbench) -> None:
    """Exit code 1 and one line; no worker of it is left."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        [tether] = [each for each in processes if "bench.load.tether" in each.cmdline()]
        kill(tether.children())
        line = ormbench.ending(process).refusal(1)
    [run] = ormbench.runs()
    told = f"the generator was killed by SIGKILL (stage sweep); see results/{run.name}/load/sweep/generator.log"
    assert told in line
    assert survivors(processes) == []


@pytest.mark.usefixtures("mine")
def test_a_worker_that_vanishes_is_told(ormbench: Ormbench) -> None:
    """Exit code 1 and one line that names it; the windows before are kept and rendered."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        [tether] = [each for each in processes if "bench.load.tether" in each.cmdline()]
        [master] = tether.children()
        kill(master.children()[:1])
        line = ormbench.ending(process).refusal(1)
    assert "was not measured to its end: lost " in line
    assert [each["name"] for each in the_load(ormbench)["stages"]] == ["sweep"]
    assert survivors(processes) == []


@pytest.mark.usefixtures("mine")
def test_a_killed_run_takes_everything_with_it(ormbench: Ormbench) -> None:
    """Kill -9 leaves neither the generator nor one of its workers."""
    with own_app() as url, started(ormbench, "load", "--url", url, *READ, "--workers", "2") as process:
        wait_for_window(ormbench, process, "sweep")
        processes = family(process)
        assert len([each for each in processes if "locust" in each.cmdline()]) >= 3
        kill([psutil.Process(process.pid)])
        process.wait()
        assert survivors(processes) == []


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


def test_a_taken_port_of_the_web_ui_is_refused(ormbench: Ormbench) -> None:
    """One line says which port, before a server is started."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        ended = ormbench.here("load", "--ui", "--backend", "sqlite", "--port", port)
    assert f"port {port} of 127.0.0.1 is taken" in ended.refusal()
    assert ended.out == ""
