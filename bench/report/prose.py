"""Plain text in which names stand in backticks: its pieces, and as HTML, where paragraphs flow."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`\n]+)`")


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the pieces of a text in their order, and whether each stood in backticks and so is code."""
    for number, piece in enumerate(_CODE.split(text)):
        if piece:
            yield piece, number % 2 == 1


def inline(text: str) -> Markup:
    """Return one line of text with its code marked; everything else is shown as it is written."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(" ".join(text.split())))))  # noqa: S704 - escaped first


def paragraphs(text: str) -> list[Markup]:
    """Return the paragraphs of a text, which blank lines part."""
    return [inline(part) for part in re.split(r"\n\s*\n", text) if part.strip()]
