"""The parts of a run of load: who takes turns, what follows from a sweep, the pulse, and the end of a generator."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from bench.core.errors import OrmbenchError
from bench.core.load_pairs import Pair
from bench.core.load_plan import Model
from bench.core.store import FORMAT, create_run
from bench.load.applications import Application, OwnApplication
from bench.load.generator_process.process import Surroundings, last_word, tethered
from bench.load.measuring import FILE, complete
from bench.load.reading.cells import cells
from bench.load.reading.stage_folder import read_stage
from bench.load.record import failures_of, load_record
from bench.load.request import LoadRequest
from bench.load.short import add_load, is_wanted
from bench.load.stages import closed_stage, open_rates, open_stage, subjects_of
from bench.load.surroundings import surroundings_of
from bench.load.target.vitals import cpu_seconds, listeners, shares
from tests.cli.command import survivors
from tests.load.scripted_load import Script, write_stage

PAIR = Pair("Page", (("sync", "Page_sync"), ("async", "Page_async")))
FAMILY = """
import subprocess, sys, time
deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(child.pid, flush=True)
time.sleep(600)
"""


class Alive:
    """What never ends."""

    def require(self) -> None:
        """Say nothing."""


def application(port: int, levels: Mapping[str, str | float]) -> Application:
    """Return an application that was never started."""
    return Application(f"http://127.0.0.1:{port}", Alive(), None, levels)


def test_every_side_of_every_setting_takes_turns_with_one_twin() -> None:
    """The first side on the first setting is the reference, and the twin is its own."""
    subjects = subjects_of([PAIR], [application(1, {"pool size": 5.0}), application(2, {"pool size": 20.0})])
    assert [(each.id, each.host[-1], each.twin_of) for each in subjects] == [
        ("Page sync pool size=5", "1", None),
        ("Page async pool size=5", "1", None),
        ("Page sync pool size=20", "2", None),
        ("Page async pool size=20", "2", None),
        ("Page sync pool size=5~twin", "1", "Page sync pool size=5"),
    ]


def test_stages_are_laid_out_as_asked() -> None:
    """Each round has every subject at every level, and the discarded part follows from the measured one."""
    request = LoadRequest(rounds=3, window_s=4.0, workers=2)
    subjects = subjects_of([PAIR], [application(1, {})])
    closed = closed_stage("sweep", subjects, [1, 4], request)
    assert (len(closed.windows), closed.workers) == (3 * 2 * 3, 2)
    assert {(each.discard_s, each.measure_s) for each in closed.windows} == {(1.0, 4.0)}
    opened = open_stage("open", subjects, {"Page": [50.0]}, request)
    assert {each.rate_per_s for each in opened.windows} == {50.0}


def test_each_pair_has_open_rates_of_its_own(tmp_path: Path) -> None:
    """Shares of what its slower side came to, rounded: the slow pair of a run says nothing of the quick one."""
    pairs = [PAIR, Pair("Item", (("sync", "Item_sync"), ("async", "Item_async")))]
    subjects = subjects_of(pairs, [application(1, {})])
    request = LoadRequest(rounds=2, window_s=4.0)
    per_s = {"Page sync": 40, "Page async": 44, "Page sync~twin": 41, "Item sync": 995, "Item async": 600}
    closed = closed_stage("sweep", subjects, [4], request)
    scripts = {each.number: Script(ok={"GET /": 4 * per_s.get(each.subject, 990)}) for each in closed.windows}
    rates = open_rates(cells([read_stage(write_stage(tmp_path / "s", closed, scripts))], None), subjects)
    assert rates == {"Page": (20.0, 32.0), "Item": (300.0, 480.0)}
    windows = open_stage("open", subjects, rates, request).windows
    assert [each.number for each in windows] == list(range(2 * 3 * 2 * 2))
    assert {(each.subject.split()[0], each.rate_per_s) for each in windows} == {
        (pair, rate) for pair, each in rates.items() for rate in each
    }


@pytest.mark.parametrize(
    ("request_", "facts"),
    [
        (
            LoadRequest(),
            {
                "models": "closed and open",
                "users": "doubled until neither side gains",
                "rates": "fractions of the slower side's peak",
            },
        ),
        (LoadRequest(factors={"pool-size": (5.0, 20.0)}), {"models": "closed", "users": "8, 32"}),
        (LoadRequest(model=Model.CLOSED, users=(4,)), {"models": "closed", "users": "4"}),
        (LoadRequest(model=Model.OPEN, rates_per_s=(50.0,)), {"models": "open", "rates": "50"}),
        (
            LoadRequest(slo="p99<1s", rates_per_s=(50.0,), users=(1,)),
            {"models": "closed and open", "users": "1", "rates": "50 and searched for the SLO"},
        ),
    ],
)
def test_the_facts_of_a_run_are_what_is_measured(request_: LoadRequest, facts: dict[str, str]) -> None:
    """Not what another call would have led to."""
    options = load_record(request_)["options"]
    assert {name: options[name] for name in ("models", "users", "rates") if name in options} == facts
    assert ("arrivals" in options) == ("rates" in options)


def test_a_stage_that_lost_a_worker_is_not_complete(tmp_path: Path) -> None:
    """Though it was in the last window, which is told of: the stage is measured again when the run goes on."""
    stage = closed_stage("sweep", subjects_of([PAIR], [application(1, {})])[:1], [1], LoadRequest(rounds=2))
    whole = {each.number: Script() for each in stage.windows}
    assert complete(write_stage(tmp_path / "whole", stage, whole), stage) is not None
    lost = whole | {stage.windows[-1].number: Script(lost=["w-1"])}
    assert complete(write_stage(tmp_path / "lost", stage, lost), stage) is None


def test_no_rate_follows_from_nothing() -> None:
    """Where nothing was answered there is nothing to be a fraction of."""
    assert open_rates([], subjects_of([PAIR], [application(1, {})])) == {}


def test_shares_are_of_one_core() -> None:
    """Two processes that were busy all the time make 2; one that was born in between counts from its birth."""
    before = {"app": {1: 10.0, 2: 5.0}, "database": {3: 1.0}}
    after = {"app": {1: 12.0, 2: 7.0}, "database": {3: 1.0, 4: 1.0}}
    assert shares(before, after, 2.0) == {"app": 2.0, "database": 0.5}


def test_descendants_are_counted_with_their_root() -> None:
    """A role has all of its processes, and a role without any is left out."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = cpu_seconds({"here": [psutil.Process().pid], "nowhere": []})
        child.communicate()
    assert {psutil.Process().pid, child.pid} <= set(found["here"])
    assert set(found) == {"here"}


