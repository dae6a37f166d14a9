"""The settings of PgBouncer: who does not know the server's password is not let in, and nobody else can read it."""

from __future__ import annotations

import configparser
import shutil
from contextlib import nullcontext
from pathlib import Path
from typing import ClassVar

import pytest
from sqlalchemy import URL

from bench.core.caught import NOTHING
from bench.core.connections import connect_to
from scenarios.experiments import pgbouncer, pooler_clients, poolers
from scenarios.experiments.pgbouncer import settle, version_in

SERVER = URL.create("postgresql", "ormbench", 'se"cret', "127.0.0.1", 5433, "ormbench")
ROUTE = connect_to(SERVER, "postgresql", "psycopg", "ormbench_stall")


def settled(folder: Path, prepared: int | None = None) -> tuple[Path, configparser.ConfigParser]:
    """Return where the settings are, and what they say."""
    path = settle(folder, ROUTE, 6432, None, prepared)
    parser = configparser.ConfigParser(interpolation=None)
    parser.read(path)
    return path, parser


def test_a_client_needs_the_password_of_the_server(tmp_path: Path) -> None:
    """SCRAM over the loopback interface alone, and no database logs in as somebody whom the client is not."""
    _, settings = settled(tmp_path)
    pooler = settings["pgbouncer"]
    assert (pooler["auth_type"], pooler["listen_addr"]) == ("scram-sha-256", "127.0.0.1")
    assert (pooler["listen_port"], pooler["unix_socket_dir"]) == ("6432", "")
    assert Path(pooler["auth_file"]).read_text() == '"ormbench" "se""cret"\n'
    [database] = settings["databases"].values()
    assert database == "host=127.0.0.1 port=5433 connect_query='SET search_path TO ormbench_stall'"


def test_nobody_else_reads_the_password(tmp_path: Path) -> None:
    """It stands in one file of the owner's in a folder of the owner's, also where the folder was open before."""
    tmp_path.chmod(0o755)
    path, _ = settled(tmp_path)
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (tmp_path, *tmp_path.iterdir())}
    assert modes == {tmp_path.name: "0o700", "pgbouncer.ini": "0o600", "accounts.txt": "0o600"}
    assert "cret" not in path.read_text()


def test_prepared_statements_are_followed_only_by_who_can(tmp_path: Path) -> None:
    """A version that does not know the setting gets none; to all others it is said in full, for defaults differ."""
    found = [settled(tmp_path, prepared)[1]["pgbouncer"] for prepared in (None, 0, 200)]
    assert [each.get("max_prepared_statements") for each in found] == [None, "0", "200"]


@pytest.mark.parametrize(
    ("told", "version", "cases"),
    [
        ("PgBouncer 1.18.0\nlibevent 2.1.12-stable", (1, 18, 0), ["default", "cache_off"]),
        ("PgBouncer 1.21.0\nlibevent 2.1.12-stable", (1, 21, 0), ["default", "followed", "cache_off"]),
    ],
)
def test_the_version_decides_which_cases_there_are(
    monkeypatch: pytest.MonkeyPatch, told: str, version: tuple[int, ...], cases: list[str]
) -> None:
    """What the pooler does with prepared statements is tried where it can follow them."""
    monkeypatch.setattr(shutil, "which", lambda _: "/bin/pgbouncer")
    monkeypatch.setattr(pgbouncer, "version", lambda: version)
    assert version_in(told) == version
    assert list(poolers.cases_of("psycopg")) == cases


class Scripted:
    """A worker that meets what a script says, and keeps in which order the workers were asked."""

    asked: ClassVar[list[str]] = []

    def __init__(self, name: str, *met: str) -> None:
        self.name, self.met = name, iter(met)

    def tell(self, line: str) -> None:
        """Take the case."""

    def take_a_turn(self) -> str:
        """Meet what comes next."""
        self.asked.append(self.name)
        return next(self.met)


def test_workers_take_turns_until_one_meets_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each uses the pooler's connection before the other is done with it: names that clash are met."""
    workers = [Scripted("first", NOTHING, NOTHING), Scripted("second", NOTHING, "ProgrammingError")]
    left = iter(workers)
    monkeypatch.setattr(pooler_clients, "_worker", lambda: nullcontext(next(left)))
    assert pooler_clients.in_turns(ROUTE, "default") == "ProgrammingError"
    assert Scripted.asked == ["first", "second"] * 2


def test_a_worker_tells_what_it_met() -> None:
    """In a process of its own, turn by turn; here nobody listens at the port."""
    nowhere = connect_to(SERVER.set(port=1), "postgresql", "psycopg", "ormbench_stall")
    assert pooler_clients.in_turns(nowhere, "default") == "OperationalError"
