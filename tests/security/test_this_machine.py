"""What others on this machine, or on its network, can reach of what ormbench starts: nothing without a password."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
import pymysql
import pytest
from sqlalchemy import URL

from bench.core.errors import OrmbenchError
from bench.servers.delaying import DelayProxy
from bench.servers.fleet import PRIVATE, availability
from bench.servers.launching import Launched
from bench.servers.plan import Plan
from bench.servers.scratch import new_folder
from tests.cli.command import listening, shown


@dataclass(frozen=True)
class Private:
    """A private server that runs, and where its files are."""

    url: URL
    launched: Launched


@pytest.fixture(scope="module", params=sorted(PRIVATE))
def private(request: pytest.FixtureRequest) -> Iterator[Private]:
    """Return a private server of each kind that this machine has."""
    if not next(each for each in availability() if each.kind == request.param).available:
        pytest.skip(f"no programs of {request.param} on this machine")
    url, launched = PRIVATE[request.param]()
    with closing(launched):
        yield Private(url, launched)


def test_servers_and_proxies_listen_on_this_machine_alone(private: Private) -> None:
    """The private servers and the delay proxy before one: each listening socket is one of 127.0.0.1."""
    with DelayProxy("127.0.0.1", int(private.url.port or 0), [0, 5]):
        processes = psutil.Process().children(recursive=True)
        names = {each.name() for each in processes}
        assert names & {"postgres", "mariadbd"}
        assert any("bench.servers.proxy" in each.cmdline() for each in processes)
        assert listening(processes) == {"127.0.0.1"}


def test_nobody_gets_into_a_private_server_without_its_password(private: Private) -> None:
    """Neither the users that servers come with, nor nobody in particular, nor the right name without the password."""
    url = private.url
    for name in ("", "root", "mysql", "postgres", "nobody", str(url.username)):
        if url.get_backend_name() == "postgresql":
            with pytest.raises(psycopg.OperationalError):
                psycopg.connect(shown(url.set(username=name or "x", password="")))
        else:
            socket = str(private.launched.folder / "data" / "s")
            for place in ({"host": url.host, "port": url.port}, {"unix_socket": socket}):
                with pytest.raises(pymysql.err.OperationalError):
                    pymysql.connect(user=name, password="", **place)


def test_postgresql_trusts_no_kind_of_connection(private: Private) -> None:
    """Every line of its access file asks for the password, and it has no socket file."""
    if private.url.get_backend_name() != "postgresql":
        pytest.skip("MariaDB has accounts and no access file")
    with psycopg.connect(shown(private.url)) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        sockets = connection.execute("SHOW unix_socket_directories").fetchall()
    assert methods == [("scram-sha-256",)]
    assert sockets == [("",)]


def test_files_of_a_private_server_are_closed(private: Private) -> None:
    """Its data are the account's that runs it alone; its log, which quotes statements, is the user's alone."""
    folder = private.launched.folder
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "log").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.with_name(f"{folder.name}.lock").stat().st_mode) == 0o600
    for place in (folder, folder.parent, folder.parent.parent):
        assert not place.stat().st_mode & 0o022


def test_names_of_folders_cannot_be_foreseen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each server has a name of its own; one that is there already is never taken over."""
    monkeypatch.setenv("ORMBENCH_SCRATCH", str(tmp_path))
    folders = {new_folder("sqlite") for _ in range(100)}
    assert len(folders) == 100
    taken = folders.pop()
    taken.mkdir()
    with pytest.raises(OrmbenchError):
        Launched(Plan(folder=str(taken), account=None))
