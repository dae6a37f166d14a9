"""Take a password out of words that somebody else wrote."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import quote, quote_plus

from sqlalchemy import URL

HIDDEN = "***"


def without_password(words: str, url: URL) -> str:
    """Return the words without the password of the URL, in whatever form a driver or a server may quote it."""
    if not url.password:
        return words
    # The longest first: a form may hold another one.
    for form in sorted(forms_of(str(url.password)), key=len, reverse=True):
        words = words.replace(form, HIDDEN)
    return words


def forms_of(password: str) -> set[str]:
    """Return a password as it is, as a literal of Python, percent-encoded for a URL or a form, and in base64."""
    literal = repr(password)[1:-1]
    encoded = {quote(password, safe=""), quote(password), quote(password, safe=" +"), quote_plus(password)}
    return {password, literal, *encoded, b64encode(password.encode()).decode()}
