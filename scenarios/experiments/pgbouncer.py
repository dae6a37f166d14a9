"""A PgBouncer in transaction mode of an experiment's own, with one connection to the server behind it."""

from __future__ import annotations

import getpass
import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import make_url

from bench.core.connections import Connection, namespace_of
from bench.core.interpreter import module_command
from scenarios.experiments.stall import STALL

PROGRAM = "pgbouncer"
ACCOUNT = "nobody"
"""Who it runs as where we are root: it refuses to be that."""
READY_S = 10.0
"""After so long it is given up."""
LOOK_EVERY_S = 0.02
KNOWS_PREPARED = (1, 21)
"""The first version that can follow prepared statements (max_prepared_statements, above 0 by itself since 1.24.0)."""
# It logs in to the server as its client does: without `user` it takes name and password of the file of accounts.
SETTINGS = """
[databases]
{database} = host={host} port={port} connect_query='SET search_path TO {namespace}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {accounts}
pool_mode = transaction
default_pool_size = 1
query_wait_timeout = 1
ignore_startup_parameters = options, extra_float_digits, search_path
"""
FOLLOWING = "max_prepared_statements = {prepared}\n"
"""Written in full where it is known: its default differs between versions."""


@cache
def version() -> tuple[int, ...]:
    """Return the version of the program on the PATH, which is there."""
    program = [str(shutil.which(PROGRAM)), "--version"]
    return version_in(subprocess.run(program, capture_output=True, text=True, check=True).stdout)


def version_in(text: str) -> tuple[int, ...]:
    """Return the first number of a version in a text."""
    return tuple(int(part) for part in re.findall(r"\d+(?:\.\d+)+", text)[0].split("."))


def knows_prepared() -> bool:
    """Tell whether there is a program that can follow prepared statements."""
    return shutil.which(PROGRAM) is not None and version() >= KNOWS_PREPARED


@contextmanager
def pooler(route: Connection, prepared: int = 0) -> Iterator[Connection]:
    """Run a PgBouncer before the server of a route, and give the way through it.

    It follows so many prepared statements of each client, where it can.

    Raises:
        OSError: It does not start.
    """
    account = ACCOUNT if getpass.getuser() == "root" else None
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as reserved:
        own_port = reserved.getsockname()[1]
        reserved.close()
        settings = settle(Path(folder), route, own_port, account, prepared if knows_prepared() else None)
        program = [str(shutil.which(PROGRAM)), "-q", *(["-u", account] if account else []), str(settings)]
        process = subprocess.Popen(
            # A tether ends it with this process, however that ends.
            module_command("bench.load.generator_process.tether", *program),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            wait_for(own_port)
            yield route.through("127.0.0.1", own_port)
        finally:
            if process.stdin is not None:
                process.stdin.close()
            process.wait()


def settle(folder: Path, route: Connection, own_port: int, account: str | None, prepared: int | None = None) -> Path:
    """Write settings and accounts that let in who knows the server's password, and return where the settings are.

    A version that does not know `prepared` would not start with it: then it is None.

    The account of a private server is its superuser: a pooler that asked for no password would give it to everybody on
    this machine. Folder and files belong to who the pooler runs as, `account` or ourselves, and nobody else reads them.
    """
    url = make_url(route.url)
    accounts, settings = folder / "accounts.txt", folder / "pgbouncer.ini"
    texts = {
        accounts: f"{quoted(url.username)} {quoted(url.password)}\n",
        settings: SETTINGS.format(
            database=url.database,
            host=url.host,
            port=url.port,
            namespace=namespace_of(STALL.name),
            own_port=own_port,
            accounts=accounts,
        )
        + ("" if prepared is None else FOLLOWING.format(prepared=prepared)),
    }
    folder.chmod(0o700)
    for path, text in texts.items():
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    if account is not None:
        for path in (*texts, folder):
            shutil.chown(path, account)
    return settings


def quoted(value: str | None) -> str:
    """Return a value as the file of accounts has it."""
    doubled = (value or "").replace('"', '""')
    return f'"{doubled}"'


def wait_for(port: int) -> None:
    """Wait until somebody listens.

    Raises:
        OSError: Nobody does.
    """
    end_s = time.monotonic() + READY_S
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            if time.monotonic() > end_s:
                raise
            time.sleep(LOOK_EVERY_S)
        else:
            return
