"""The ladder compares like with like: rungs that do the same work and differ in what their name says."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Any

import psutil
import pytest
from rich.console import Console
from sqlalchemy import URL, Connection

from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError
from bench.core.verdicts import Verdict
from bench.ladder import awaited_rungs, blocking_rungs
from bench.ladder.answers import answer_of, prove_same_answers
from bench.ladder.climbing import FORMAT
from bench.ladder.generator import LARGEST_ID, Generator, Load, read_load, write_script
from bench.ladder.plan import IDS, Endpoint, Group, Plan, Window
from bench.ladder.rung import SERVED, TITLES, Rung
from bench.ladder.rung_process import serving_rungs
from bench.ladder.standings import standings
from bench.ladder.table import show
from bench.measure.same_code import code_difference
from bench.servers.given import connected
from bench.servers.namespaces import namespace
from bench.servers.postgresql import find_programs, start_postgresql
from bench.servers.scratch import VARIABLE
from bench.servers.seeding import seed
from bench.servers.server import Origin, Server
from scenarios.shop_data import SHOP

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0
WITH_USERS = tuple(rung for rung in SERVED if rung is not Rung.NULL)
WITHOUT_TRANSACTION = {Rung.NULL, Rung.DRIVER, Rung.READING}
WRK = shutil.which("wrk")

PARENT = """
import os, pathlib, time
from sqlalchemy import make_url
from bench.ladder.rung_process import serving_rungs
with serving_rungs(make_url(os.environ["SERVER"]), 2, pathlib.Path("rungs.log")) as served:
    print(served.pid, flush=True)
    time.sleep(600)
"""
"""A ladder that has its rungs up and waits to be killed."""

STAND_IN = """
import json, sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

if sys.argv[1:] == ["-v"]:
    print("wrk stand-in Copyright")
    sys.exit(1)
address, _, ids, _, _ = sys.argv[-5:]
place = urlsplit(address)
connection = HTTPConnection(place.netloc, timeout=10)
connection.request("GET", place.path + ("/users/1" if ids == "1" else "/users/one-by-one?ids=1&ids=2"))
if connection.getresponse().status != 200:
    sys.exit(3)
print("Running 1s test")
print(json.dumps({"requests": 1000, "errors": 0, "duration_us": 1000000, "p50_us": 900, "p99_us": 2000}))
"""
"""A wrk that asks once, and says that it was all the same."""


@pytest.fixture(scope="module")
def server() -> Iterator[URL]:
    """Return a private PostgreSQL that holds the users of the app."""
    if find_programs() is None:
        pytest.skip("no programs of postgresql on this machine")
    url, launched = start_postgresql()
    given = Server(label="postgresql", kind="postgresql", url=url, version="", origin=Origin.GIVEN)
    with closing(launched), namespace(given, "app") as place:
        seed(place, replace(SHOP, name="app"), "small", 1)
        yield url


@pytest.fixture(scope="module")
def rungs(server: URL, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of the minimal application, in a process of its own."""
    with serving_rungs(server, 4, tmp_path_factory.mktemp("logs") / "rungs.log") as served:
        yield served.base_url


@pytest.fixture
def connection(server: URL) -> Iterator[Connection]:
    """Return a connection beside those of the rungs."""
    with closing(connected(server)) as opened:
        yield opened


def users_of(connection: Connection, *ids: int) -> list[dict[str, Any]]:
    """Return users as they are in the table."""
    found = []
    for user_id in ids:
        query = f"SELECT id, name, email, active, created_at FROM ormbench_app.users WHERE id = {user_id}"
        row = connection.exec_driver_sql(query).mappings().one()
        found.append({**row, "created_at": f"{row['created_at'].isoformat()}Z"})
    return found


OURS = "%pg_stat_statements%"
"""Only the tests' own statements name the view."""


def calls_of(connection: Connection, begins: str) -> int:
    """Return how often statements that begin so were executed since the last reset."""
    query = "SELECT coalesce(sum(calls), 0) FROM pg_stat_statements WHERE query ILIKE %(begins)s"
    return int(connection.exec_driver_sql(query, {"begins": f"{begins}%"}).scalar_one())


def others_of(connection: Connection) -> list[str]:
    """Return what was executed since the last reset and neither selects users nor begins or ends a transaction."""
    query = """
        SELECT query FROM pg_stat_statements WHERE query NOT ILIKE %(ours)s
            AND query NOT ILIKE 'select%%from users%%where%%' AND query !~* '^(begin|commit|rollback)'
    """
    return list(connection.exec_driver_sql(query, {"ours": OURS}).scalars())


def windows_of(plan: Plan, elapsed_us: dict[Rung, int], errors: dict[Rung, int] | None = None) -> list[Window]:
    """Return all windows of a plan in which each rung takes a set time for a request."""
    return [
        Window.of(number, slot, Load(1_000, (errors or {}).get(slot.rung, 0), 1_000 * elapsed_us[slot.rung], 1, 2))
        for number in range(1, plan.passes + 1)
        for slot in plan.order(number)
        if slot.round_number > 0
    ]


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("rung", WITH_USERS)
def test_rungs_answer_what_the_table_holds(rungs: str, connection: Connection, mode: Mode, rung: Rung) -> None:
    """Every rung answers with the rows of the table, in the order of the ids that were asked for."""
    address = f"{rungs}/{mode}/{rung}"
    assert [answer_of(address, "/users/7")] == users_of(connection, 7)
    assert answer_of(address, "/users/one-by-one?ids=9&ids=1&ids=1000") == users_of(connection, 9, 1, 1000)


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("rung", SERVED)
def test_rungs_send_what_their_name_says(rungs: str, connection: Connection, mode: Mode, rung: Rung) -> None:
    """A rung sends one SELECT for each id, the null rung none; a session begins a transaction unless it only reads."""
    # The first connection of an engine learns about the server, in transactions of its own.
    answer_of(f"{rungs}/{mode}/{rung}", "/users/7")
    connection.exec_driver_sql("SELECT pg_stat_statements_reset()")
    answer_of(f"{rungs}/{mode}/{rung}", "/users/7")
    answer_of(f"{rungs}/{mode}/{rung}", "/users/one-by-one?ids=9&ids=1&ids=1000")
    selects = calls_of(connection, "select%from users%where")
    transactions = (calls_of(connection, "begin"), calls_of(connection, "rollback"), calls_of(connection, "commit"))
    assert selects == (0 if rung is Rung.NULL else 4)
    assert transactions == ((0, 0, 0) if rung in WITHOUT_TRANSACTION else (2, 2, 0))
    assert others_of(connection) == []


@pytest.mark.parametrize("name", ["null", "core", "orm", "model", "dependency", "reading", "statement", "watched"])
def test_rungs_are_twins(name: str) -> None:
    """A rung is the same program in both modes; only the bare drivers have interfaces of their own."""
    assert code_difference(getattr(blocking_rungs, name), getattr(awaited_rungs, name)) is None


def test_a_rung_with_another_answer_is_refused(rungs: str) -> None:
    """The ladder does not begin where a rung answers something else than the baseline."""
    addresses = {Rung.ORM: f"{rungs}/async/orm", Rung.CORE: f"{rungs}/async/null"}
    with pytest.raises(OrmbenchError, match="core answers /users/"):
        prove_same_answers(addresses)


