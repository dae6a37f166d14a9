"""The statement that does nothing but wait."""

from __future__ import annotations

from sqlalchemy import Float, bindparam, select

from scenarios.one_user import ServerWait

WAIT = select(ServerWait(bindparam("seconds", type_=Float())))
"""Waits at the server; SQLite has the function from `databases.py`."""
