"""Bring the answers of different drivers into one form, and find the first row in which two differ."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

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
    """Return how many rows the answer has at its top; 1 for a single value."""
    return len(answer) if isinstance(answer, list | tuple) else 1


def answer_difference(answer: Any, expected: Any) -> str | None:  # noqa: ANN401 - see canonical
    """Return None for equal answers, else the first two rows that differ."""
    mine, theirs = canonical(answer), canonical(expected)
    if mine == theirs:
        return None
    if not (isinstance(mine, tuple) and isinstance(theirs, tuple)):
        return f"got {mine!r}, expected {theirs!r}"
    rows = enumerate(zip_longest(mine, theirs, fillvalue=_MISSING), start=1)
    number, got, wanted = next((number, got, wanted) for number, (got, wanted) in rows if got != wanted)
    return f"row {number}: got {_short(got)}\n{' ' * len(f'row {number}')}  expected {_short(wanted)}"


def _short(row: Any, limit: int = 300) -> str:  # noqa: ANN401 - see canonical
    text = repr(row)
    return text if len(text) <= limit else f"{text[:limit]}..."
