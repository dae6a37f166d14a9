"""A PgBouncer in transaction mode of an experiment's own, with one connection to the server behind it."""

from __future__ import annotations

import getpass
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from bench.core.connections import Connection, namespace_of
from scenarios.experiments.stall import STALL

PROGRAM = "pgbouncer"
ACCOUNT = "nobody"
"""Who it runs as where we are root: it refuses to be that."""
READY_S = 10.0
"""After so long it is given up."""
LOOK_EVERY_S = 0.02
SETTINGS = """
[databases]
{database} = host={host} port={port} user={user} password={password} connect_query='SET search_path TO {namespace}'
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own_port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 1
query_wait_timeout = 1
ignore_startup_parameters = options, extra_float_digits, search_path
"""


@contextmanager
def pooler(route: Connection) -> Iterator[Connection]:
    """Run a PgBouncer before the server of a route, and give the way through it.

    Raises:
        OSError: It does not start.
    """
    url = make_url(route.url)
    with tempfile.TemporaryDirectory() as folder, socket.create_server(("127.0.0.1", 0)) as reserved:
        own_port = reserved.getsockname()[1]
        reserved.close()
        known = {"host": url.host, "port": url.port, "user": url.username, "password": url.password}
        settings = Path(folder, "pgbouncer.ini")
        settings.write_text(
            SETTINGS.format(database=url.database, namespace=namespace_of(STALL.name), own_port=own_port, **known),
            encoding="utf-8",
        )
        as_account = ["-u", ACCOUNT] if getpass.getuser() == "root" else []
        program = [str(shutil.which(PROGRAM)), "-q", *as_account, str(settings)]
        # A tether ends it with this process, however that ends.
        tethered = [sys.executable, "-m", "bench.load.tether", *program]
        process = subprocess.Popen(
            tethered,
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
