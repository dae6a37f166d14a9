"""Nothing that ormbench did not make is changed, and every refusal says what to do."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url, text

from bench.core.drivers import drivers_of
from bench.core.errors import UsageError
from bench.servers.given import describe, parse
from bench.servers.namespaces import namespace
from bench.servers.server import Origin, Server
from tests.servers.guarded import DATASET, NAME, engine_of

HIDDEN, WRONG = "hidden-word", "wrong-word"
"""What no message may show."""


def test_what_ormbench_did_not_make_is_refused_and_left_as_it_was(server: Server, admin: Connection) -> None:
    """Make a namespace of that name by hand, with a table: opening refuses, and the table keeps its rows."""
    admin.execute(text(f"CREATE SCHEMA {NAME}"))
    admin.execute(text(f"CREATE TABLE {NAME}.precious AS SELECT 1 AS x"))
    with pytest.raises(UsageError, match="was not made by ormbench; nothing was changed"), namespace(server, DATASET):
        pass
    assert admin.execute(text(f"SELECT x FROM {NAME}.precious")).scalar_one() == 1


def test_an_empty_one_is_somebody_elses_too(server: Server, admin: Connection) -> None:
    """An account does not see everything that may be in it: opening refuses, and it stays."""
    admin.execute(text(f"CREATE SCHEMA {NAME}"))
    with pytest.raises(UsageError, match="was not made by ormbench; nothing was changed"), namespace(server, DATASET):
        pass
    found = text("SELECT count(*) FROM information_schema.schemata WHERE schema_name = :name")
    assert admin.execute(found, {"name": NAME}).scalar_one() == 1


def test_tables_without_the_mark_are_somebody_elses_in_a_database_of_ours(server: Server, admin: Connection) -> None:
    """Of a run that was killed before its mark there is an empty database: with a table it is in use by others."""
    if server.kind != "mariadb":
        pytest.skip("elsewhere the mark is made together with what carries it")
    admin.exec_driver_sql(f"CREATE DATABASE {NAME} COMMENT 'ormbench:'")
    admin.exec_driver_sql(f"CREATE TABLE {NAME}.precious AS SELECT 1 AS x")
    with pytest.raises(UsageError, match="was not made by ormbench; nothing was changed"), namespace(server, DATASET):
        pass
    assert admin.exec_driver_sql(f"SELECT x FROM {NAME}.precious").scalar_one() == 1


@pytest.mark.parametrize("statement", ["CREATE DATABASE", "CREATE TABLE", "DELETE"])
def test_a_database_without_its_whole_mark_serves_a_private_server(
    server: Server, admin: Connection, statement: str
) -> None:
    """Stop behind each statement that makes it: what is there is used, holds no rows, and takes a fingerprint."""
    private = replace(server, origin=Origin.PRIVATE)
    if server.kind != "mariadb":
        pytest.skip("elsewhere the mark is made together with what carries it")

    def stop(_connection: object, _cursor: object, sent: str, *_: object) -> None:
        if sent.startswith(statement):
            raise KeyboardInterrupt

    event.listen(Engine, "after_cursor_execute", stop)
    try:
        with pytest.raises(KeyboardInterrupt):
            namespace(private, DATASET).__enter__()
    finally:
        event.remove(Engine, "after_cursor_execute", stop)
    with namespace(private, DATASET) as place:
        assert place.read_fingerprint() == ""
        place.write_fingerprint("shop small")
        assert place.read_fingerprint() == "shop small"
    assert admin.closed is False


def test_a_second_run_is_refused_while_the_first_lives(server: Server, admin: Connection) -> None:
    """Open one namespace twice: the second is told that another run uses it, and the first goes on."""
    with namespace(server, DATASET) as first:
        with pytest.raises(UsageError, match="another run"), namespace(server, DATASET):
            pass
        assert first.read_fingerprint() == ""
    with namespace(server, DATASET):
        pass
    assert admin.closed is False


def test_a_given_server_is_left_as_it_was(server: Server, admin: Connection) -> None:
    """Fill a namespace on a given server: afterwards it is gone."""
    with namespace(server, DATASET) as place, engine_of(place).begin() as connection:
        connection.execute(text("CREATE TABLE rows_of_ours (x int)"))
    found = text("SELECT count(*) FROM information_schema.schemata WHERE schema_name = :name")
    assert admin.execute(found, {"name": NAME}).scalar_one() == 0


def test_what_a_killed_run_left_is_recognised_and_replaced(server: Server, admin: Connection) -> None:
    """Leave a marked namespace without its lock, as kill -9 does: the next start replaces it."""
    with namespace(replace(server, origin=Origin.PRIVATE), DATASET) as left:
        left.write_fingerprint("old 100% 'quoted' :name")
        assert left.read_fingerprint() == "old 100% 'quoted' :name"
        with engine_of(left).begin() as connection:
            connection.execute(text("CREATE TABLE old_rows (x int)"))
    with namespace(server, DATASET) as place:
        assert place.read_fingerprint() == ""
    assert admin.closed is False


def test_a_private_server_keeps_the_data_and_the_fingerprint(server: Server, admin: Connection) -> None:
    """Open a namespace of a private server again: its data and fingerprint are still there, to be used again."""
    private = replace(server, origin=Origin.PRIVATE)
    with namespace(private, DATASET) as place:
        place.write_fingerprint("shop small")
    with namespace(private, DATASET) as place:
        assert place.read_fingerprint() == "shop small"
    assert admin.closed is False


def test_every_driver_sees_the_namespace_only(server: Server, admin: Connection) -> None:
    """Ask each blocking driver where an unqualified table goes: into the namespace."""
    where = "SELECT current_schema()" if server.kind == "postgresql" else "SELECT DATABASE()"
    with namespace(server, DATASET) as place:
        for driver in (each for each in drivers_of(server.kind) if each.mode == "sync"):
            way = place.route(driver.name)
            engine = create_engine(way.url, connect_args=dict(way.arguments), poolclass=NullPool)
            with engine.connect() as connection:
                assert connection.execute(text(where)).scalar_one() == NAME
    assert admin.closed is False


@pytest.fixture
def powerless(server: Server, admin: Connection) -> Iterator[Server]:
    """Return the server as a user without the right to create anything sees it."""
    host = "" if server.kind == "postgresql" else "@'127.0.0.1'"
    password = "PASSWORD" if server.kind == "postgresql" else "IDENTIFIED BY"
    login = " LOGIN" if server.kind == "postgresql" else ""
    admin.exec_driver_sql(f"CREATE USER powerless{host}{login} {password} '{HIDDEN}'")
    yield replace(server, url=server.url.set(username="powerless", password=HIDDEN))
    admin.exec_driver_sql(f"DROP USER powerless{host}")


def test_a_missing_right_is_named_with_the_grant_that_gives_it(powerless: Server, admin: Connection) -> None:
    """Open a namespace without the right to create it; the GRANT in the message, run as it stands, gives the right."""
    with pytest.raises(UsageError, match="GRANT") as caught, namespace(powerless, DATASET):
        pass
    message = str(caught.value)
    assert HIDDEN not in message
    assert "\n" not in message
    admin.exec_driver_sql(message.rpartition("run: ")[2].replace("%", "%%"))
    with namespace(powerless, DATASET) as place:
        assert place.read_fingerprint() == ""
    if powerless.kind == "postgresql":
        admin.exec_driver_sql(f"REVOKE ALL ON DATABASE {powerless.url.database} FROM powerless")


def refusal(url: URL) -> str:
    """Return the one line with which a given URL is refused."""
    with pytest.raises(UsageError) as caught:
        describe(*parse(url.render_as_string(hide_password=False)), label="")
    message = str(caught.value)
    assert "\n" not in message
    return message


def test_a_wrong_password_is_said_and_not_shown(server: Server) -> None:
    """Knock with a wrong password."""
    message = refusal(server.url.set(password=WRONG))
    assert WRONG not in message
    assert "password" in message.lower()


def test_a_port_without_a_server_is_said(server: Server) -> None:
    """Knock where nobody listens."""
    assert "refused" in refusal(server.url.set(port=1)).lower()


def test_a_database_that_does_not_exist_is_said(server: Server) -> None:
    """Name a database that is not there."""
    assert "no_such_db" in refusal(server.url.set(database="no_such_db"))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql",
        "oracle://scott:hidden-word@127.0.0.1/x",
        "postgresql+nothing://u:hidden-word@127.0.0.1/x",
        "postgresql://u:hidden-word@127.0.0.1:port/x",
        "postgresql://u:hid@den-word@127.0.0.1:1/x",
        "postgresql://u@127.0.0.1:1/x?password=hidden-word",
        "sqlite://",
        "sqlite:////no/such/folder/x.db",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_in_one_line_without_its_password(url: str) -> None:
    """Give URLs that are malformed, unsupported or lead nowhere."""
    with pytest.raises(UsageError) as caught:
        describe(*parse(url), label="")
    assert "\n" not in str(caught.value)
    assert "den-word" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "drivers"),
    [
        ("postgresql://h/d", ()),
        ("postgresql+psycopg://h/d", ("psycopg", "psycopg_async")),
        ("postgresql+asyncpg://h/d", ("asyncpg",)),
        ("mariadb+aiomysql://h/d", ("aiomysql",)),
        ("sqlite+aiosqlite:///x.db", ("aiosqlite",)),
    ],
)
def test_a_driver_in_a_url_restricts_the_run_to_it(url: str, drivers: tuple[str, ...]) -> None:
    """Read which drivers a URL allows; none named means all, and psycopg has two modes."""
    assert parse(url)[1] == drivers


def test_a_file_that_is_not_ours_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    """Put a file in the place of an SQLite namespace: opening refuses, and its bytes stay."""
    server = describe(*parse(f"sqlite:///{tmp_path}/theirs.db"), label="sqlite")
    with namespace(server, DATASET) as place:
        path = Path(str(make_url(place.route("pysqlite").url).database))
    assert not path.exists()
    path.write_bytes(b"precious")
    with pytest.raises(UsageError, match="was not made by ormbench"), namespace(server, DATASET):
        pass
    assert path.read_bytes() == b"precious"
    assert not (tmp_path / "theirs.db").exists()


KILLED = """
import os, signal, sys
from bench.servers.given import describe, parse
from bench.servers.namespaces import namespace
sys.addaudithook(lambda name, _: name == "os.rename" and os.kill(os.getpid(), signal.SIGKILL))
namespace(describe(*parse(sys.argv[1]), label="sqlite"), sys.argv[2]).__enter__()
"""
"""A run that is killed before its file has its name."""


def test_a_file_of_a_killed_run_is_no_somebody_elses(tmp_path: Path) -> None:
    """It has its name when it carries its mark, and no sooner; the next run takes the rest away."""
    url = f"sqlite:///{tmp_path}/theirs.db"
    ended = subprocess.run([sys.executable, "-c", KILLED, url, DATASET], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert {path.name for path in tmp_path.iterdir()} == {f"{NAME}.sqlite.draft", f"{NAME}.sqlite.lock"}
    # As a kill in the middle of writing leaves it.
    (tmp_path / f"{NAME}.sqlite.draft").write_bytes(b"half")
    (tmp_path / f"{NAME}.sqlite.draft-journal").write_bytes(b"half")
    with namespace(describe(*parse(url), label="sqlite"), DATASET) as place:
        assert place.read_fingerprint() == ""
    assert list(tmp_path.iterdir()) == []
