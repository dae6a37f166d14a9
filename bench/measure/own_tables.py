"""Find out whether a case writes to tables that are none of its dataset's, or makes some."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

_NAME = r"(?P<name>(?:[\w.]|\"[^\"]*\"|`[^`]*`)+)"
_WRITING = re.compile(
    # Not the UPDATE of a lock (FOR UPDATE, FOR NO KEY UPDATE) or of a conflict (DO UPDATE, ON DUPLICATE KEY UPDATE).
    r"\b(?:(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO|MERGE\s+INTO|DELETE\s+FROM"
    r"|(?<!FOR )(?<!KEY )(?<!DO )UPDATE(?:\s+ONLY)?"
    r"|(?:CREATE|DROP|ALTER|TRUNCATE)(?:\s+UNLOGGED)?\s+TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?"
    rf"|TRUNCATE(?!\s+TABLE)|COPY)\s+{_NAME}",
    re.IGNORECASE,
)
"""A statement that changes a table, and the table. Temporary tables end with their connection, and may be made."""
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def foreign_writes(statements: Iterable[str], own: Collection[str]) -> Iterator[str]:
    """Yield the statements that write to a table of another name, or of a schema that is named, each once.

    Args:
        statements: As the engine sent them, placeholders normalised.
        own: The names of the tables of the dataset.
    """
    known, seen = {name.casefold() for name in own}, set[str]()
    for statement in statements:
        names = [_plain(found["name"]) for found in _WRITING.finditer(_LITERAL.sub("''", statement))]
        if statement not in seen and not known.issuperset(names):
            seen.add(statement)
            yield statement


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "").casefold()
