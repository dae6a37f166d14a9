"""Passwords that are planted, and the search for them in every form that an output may have."""

from __future__ import annotations

import lzma
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

BEGINNING, END = "Zq7xKpl4nt", "c0rE9vTqq"
PASSWORD = f"{BEGINNING}@:/%+ '\"\\&?#{END}"
"""Its signs mean something to a URL, a shell, a form or SQL; its beginning and its end survive any encoding."""
ELSEWHERE = "3nvZq8planted"
"""A password in settings and variables that ormbench is not asked to use."""


def _forms() -> Iterator[bytes]:
    for word in (BEGINNING, END, ELSEWHERE):
        yield word.encode()
        yield quote(word).encode()
        yield quote_plus(word).encode()
        for before in range(3):
            # Inside of longer text base64 has one of three forms, by the place; its edges mix with what is around.
            encoded = b64encode(b"\0" * before + word.encode())
            yield encoded[4 if before else 0 : -4]


FORMS = tuple(dict.fromkeys(_forms()))


def found_in(content: bytes) -> list[bytes]:
    """Return the forms of planted passwords that are in a content."""
    return [form for form in FORMS if form in content]


def found_below(folder: Path) -> dict[str, list[bytes]]:
    """Return what is found in each file below a folder, packed or not, and in its name."""
    return {
        str(path.relative_to(folder)): found
        for path in folder.rglob("*")
        if path.is_file() and (found := found_in(_content(path) + bytes(path)))
    }


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return content + lzma.decompress(content) if path.suffix == ".xz" else content
