"""The templates of every page, and the one style that they share."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


def environment() -> Environment:
    """Return the templates; whatever text they are given is shown as text."""
    return Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def style() -> Markup:
    """Return the style sheet as it stands in a page."""
    return Markup((Path(__file__).parent / "templates" / "page.css").read_text(encoding="utf-8"))  # noqa: S704 - our own file
