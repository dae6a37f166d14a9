"""Bring the answers of different drivers into one form, and find the first row in which two differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Self

KEPT_ROWS = 1_000
"""Rows of an answer that are kept: all answers of a run together must not fill the memory."""

_MISSING = "(no row)"


def canonical(answer: Any) -> Any:  # noqa: ANN401 - a body may answer with any nesting of rows
    """Return the answer with every sequence as a tuple and every mapping as sorted pairs."""
    if isinstance(answer, Mapping):
        return tuple(sorted((key, canonical(value)) for key, value in answer.items()))
    if isinstance(answer, list | tuple):
        return tuple(canonical(value) for value in answer)
    return answer


def digest(answer: Any) -> str:  # noqa: ANN401 - see canonical
    """Return a fingerprint of content and order."""
    return hashlib.sha256(repr(canonical(answer)).encode()).hexdigest()[:32]


def row_count(answer: Any) -> int:  # noqa: ANN401 - see canonical
    """Return how many rows the answer has at its top; a single value is one, and so is a tuple of values."""
    if isinstance(answer, tuple) and not any(isinstance(each, list | tuple) for each in answer):
        return 1
    return len(answer) if isinstance(answer, list | tuple) else 1


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept for comparison: a fingerprint of all of it, and no more rows than a message needs."""

    digest: str
    rows: int
    head: Any

    @classmethod
    def of(cls, answer: Any) -> Self:  # noqa: ANN401 - see canonical
        """Keep what is needed of an answer."""
        head = answer[:KEPT_ROWS] if isinstance(answer, list | tuple) else answer
        return cls(digest(answer), row_count(answer), head)

    def difference(self, expected: Self) -> str | None:
        """Return None for equal answers, else the first two rows that differ."""
        if self.digest == expected.digest:
            return None
        return answer_difference(self.head, expected.head) or f"the difference is behind row {KEPT_ROWS:,}"


def answer_difference(answer: Any, expected: Any) -> str | None:  # noqa: ANN401 - see canonical
    """Return None for equal answers, else the first two rows that differ.

    As a fingerprint does, it compares what is written: 1, 1.0, True and Decimal(1) are other answers to Python's users.
    """
    mine, theirs = canonical(answer), canonical(expected)
    if repr(mine) == repr(theirs):
        return None
    if not (isinstance(mine, tuple) and isinstance(theirs, tuple)):
        return f"got {mine!r}, expected {theirs!r}{_of_other_types(mine, theirs)}"
    rows = enumerate(zip_longest(mine, theirs, fillvalue=_MISSING), start=1)
    number, got, wanted = next((number, got, wanted) for number, (got, wanted) in rows if repr(got) != repr(wanted))
    indent = " " * len(f"row {number}")
    return f"row {number}: got {_short(got)}\n{indent}  expected {_short(wanted)}{_of_other_types(got, wanted)}"


def _of_other_types(got: Any, wanted: Any) -> str:  # noqa: ANN401 - see canonical
    return " (equal values of other types)" if got == wanted else ""


def _short(row: Any, limit: int = 300) -> str:  # noqa: ANN401 - see canonical
    text = repr(row)
    return text if len(text) <= limit else f"{text[:limit]}..."
