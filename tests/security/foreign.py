"""A server with a life of its own: tables of the same names as ours, other schemas, roles, views, functions."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import psycopg
import pymysql
import pytest
from sqlalchemy import URL, make_url

from bench.servers.postgresql import find_programs
from tests.cli.command import shown
from tests.security.secrets import PASSWORD

_POSTGRESQL = (
    "CREATE TABLE book (id int PRIMARY KEY, title text)",
    "INSERT INTO book SELECT n, 'theirs ' || n FROM generate_series(1, 50) n",
    "CREATE TABLE precious (book int REFERENCES book, note text DEFAULT 'x')",
    "CREATE VIEW titles AS SELECT title FROM book",
    "CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n'",
    "CREATE SCHEMA ormbench",
    "CREATE TABLE ormbench.book AS SELECT 1 AS id",
    "CREATE SCHEMA ormbench_shelves",
    "CREATE TABLE ormbench_shelves.book AS SELECT 2 AS id",
    "COMMENT ON SCHEMA ormbench_shelves IS 'ormbench is a word in this comment'",
    "GRANT ALL ON SCHEMA public, ormbench, ormbench_shelves TO visitor",
    "GRANT ALL ON ALL TABLES IN SCHEMA public, ormbench, ormbench_shelves TO visitor",
)
"""The account could drop each of them that it owns, and change all of them."""
_MARIADB = (
    "CREATE TABLE shop.book (id int PRIMARY KEY, title text)",
    "INSERT INTO shop.book VALUES (1, 'theirs 1'), (50, 'theirs 50')",
    "CREATE VIEW shop.titles AS SELECT title FROM shop.book",
    "CREATE FUNCTION shop.twice(n int) RETURNS int DETERMINISTIC RETURN 2 * n",
    "CREATE DATABASE ormbench",
    "CREATE TABLE ormbench.book AS SELECT 1 AS id",
    "CREATE DATABASE ormbench_shelves",
    "CREATE TABLE ormbench_shelves.book AS SELECT 2 AS id",
    "GRANT ALL ON *.* TO visitor@'127.0.0.1'",
)
_RANDOM = ("\\restrict", "\\unrestrict")
"""Lines of a dump that have a new key each time (pg_dump since 18.0)."""


@dataclass(frozen=True)
class Foreign:
    """A server of somebody else."""

    kind: str
    owner: URL
    """Of an account that may do everything."""
    url: URL
    """As its user gives it: an account with a password that no output may show."""
    dump: Callable[[], str]
    """Returns everything that is on it as text."""
    order: Callable[[str], None]
    """Has its owner carry out a statement."""


@contextmanager
def foreign_on(server: URL) -> Iterator[Foreign]:
    """Fill a private server with other people's things, and take them away again."""
    if server.get_backend_name() == "postgresql":
        yield from _on_postgresql(server)
    else:
        yield from _on_mariadb(server)


def _on_postgresql(server: URL) -> Iterator[Foreign]:
    owner = server.set(database="shop")
    programs = find_programs()
    assert programs is not None

    def dump() -> str:
        environment = {**os.environ, "PGPASSWORD": str(server.password)}
        place = ["--host", str(server.host), "--port", str(server.port), "--username", str(server.username)]
        commands = (["pg_dumpall", "--globals-only"], ["pg_dump", "--dbname", "shop"])
        return "".join(_said([str(programs.folder / name), *more, *place], environment) for name, *more in commands)

    def order(statement: str, url: URL = owner) -> None:
        with psycopg.connect(shown(url), autocommit=True) as connection:
            connection.execute(statement.encode())

    order("CREATE DATABASE shop", server)
    # In a literal the quotes of a password are doubled.
    order(f"CREATE ROLE visitor LOGIN PASSWORD '{PASSWORD.replace(chr(39), chr(39) * 2)}'", server)
    order("GRANT CREATE ON DATABASE shop TO visitor", server)
    for statement in _POSTGRESQL:
        order(statement)
    yield Foreign("postgresql", owner, owner.set(username="visitor", password=PASSWORD), dump, order)
    order("DROP DATABASE shop WITH (FORCE)", server)
    order("DROP ROLE visitor", server)


def _on_mariadb(server: URL) -> Iterator[Foreign]:
    program = shutil.which("mariadb-dump")
    if program is None:
        pytest.skip("no mariadb-dump on this machine")

    def dump() -> str:
        environment = {**os.environ, "MYSQL_PWD": str(server.password)}
        place = ["--host", str(server.host), "--port", str(server.port), "--user", str(server.username)]
        # What the server notes of tables by itself.
        noted = [f"--ignore-table=mysql.{name}" for name in ("innodb_index_stats", "innodb_table_stats")]
        return _said([program, "--no-defaults", *place, "--skip-dump-date", "--all-databases", *noted], environment)

    def order(statement: str) -> None:
        parts = {"host": server.host, "port": server.port, "user": server.username, "password": server.password}
        with closing(pymysql.connect(**parts, autocommit=True)) as connection, connection.cursor() as cursor:
            cursor.execute(statement)

    order("CREATE DATABASE shop")
    literal = PASSWORD.replace("\\", "\\\\").replace("'", "\\'")
    order(f"CREATE USER visitor@'127.0.0.1' IDENTIFIED BY '{literal}'")
    for statement in _MARIADB:
        order(statement)
    url = make_url(server).set(username="visitor", password=PASSWORD, database="shop")
    yield Foreign("mariadb", server, url, dump, order)
    for name in ("shop", "ormbench", "ormbench_shelves"):
        order(f"DROP DATABASE {name}")
    order("DROP USER visitor@'127.0.0.1'")


def _said(command: list[str], environment: dict[str, str]) -> str:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return "\n".join(line for line in done.stdout.splitlines() if not line.startswith(_RANDOM))
