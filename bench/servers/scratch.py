"""Where the folders of private servers live, and the removal of those whose guardian is gone."""

from __future__ import annotations

import os
import secrets
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from bench.core.errors import UsageError

VARIABLE = "ORMBENCH_SCRATCH"
"""Environment variable that names another disk for the data: durability costs what this disk's fsync costs."""

_PROGRAMS = frozenset({"postgres", "initdb", "mariadbd", "mysqld", "mariadb-install-db", "sh"})
"""Programs that a dead guardian can leave behind; nothing else is ever killed."""

_KILL_LIMIT_S = 10.0


def root() -> Path:
    """Return this user's own scratch folder, made on first use.

    Root's is readable (the servers run as an unprivileged account that must pass through it), other users' is closed.

    Raises:
        UsageError: It cannot be made, or it belongs to someone else, who could then read or swap our data.
    """
    folder = _parent() / f"ormbench-{os.geteuid()}"
    mode = 0o755 if os.geteuid() == 0 else 0o700
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            folder.chmod(mode)
        status = folder.lstat()
    except OSError as error:
        message = (
            f"cannot make the scratch folder {folder} ({error.strerror}); set {VARIABLE} to a folder you may write"
        )
        raise UsageError(message) from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid() or status.st_mode & 0o022:
        message = f"{folder} is not a folder that only you can write; remove it or set {VARIABLE} to another place"
        raise UsageError(message)
    return folder


def _parent() -> Path:
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen).absolute()
    lasting = Path("/var/tmp")  # noqa: S108 - our folder inside is checked for its owner; /tmp is often memory
    return lasting if os.access(lasting, os.W_OK | os.X_OK) else Path(tempfile.gettempdir())


def servers() -> Path:
    """Return the folder that holds one folder per private server."""
    folder = root() / "servers"
    folder.mkdir(exist_ok=True)
    # Not by mkdir, whose mode the umask narrows: the account of the servers must pass through.
    folder.chmod(0o755)
    return folder


def new_folder(kind: str) -> Path:
    """Return an unused path for a server; its guardian takes the lock first and only then makes the folder."""
    return servers() / f"{kind}-{secrets.token_hex(4)}"


def lock_of(folder: Path) -> FileLock:
    """Return the lock that the guardian of this folder holds while it lives.

    It lies beside the folder, so that it can be held before the folder exists and until it is gone: at no moment is
    there a folder of a living server without a held lock.
    """
    return FileLock(folder.with_name(f"{folder.name}.lock"), mode=0o600)


def is_live(folder: Path) -> bool:
    """Tell whether the guardian of this folder lives; never guessed from a process id."""
    if not folder.exists():
        return False
    with _free(folder) as free:
        return not free


def sweep() -> list[Path]:
    """Remove what killed guardians left behind, and return the folders removed; living servers are not touched."""
    removed = []
    place = servers()
    names = {path.name.removesuffix(".lock") for path in place.iterdir()}
    for folder in sorted(place / name for name in names):
        with _free(folder) as free:
            if free:
                # Its guardian may have removed it since it was listed, and the lock after it.
                removed += [folder] if folder.exists() else []
                end_leftovers(folder)
                remove(folder)
    return removed


@contextmanager
def _free(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock for the block where nobody else does; yield whether it is held."""
    lock = lock_of(folder)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


def remove(folder: Path) -> None:
    """Remove a folder and then its lock file; call it with the lock held.

    A waiter that already opened the lock file notices that it has lost its name (filelock checks the link count).
    """
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        Path(lock_of(folder).lock_file).unlink(missing_ok=True)


def end_leftovers(folder: Path) -> None:
    """Kill the server processes whose command line names this folder, and wait until they are gone."""
    leftovers = [process for process in psutil.process_iter(["cmdline"]) if _serves(process, folder)]
    family = [*leftovers, *(child for process in leftovers for child in _children(process))]
    for process in family:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(family, timeout=_KILL_LIMIT_S)


def _serves(process: psutil.Process, folder: Path) -> bool:
    argv = process.info["cmdline"] or [""]
    mine = {str(folder), str(folder / "data")}
    named = any(argument in mine or argument.rpartition("=")[2] in mine for argument in argv[1:])
    return named and Path(argv[0]).name in _PROGRAMS


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []
