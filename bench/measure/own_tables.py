"""Find out whether a case writes to tables that are none of its dataset's, or makes some."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager

from bench.measure.steward import Steward

_NAME = r"(?P<name>(?:[\w.]|\"[^\"]*\"|`[^`]*`)+)"
_WRITING = re.compile(
    # Not the UPDATE of a lock (FOR UPDATE, FOR NO KEY UPDATE), of a conflict (DO UPDATE, ON DUPLICATE KEY UPDATE) or of
    # a foreign key (ON UPDATE).
    r"\b(?:(?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO|MERGE\s+INTO|DELETE\s+FROM"
    r"|(?<!FOR )(?<!KEY )(?<!DO )(?<!ON )UPDATE(?:\s+ONLY)?"
    r"|(?:CREATE|DROP|ALTER|TRUNCATE)(?:\s+UNLOGGED)?\s+TABLE(?:\s+IF\s+(?:NOT\s+)?EXISTS)?"
    rf"|TRUNCATE(?!\s+TABLE)|COPY)\s+{_NAME}",
    re.IGNORECASE,
)
"""A statement that changes a table, and the table."""
_TEMPORARY = re.compile(
    rf"\bCREATE\s+(?:GLOBAL\s+|LOCAL\s+)?TEMP(?:ORARY)?\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?{_NAME}", re.IGNORECASE
)
"""Such a table is the connection's own and ends with it: it may be made and changed."""
_LITERAL = re.compile(r"'(?:[^']|'')*'")


def foreign_writes(statements: Iterable[str], own: Collection[str]) -> Iterator[str]:
    """Yield the statements that write to a table of another name, or of a schema that is named, each once.

    Args:
        statements: In the order in which the engine sent them, placeholders normalised.
        own: The names of the tables of the dataset.
    """
    known, seen = {name.casefold() for name in own}, set[str]()
    for statement in statements:
        told = _LITERAL.sub("''", statement)
        known |= {_plain(found["name"]) for found in _TEMPORARY.finditer(told)}
        names = [_plain(found["name"]) for found in _WRITING.finditer(told)]
        if statement not in seen and not known.issuperset(names):
            seen.add(statement)
            yield statement


@contextmanager
def looked_beside(steward: Steward, own: Collection[str], changes: list[str]) -> Iterator[None]:
    """Add what the block changed beside these tables, and take away what it made: for work that nobody hears.

    Seen are the tables in the place of the dataset and the number of their rows: not what was changed in a row, and
    nothing elsewhere on the server.
    """
    before = steward.beside(own)
    yield
    after = steward.beside(own)
    changes += [
        f"table {name!r}: {_rows(before, name)} before, {_rows(after, name)} after"
        for name in sorted({**before, **after})
        if before.get(name) != after.get(name)
    ]
    steward.drop(sorted(after.keys() - before.keys()))


def _rows(tables: Mapping[str, int], name: str) -> str:
    return f"{tables[name]} row{'s' * (tables[name] != 1)}" if name in tables else "not there"


def _plain(name: str) -> str:
    return name.replace('"', "").replace("`", "").casefold()
