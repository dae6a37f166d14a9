"""Turn the plain text of a docstring into HTML: paragraphs flow, and what stands in backticks is code."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

_CODE = re.compile(r"`([^`\n]+)`")


def inline(text: str) -> Markup:
    """Return one line of text with its code marked; everything else is shown as it is written."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(" ".join(text.split())))))  # noqa: S704 - escaped first


def paragraphs(text: str) -> list[Markup]:
    """Return the paragraphs of a text, which blank lines part."""
    return [inline(part) for part in re.split(r"\n\s*\n", text) if part.strip()]
