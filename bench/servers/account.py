"""The unprivileged account that runs servers when the caller is root."""

from __future__ import annotations

import os
import pwd
from pathlib import Path

from bench.core.errors import UsageError

_CANDIDATES = ("nobody", "daemon")
"""Existing accounts in order of choice.

`nobody` first because it owns nothing: a server that goes wrong cannot touch another database's files, as it could
under `postgres` or `mysql` on a machine that runs those. No account is ever created.
"""

_READ_AND_ENTER = 0o005
_ENTER = 0o001


def server_account() -> str | None:
    """Return the account that servers must run as; None where the caller is no root and runs them himself.

    Raises:
        UsageError: The caller is root and the machine has no unprivileged account that we know.
    """
    if os.geteuid() != 0:
        return None
    for name in _CANDIDATES:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    message = f"a database server must not run as root and none of {', '.join(_CANDIDATES)} exists; run as another user"
    raise UsageError(message)


def can_run(program: Path, account: str | None) -> bool:
    """Tell whether the account may execute the program: everyone may pass its folders and read it.

    Group rights are left out on purpose: an account such as `nobody` has none worth counting on.
    """
    if account is None:
        return os.access(program, os.X_OK)
    program = program.resolve()
    passable = all(parent.stat().st_mode & _ENTER for parent in program.parents)
    return passable and program.stat().st_mode & _READ_AND_ENTER == _READ_AND_ENTER