def test_rungs_end_with_the_process_that_started_them(server: URL, tmp_path: Path) -> None:
    """A ladder that is killed leaves no process behind."""
    told = {"SERVER": server.render_as_string(hide_password=False), "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], env={**os.environ, **told}, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout as said:
        try:
            process = psutil.Process(int(said.readline()))
        finally:
            # Also where it said nothing: it would sleep on.
            parent.kill()
            parent.wait()
    assert psutil.wait_procs([process], timeout=LIMIT_S)[1] == []


def test_every_round_holds_every_rung_once() -> None:
    """Rungs are interleaved round by round, in an order that changes and follows from the seed."""
    plan = Plan(rounds=5, seed=3)
    slots = list(plan.order(1))
    rounds = [list(each) for _, each in groupby(slots, key=lambda slot: (slot.group, slot.round_number))]
    assert len(rounds) == len(Mode) * len(Endpoint) * 6
    assert all(Counter(slot.rung for slot in each) == Counter(Rung) for each in rounds)
    assert all(len({slot.seed for slot in each}) == 1 for each in rounds)
    assert len({tuple(slot.rung for slot in each) for each in rounds}) > 1
    assert slots == list(Plan(rounds=5, seed=3).order(1))
    assert slots != list(plan.order(2))
    assert slots != list(Plan(rounds=5, seed=4).order(1))


def test_standings_are_ratios_to_the_minimal_handler() -> None:
    """A rung that takes twice the time is slower by 2, one that takes the same is equivalent."""
    plan = Plan(rounds=4, modes=(Mode.ASYNC,), rungs=(Rung.CORE, Rung.ORM, Rung.ORM_AGAIN, Rung.MODEL, Rung.APP))
    times = {Rung.CORE: 500, Rung.ORM: 1_000, Rung.ORM_AGAIN: 1_000, Rung.MODEL: 1_010, Rung.APP: 2_000}
    found = {each.rung: each for each in standings(windows_of(plan, times)) if each.group.endpoint is Endpoint.GET}
    assert list(found) == list(plan.rungs)
    assert {rung: each.rate for rung, each in found.items()} == pytest.approx(
        {rung: 1e6 / elapsed_us for rung, elapsed_us in times.items()}
    )
    assert (found[Rung.ORM].ratio, found[Rung.ORM].verdict) == (None, None)
    ratios = {rung: each.ratio.estimate for rung, each in found.items() if each.ratio is not None}
    assert ratios == pytest.approx({rung: times[rung] / 1_000 for rung in times if rung is not Rung.ORM})
    assert {rung: each.verdict for rung, each in found.items() if each.verdict is not None} == {
        Rung.CORE: Verdict.FASTER,
        Rung.ORM_AGAIN: Verdict.EQUIVALENT,
        Rung.MODEL: Verdict.EQUIVALENT,
        Rung.APP: Verdict.SLOWER,
    }


def test_a_rung_that_fails_is_not_compared() -> None:
    """More than one error in a hundred requests makes a rung not valid, and of the baseline all of them."""
    plan = Plan(rounds=2, modes=(Mode.SYNC,), rungs=(Rung.ORM, Rung.ORM_AGAIN, Rung.APP))
    times = {Rung.ORM: 1_000, Rung.ORM_AGAIN: 1_000, Rung.APP: 500}
    failing = standings(windows_of(plan, times, {Rung.APP: 11}))
    assert {(each.rung, each.ratio, each.verdict) for each in failing if each.rung is Rung.APP} == {
        (Rung.APP, None, Verdict.NOT_VALID)
    }
    assert all(each.ratio is not None for each in failing if each.rung is Rung.ORM_AGAIN)
    nothing = standings(windows_of(plan, times, {Rung.ORM: 11}))
    assert {each.verdict for each in nothing} == {Verdict.NOT_VALID}
    assert {each.ratio for each in nothing} == {None}


def test_the_table_follows_from_what_is_kept() -> None:
    """A record that went through JSON gives a table of 80 columns with every rung, its ratio and its verdict."""
    plan = Plan(rounds=2)
    times = {rung: 12_345 if rung is Rung.APP else 1_000 for rung in Rung}
    environment = {"cores": 8, "governor": None, "cgroup_cpu_quota": None}
    record = {
        "plan": plan.as_data(),
        "environment": environment,
        "generator": "wrk 4",
        "server": "18",
        "load_before": 0.1,
        "steal_shares": [0.0, 0.2, 0.0],
        "windows": [each.as_data() for each in windows_of(plan, times)],
    }
    console = Console(width=80, record=True, file=StringIO())
    show(json.loads(json.dumps(record)), console)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    assert all(text.count(title.strip()) >= len(Mode) * len(Endpoint) for title in TITLES.values())
    assert text.count("12.35x") + text.count("12.34x") >= len(Mode) * len(Endpoint)
    assert text.count("slower") == len(Mode) * len(Endpoint)
    assert "20.0% of the CPU time" in " ".join(text.split())


def test_numbers_are_read_behind_the_words_of_wrk() -> None:
    """What the script wrote last is what counts."""
    line = '{"requests": 1234, "errors": 5, "duration_us": 1001000, "p50_us": 800, "p99_us": 2500}'
    said = f"Running 1s test @ http://127.0.0.1\n  1 threads\n{line}\n"
    assert read_load(said) == Load(1234, 5, 1_001_000, 800, 2500)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("unable to connect", "unable to connect"),
        ('{"requests": 0, "errors": 9, "duration_us": 1, "p50_us": 0, "p99_us": 0}', "nothing was answered"),
    ],
)
def test_a_window_without_answers_ends_the_ladder(output: str, said: str) -> None:
    """No time can be made of nothing, and the message tells what wrk said."""
    with pytest.raises(OrmbenchError, match=said):
        read_load(output)


