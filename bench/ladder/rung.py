"""The rungs of the ladder: from a handler that does nothing, over a minimal one, to the target app."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Rung(StrEnum):
    """One way to answer the same two requests; the name is part of its address."""

    NULL = "null"
    """FastAPI and a constant: what is left when there is no database."""
    DRIVER = "driver"
    """The driver and a pool of its connections, nothing of SQLAlchemy's SQL."""
    CORE = "core"
    """A connection of an engine, and a SELECT that gives rows."""
    ORM = "orm"
    """The baseline: a session, a get by key, a dictionary. So do public framework benchmarks write it."""
    ORM_AGAIN = "orm-again"
    """The A/A twin of the baseline: the same handler under another name."""
    MODEL = "model"
    """The baseline, and the answer is a response model instead of a dictionary."""
    DEPENDENCY = "dependency"
    """The baseline, and the session factory comes by `Depends`."""
    READING = "reading"
    """The baseline in autocommit mode: neither BEGIN nor ROLLBACK is sent."""
    STATEMENT = "statement"
    """The baseline with a SELECT that was made once, where `get` makes one at every call."""
    WATCHED = "watched"
    """The baseline on an engine whose pool is watched and whose statements are listened to."""
    MIDDLEWARE = "middleware"
    """The baseline below a middleware that looks for a header and observes a histogram."""
    ROUTES = "routes"
    """The baseline in a router within a router, behind other routes that are tried first."""
    APP = "app"
    """The endpoint of the target app: all of these but `routes`, in a process of its own."""


BASELINES = (Rung.ORM, Rung.ORM_AGAIN)
"""Without these two there is no ratio and no noise floor."""
SERVED = tuple(each for each in Rung if each is not Rung.APP)
"""The rungs of the minimal application."""

TITLES: Mapping[Rung, str] = {
    Rung.NULL: "constant, no database",
    Rung.DRIVER: "bare driver",
    Rung.CORE: "SQLAlchemy Core",
    Rung.ORM: "minimal ORM (baseline)",
    Rung.ORM_AGAIN: "minimal ORM again (A/A)",
    Rung.MODEL: "  + response model",
    Rung.DEPENDENCY: "  + dependency",
    Rung.READING: "  + autocommit",
    Rung.STATEMENT: "  + SELECT made once",
    Rung.WATCHED: "  + watched pool",
    Rung.MIDDLEWARE: "  + middleware",
    Rung.ROUTES: "  + other routes",
    Rung.APP: "this app",
}
"""What a rung is called in a table; a plus is one change of the baseline, not of the rung above."""
