"""Suggest the name that a user most likely meant."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(name: str, known: Iterable[str]) -> str:
    """Return "did you mean ...?" for a close match, else the list of known names."""
    names = sorted(known)
    matches = get_close_matches(name, names, n=1)
    return f"did you mean {matches[0]!r}?" if matches else f"known: {', '.join(names)}"
