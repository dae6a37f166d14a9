"""Record the statements that an engine sends, in a form that is the same for every driver."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def recorded(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that receives every statement the engine sends, normalised, in order.

    One entry is one call of the DBAPI: `executemany` counts once. BEGIN and COMMIT are no cursor executions and
    are not in the list.
    """
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:  # noqa: ANN401, FBT001 - SQLAlchemy's event signature
        statements.append(normalised(statement))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
