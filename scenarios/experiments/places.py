"""Why experiments are left out at a place: reasons that several themes give."""

from __future__ import annotations

from bench.core.contract import Place
from bench.core.drivers import Mode


def only_sqlite(place: Place) -> str | None:
    """Return why other backends are left out."""
    return None if place.kind == "sqlite" else "the claim is about SQLite"


def only_postgresql(place: Place) -> str | None:
    """Return why other backends are left out."""
    return None if place.kind == "postgresql" else "the claim is about PostgreSQL"


def no_server(place: Place) -> str | None:
    """Return why SQLite is left out where a server is asked or waited for."""
    return "SQLite is a library: there is no server" if place.kind == "sqlite" else None


def no_row_locks(place: Place) -> str | None:
    """Return why SQLite is left out where two transactions fight for a row."""
    return "SQLite has one lock for all writers; see the theme of its writers" if place.kind == "sqlite" else None


def only_awaited(place: Place) -> str | None:
    """Return why blocking drivers are left out."""
    return "the question is about awaited code" if place.driver.mode is Mode.SYNC else None


def only_awaited_with_a_server(place: Place) -> str | None:
    """Return why blocking drivers and SQLite are left out."""
    return no_server(place) or only_awaited(place)


def only_blocking(place: Place) -> str | None:
    """Return why awaited drivers are left out."""
    return "the question is about drivers that block" if place.driver.mode is Mode.ASYNC else None
