"""The settings of PgBouncer: who does not know the server's password is not let in, and nobody else can read it."""

from __future__ import annotations

import configparser
from pathlib import Path

from sqlalchemy import URL

from bench.core.connections import connect_to
from scenarios.experiments.pgbouncer import settle

SERVER = URL.create("postgresql", "ormbench", 'se"cret', "127.0.0.1", 5433, "ormbench")
ROUTE = connect_to(SERVER, "postgresql", "psycopg", "ormbench_stall")


def settled(folder: Path) -> tuple[Path, configparser.ConfigParser]:
    """Return where the settings are, and what they say."""
    path = settle(folder, ROUTE, 6432, None)
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
