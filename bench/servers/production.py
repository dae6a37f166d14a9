"""Keep a run away from a server that people depend on, unless the user says that it is meant."""

from __future__ import annotations

import re

from sqlalchemy import URL

from bench.core.errors import UsageError

CONSENT = "ormbench_allow"
"""An option of a URL, read and taken away here: consent is for one server, and stands in run.json with its URL."""
PRODUCTION = "production"

_LOOKS_LIKE_IT = re.compile(
    r"(?<![a-z])(?:db|pg|my|sql)?(?:prod|prd|production|productive|live)(?:db|pg|sql)?(?![a-z])", re.IGNORECASE
)
"""A word of its own between whatever are no letters: `db-prod-1` and `shop_live`, but not `products` and `alive`."""


def refuse_production(url: URL) -> None:
    """Refuse a server whose host, database or user is called as production servers are.

    A run touches nothing but its own schema there, but it loads the server as much as it can.

    Raises:
        UsageError: It is called so, and the URL does not consent; or the URL consents to something else.
    """
    consent = url.query.get(CONSENT)
    if consent not in (None, PRODUCTION):
        message = f"--url: {CONSENT} can be {PRODUCTION!r} alone"
        raise UsageError(message)
    # A file is never opened: ours are made beside it.
    if consent is not None or url.get_backend_name() == "sqlite":
        return
    # libpq takes hosts among the options too.
    hosts = [url.host or "", *url.normalized_query.get("host", ())]
    names = {"host": " ".join(filter(None, hosts)), "database": url.database, "user": url.username}
    for what, name in names.items():
        if name and _LOOKS_LIKE_IT.search(name):
            message = (
                f"--url: the {what} {name} is called like one in production, and a run loads a server as much as it "
                f"can; give a copy, or say that it is meant by {CONSENT}={PRODUCTION} behind the question mark"
            )
            raise UsageError(message)
