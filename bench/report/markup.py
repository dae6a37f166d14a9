"""Text and tables as Markdown that shows them as they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from bench.core.visible import visible
from bench.report import prose

_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~!&])")
_CALLED = re.compile(r"(?:^|\W)@[a-z0-9]|#\d|\bGH-\d", re.IGNORECASE)
"""What GitHub makes a mention or a reference to an issue of, in text that is no code; a backslash does not keep it.

Source: https://docs.github.com/en/get-started/writing-on-github (mentions; autolinked references).
"""
_BEFORE, _AFTER = "(\"'", ")\"'.,;:!?"
"""Punctuation around a word that is no part of it."""
_NEVER_IN_CODE = re.compile(r"([`|]+)")
"""A backtick would end the code, and a bar the cell of a table."""


def escaped(value: str) -> str:
    """Return text that Markdown shows as it is, on one line, that a terminal does not obey and that calls nobody.

    A word in which GitHub would see a mention or an issue, such as a case id with its `@postgresql`, becomes code.
    """
    words = visible(" ".join(value.split())).split(" ")
    return " ".join(_as_code(word) if _CALLED.search(word) else _plain(word) for word in words)


def with_code(value: str) -> str:
    """Return text as `escaped` does, but for what stands in backticks: that is shown as code."""
    return "".join(_code(piece) if is_code else _edged(piece) for piece, is_code in prose.pieces(value))


def _code(piece: str) -> str:
    return f"`{visible(' '.join(piece.split()))}`"


def _edged(piece: str) -> str:
    """Return a piece of text with the spaces that part it from what stands before and behind."""
    return f"{' ' * piece[0].isspace()}{escaped(piece)}{' ' * piece[-1].isspace()}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _as_code(word: str) -> str:
    """Return a word as code, without the punctuation around it."""
    core = word.lstrip(_BEFORE)
    before, core, after = word[: -len(core)], core.rstrip(_AFTER), core[len(core.rstrip(_AFTER)) :]
    parts = enumerate(_NEVER_IN_CODE.split(core))
    told = (_plain(part) if number % 2 else f"`{part}`" for number, part in parts if part)
    return f"{_plain(before)}{''.join(told)}{_plain(after)}"


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Yield the lines of a Markdown table and an empty line."""
    names = [escaped(column) for column in columns]
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in rows:
        yield f"| {' | '.join(escaped(cell) for cell in row)} |"
    yield ""
