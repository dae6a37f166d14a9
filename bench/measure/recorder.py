"""Record the statements that an engine sends, in a form that is the same for every driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

_QUOTED = r"(?P<quoted>'(?:[^']|'')*'|\"[^\"]*\"|`[^`]*`)"
"""A literal or a quoted name: what looks like a placeholder in it is text."""
_ESCAPED = r"(?P<percent>%%)"
"""How drivers whose placeholders begin with a percent sign are given one that is meant."""
_CAST = (
    r"(?:::(?:TIME(?:STAMP)?(?:\(\d+\))? (?:WITH|WITHOUT) TIME ZONE|DOUBLE PRECISION|[\w.\"]+(?:\(\d+(?:, ?\d+)?\))?)"
    r"(?:\[\])*)?"
)
_TOKEN = re.compile(rf"{_QUOTED}|{_ESCAPED}|(?:%\(\w+\)s|%s|\$\d+|\?|(?<![:\w]):\w+){_CAST}")
"""The last part is a bound value in any paramstyle, with the cast that some PostgreSQL drivers need behind it."""


def normalised(statement: str) -> str:
    """Return the statement with every placeholder written `?`, percent signs single and white space folded."""
    return " ".join(_TOKEN.sub(_one_form, statement).split())


def _one_form(token: re.Match[str]) -> str:
    if token["percent"]:
        return "%"
    return token["quoted"].replace("%%", "%") if token["quoted"] else "?"


@dataclass
class Recording:
    """What an engine sent and what came back for it."""

    statements: list[str] = field(default_factory=list)
    """Normalised, in order. One entry is one call of the DBAPI: `executemany` counts once. BEGIN and COMMIT are no
    cursor executions and are not in the list."""
    rows_read: int | None = 0
    """Rows that the server returned; None where a driver does not know before they are fetched."""


@contextmanager
def recorded(engine: Engine) -> Iterator[Recording]:
    """Yield a record that receives every statement the engine sends."""
    recording = Recording()

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's event signature
        recording.statements.append(normalised(statement))

    def add_up(_c: Any, cursor: Any, _s: str, _p: Any, _context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's event signature
        if cursor.description is not None and recording.rows_read is not None:
            recording.rows_read = recording.rows_read + cursor.rowcount if cursor.rowcount >= 0 else None

    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "after_cursor_execute", add_up)
    try:
        yield recording
    finally:
        event.remove(engine, "before_cursor_execute", note)
        event.remove(engine, "after_cursor_execute", add_up)
