"""The statement that does nothing but wait."""

from __future__ import annotations

from sqlalchemy import Float, bindparam, func, select

_SECONDS = bindparam("seconds", type_=Float())
_SLEEP = select(func.sleep(_SECONDS))
WAIT = {
    "sqlite": _SLEEP,
    "postgresql": select(func.pg_sleep(_SECONDS)),
    "mariadb": _SLEEP,
    "mysql": _SLEEP,
}
"""Waits at the server; SQLite has the function from `databases.py`."""