def test_nobody_listens_at_port_none() -> None:
    """A library has no port, and no process of its own."""
    assert listeners(None) == []


def test_a_tethered_command_ends_with_all_of_its_processes(tmp_path: Path) -> None:
    """Also with one that does not listen to SIGTERM."""
    with (tmp_path / "log").open("wb") as output:
        with tethered([sys.executable, "-c", FAMILY], {}, output) as process:
            while not (told := (tmp_path / "log").read_text(encoding="utf-8").strip()):
                assert process.poll() is None
            found = [psutil.Process(process.pid), *psutil.Process(process.pid).children(), psutil.Process(int(told))]
        assert len(found) == 3
    assert survivors(found) == []


def test_a_generator_gets_no_variable_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locust reads LOCUST_ variables, and the app ORMBENCH_ ones: the options alone decide."""
    monkeypatch.setenv("LOCUST_USERS", "5")
    monkeypatch.setenv("ORMBENCH_URL", "sqlite:////secret")
    environment = Surroundings(variables={"ORMBENCH_LOAD_SIZE": "small"}).environment(ORMBENCH_LOAD_STAGE="here")
    ours = {name: value for name, value in environment.items() if name.startswith(("LOCUST_", "ORMBENCH_"))}
    assert ours == {"ORMBENCH_LOAD_SIZE": "small", "ORMBENCH_LOAD_STAGE": "here"}


@pytest.mark.parametrize(
    ("log", "told"),
    [
        ("", "it left no output"),
        ("one\ntwo\n", "two"),
        ("[x] a/ERROR/b: broken\nlast\n", "[x] a/ERROR/b: broken"),
        ("Traceback\nValueError: no\nShutting down\n", "ValueError: no"),
        ("[x] ormbench: window 3 was lost\nValueError: no\n", "window 3 was lost"),
    ],
)
def test_the_log_tells_why(tmp_path: Path, log: str, told: str) -> None:
    """What our own part says comes first, then errors, then the last line."""
    (tmp_path / "log").write_text(log, encoding="utf-8")
    assert last_word(tmp_path / "log") == told


def test_an_own_application_that_is_not_there_is_told_at_once() -> None:
    """The first refusal is enough where nobody has answered before."""
    with pytest.raises(OrmbenchError, match="takes no connection: Connection refused; see whether it runs"):
        OwnApplication("http://127.0.0.1:1").require()


def test_an_own_application_is_asked_for_connections_alone() -> None:
    """Whatever it would show of itself over TLS: nobody verifies it, and nothing is sent."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        OwnApplication(f"https://127.0.0.1:{listening.getsockname()[1]}").require()


def test_an_app_that_does_not_describe_itself_is_told(tmp_path: Path) -> None:
    """In one line, with the reason; scenarios cannot be asked without it."""
    with pytest.raises(OrmbenchError, match=r"does not describe itself at http://127.0.0.1:1/openapi.json: .*refused"):
        surroundings_of(LoadRequest(), "http://127.0.0.1:1", tmp_path, scenarios=True)


def run(profile: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - parts of a request
    """Return a run.json as far as the load part looks at it."""
    return {"profile": {"name": profile}, "backends": [{"kind": "sqlite", "origin": "private"}], "request": request}


@pytest.mark.parametrize(
    ("found", "wanted"),
    [
        (run("quick"), True),
        (run("full", urls=["postgresql://127.0.0.1/db"]), True),
        (run("smoke"), False),
        (run("quick", patterns=["loading"]), False),
        (run("quick", drivers=["asyncpg"]), False),
        (run("quick", delays_ms=[1.0]), False),
        (run("quick") | {"backends": []}, False),
    ],
)
def test_a_run_of_everything_has_load(found: dict[str, Any], *, wanted: bool) -> None:
    """Who asks for something else than everything does not ask for load."""
    assert is_wanted(found) is wanted


def test_load_that_fails_takes_nothing_from_the_cases(tmp_path: Path) -> None:
    """The reason is kept beside the run, and nothing is raised; a run without load has no failure."""
    folder = create_run(tmp_path, "quick")
    folder.write({**run("quick", urls=[]), "format": FORMAT, "seed": 1})
    assert failures_of(folder.load / FILE) == []
    add_load(folder, ["postgresql://me:secret@127.0.0.1:1/db"], lambda _: None)
    [failure] = failures_of(folder.load / FILE)
    assert "Connection refused" in failure
    assert "secret" not in failure + (folder.load / FILE).read_text(encoding="utf-8")
