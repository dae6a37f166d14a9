"""The rungs of the ladder do the same work and differ in what their name says: against a real server."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import URL, Connection

from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError
from bench.ladder import awaited_rungs, blocking_rungs
from bench.ladder.answers import answer_of, prove_same_answers
from bench.ladder.generator import Generator, write_script
from bench.ladder.plan import Endpoint
from bench.ladder.rung import SERVED, Rung
from bench.ladder.rung_process import serving_rungs
from bench.measure.same_code import code_difference
from bench.servers.given import connected
from bench.servers.namespaces import namespace
from bench.servers.postgresql import find_programs, start_postgresql
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
