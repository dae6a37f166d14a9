"""The templates of every page, with the one style and the one script that they share."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bench.report import labels

_FOLDER = Path(__file__).parent / "templates"


def environment() -> Environment:
    """Return the templates; whatever text they are given is shown as text."""
    made = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    script = _own("page.js")
    made.globals.update(labels=labels, style=_own("page.css"), script=script, policy=_policy(f"\n{script}"))
    return made


def _own(name: str) -> Markup:
    """Return a file of ours as it stands in a page."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))  # noqa: S704 - our own file


def _policy(script: str) -> str:
    """Return what a page may do: run this one script, and ask for nothing.

    Figures carry their colours in style attributes, which a policy can only allow as a whole. The hash is that of
    Content Security Policy Level 3, section 2.3.1: over all that stands between the script's tags.
    """
    digest = b64encode(sha256(script.encode()).digest()).decode()
    rules = {
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
