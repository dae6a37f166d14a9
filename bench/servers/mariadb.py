"""A private MariaDB, where its server program is on the machine."""

from __future__ import annotations

import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from sqlalchemy import URL

from bench.core.errors import UsageError
from bench.servers import scratch
from bench.servers.account import server_account
from bench.servers.launching import Launched
from bench.servers.plan import PORT, Plan, Step

USER = "ormbench"
REMEDY = "apt install mariadb-server (or: dnf install mariadb-server, brew install mariadb)"
_FOLDERS = ("/usr/sbin", "/usr/libexec", "/usr/local/sbin", "/opt/homebrew/bin")
"""Where packages put the server; on many systems the PATH of an ordinary user leaves these folders out."""

SETTINGS: Mapping[str, str] = {
    "bind-address": "127.0.0.1",
    "skip-name-resolve": "ON",
    # Durable, as a production server is; a scenario that varies durability says so in its parameters.
    "innodb-flush-log-at-trx-commit": "1",
    "innodb-buffer-pool-size": "256M",
    "innodb-log-file-size": "512M",
    # Dumping the pool at the end is of no use to data that are thrown away.
    "innodb-buffer-pool-dump-at-shutdown": "OFF",
    "innodb-fast-shutdown": "2",
    "max-connections": "500",
    "performance-schema": "OFF",
    "character-set-server": "utf8mb4",
    # Compares by code point, as the other backends do: an ORDER BY on a text gives the same order everywhere.
    "collation-server": "utf8mb4_bin",
    "local-infile": "ON",
}
SHOWN = (
    "innodb_flush_log_at_trx_commit", "sync_binlog", "log_bin", "innodb_buffer_pool_size", "innodb_doublewrite",
    "max_connections", "transaction_isolation", "tx_isolation", "character_set_server", "collation_server",
    "performance_schema",
)  # fmt: skip
"""Settings that a run asks the server for and keeps; a server has one of the two names for isolation."""


@cache
def find_programs() -> tuple[Path, Path] | None:
    """Return `mariadbd` and `mariadb-install-db` from the PATH, or None; a `mysqld` counts if it is MariaDB's."""
    installer = shutil.which("mariadb-install-db") or shutil.which("mysql_install_db")
    for name in ("mariadbd", "mysqld"):
        server = shutil.which(name)
        if server and installer and _is_mariadb(server):
            return Path(server), Path(installer)
    return None


def absence() -> tuple[str, str]:
    """Return why there are no programs, and the one line that mends it."""
    beside = next((folder for folder in _FOLDERS if (Path(folder) / "mariadbd").exists()), None)
    if beside is None:
        return "no mariadbd on the PATH", REMEDY
    return f"mariadbd is in {beside}, which is not on the PATH", f'export PATH="$PATH:{beside}"'


def start_mariadb() -> tuple[URL, Launched]:
    """Start a private server and return the URL of a user with all rights.

    Raises:
        UsageError: MariaDB is not installed, or root has no account to run it as.
        OrmbenchError: It did not start.
    """
    programs = find_programs()
    if programs is None:
        reason, remedy = absence()
        message = f"{reason}; run: {remedy}"
        raise UsageError(message)
    server, installer = (str(program) for program in programs)
    folder, password = scratch.new_folder("mariadb"), secrets.token_hex(16)
    data = folder / "data"
    # A server that starts removes the temporary tables that it finds, and /tmp would hold those of every other one.
    common = ["--no-defaults", f"--datadir={data}", f"--tmpdir={data}"]
    # Setting up need not survive a power cut; waiting for the disk at every step is most of its time.
    unsynced = [*common, "--debug-no-sync"]
    install = [
        installer,
        *unsynced,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    ]
    places = [f"--port={PORT}", f"--socket={data / 's'}", f"--pid-file={data / 'pid'}"]
    plan = Plan(
        folder=str(folder),
        account=server_account(),
        steps=[Step(argv=install), Step(argv=[server, *unsynced, "--bootstrap"], text=_access(password))],
        command=[server, *common, *places, *(f"--{name}={value}" for name, value in SETTINGS.items())],
        ready="ready for connections",
        port_taken="Bind on TCP/IP port",
        stop_signal=signal.SIGTERM,
        orphan_signal=signal.SIGKILL,
        stop_limit_s=20.0,
    )
    launched = Launched(plan)
    return URL.create("mariadb", USER, password, "127.0.0.1", launched.port), launched


def _access(password: str) -> str:
    """Return the statements that replace the open root accounts by one with a password, for this machine only."""
    return "\n".join(
        (
            # The bootstrap mode begins without accounts; it has to read them before it can change them.
            "FLUSH PRIVILEGES;",
            "DELETE FROM mysql.global_priv WHERE user = 'root';",
            "FLUSH PRIVILEGES;",
            f"CREATE USER '{USER}'@'127.0.0.1' IDENTIFIED BY '{password}';",
            f"GRANT ALL PRIVILEGES ON *.* TO '{USER}'@'127.0.0.1' WITH GRANT OPTION;",
            "",
        )
    )


def _is_mariadb(server: str) -> bool:
    try:
        said = subprocess.run([server, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    return "MariaDB" in said