@pytest.mark.skipif(WRK is None, reason="wrk is not on this machine (apt install wrk)")
@pytest.mark.parametrize("endpoint", Endpoint)
def test_wrk_asks_for_users_that_exist(rungs: str, connection: Connection, tmp_path: Path, endpoint: Endpoint) -> None:
    """A window of the real wrk is answered without errors, and asks for as many users as the endpoint is about."""
    assert WRK is not None
    connection.exec_driver_sql("SELECT pg_stat_statements_reset()")
    load = Generator(WRK, write_script(tmp_path), connections=2, seconds=1).load(f"{rungs}/async/orm", endpoint.ids, 5)
    assert load.errors == 0
    # What was under way when the window closed was executed, and not counted by wrk.
    assert load.requests <= calls_of(connection, "select%from users%where") / endpoint.ids <= load.requests + 2


def test_every_size_has_the_users_that_are_asked_for() -> None:
    """Ids are drawn from users that each size of the shop has, and those of one request differ."""
    assert all(size.users >= LARGEST_ID for size in SHOP.sizes.values())
    assert len({number * 47 % LARGEST_ID for number in range(1, IDS + 1)}) == IDS


def call_ladder(folder: Path, path: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Call the ladder in a folder, with programs from nowhere but a path."""
    with tempfile.TemporaryDirectory(prefix="ormbench-test-") as scratch:
        Path(scratch).chmod(0o755)
        environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), VARIABLE: scratch, "COLUMNS": "80"}
        command = [sys.executable, "-m", "bench.ladder", *words]
        return subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=LIMIT_S
        )


def test_without_wrk_it_says_how_to_get_it(tmp_path: Path) -> None:
    """Without wrk the call ends at once with code 2 and one line, and leaves nothing."""
    ended = call_ladder(tmp_path, str(tmp_path))
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert "apt install wrk" in line
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("windows", [[{"mode": "sync"}], [1], "none"])
def test_a_damaged_record_is_refused_in_a_line(tmp_path: Path, windows: object) -> None:
    """`--show` ends with code 2, and says what to do."""
    file = tmp_path / "ladder.json"
    file.write_text(json.dumps({"format": FORMAT, "windows": windows}), encoding="utf-8")
    ended = call_ladder(tmp_path, os.environ["PATH"], "--show", str(file))
    assert ended.returncode == 2
    [line] = ended.stderr.splitlines()
    assert line.startswith("ladder: ")
    assert "restore it or measure again" in line


@pytest.mark.skipif(find_programs() is None, reason="no programs of postgresql on this machine")
def test_the_whole_ladder_measures_the_app_beside_the_rungs(tmp_path: Path) -> None:
    """Two passes start server, rungs and app, load each at its own address, keep all windows, and show them."""
    programs = tmp_path / "programs"
    programs.mkdir()
    stand_in = programs / "wrk"
    stand_in.write_text(f"#!{sys.executable} -IS\n{STAND_IN}", encoding="utf-8")
    stand_in.chmod(0o755)
    words = ["--passes", "2", "--rounds", "1", "--rung", "null", "--rung", "app"]
    ended = call_ladder(tmp_path, os.pathsep.join([str(programs), os.environ["PATH"]]), *words)
    assert (ended.returncode, ended.stderr) == (0, "")
    [file] = tmp_path.glob("results/*/ladder.json")
    record = json.loads(file.read_text(encoding="utf-8"))
    assert record["finished"] is not None
    assert record["generator"] == "wrk stand-in"
    assert record["command"].endswith("--rung null --rung orm --rung orm-again --rung app")
    measured = Counter((window["mode"], window["endpoint"], window["rung"]) for window in record["windows"])
    groups = [Group(mode, endpoint) for mode in Mode for endpoint in Endpoint]
    rungs = (Rung.NULL, Rung.ORM, Rung.ORM_AGAIN, Rung.APP)
    assert dict(measured) == {(group.mode, group.endpoint, rung): 2 for group in groups for rung in rungs}
    assert ended.stdout.count("equivalent") == len(groups) * 3
    assert "postgresql://" not in file.read_text(encoding="utf-8")
    shown = call_ladder(tmp_path, os.environ["PATH"], "--show", str(file))
    assert shown.returncode == 0
    assert shown.stdout.strip() in ended.stdout
