"""The two modes are the same program: the same code but for `async` and `await`, and the same statements."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import ModuleType

import pytest

from bench.measure.same_code import code_difference
from target_app import async_routes, sync_routes
from tests.target_app.conversation import Heard

MODULES = ("users", "categories", "products", "orders", "accounts", "waiting")
DIVERGENCES = {"users.get_orders_of_user": "what is not loaded yet is awaited in async code: `awaitable_attrs`"}
"""Twins that lawfully differ, each with the reason."""
WITHOUT_TWIN = {"waiting.block": "it shows what a blocking call does to an event loop; a thread has none"}
OTHER_SQL = {
    ("psycopg2", "POST /users/bulk?method=bulk"): "SQLAlchemy writes many rows into one VALUES list for psycopg2",
}
"""Requests for which a driver lawfully sends other statements than its twin, each with the reason."""


def functions(module: ModuleType) -> dict[str, Callable[..., object]]:
    """Return what a module defines itself, by name."""
    found = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in found if function.__module__ == module.__name__}


@pytest.mark.parametrize("name", MODULES)
def test_twins_are_the_same_code(name: str) -> None:
    """Endpoints and what they call: equal syntax trees without `async` and `await`, but for what is declared."""
    sync, awaited = functions(getattr(sync_routes, name)), functions(getattr(async_routes, name))
    assert sync
    alone = {f"{name}.{each}" for each in set(sync) ^ set(awaited)}
    assert alone == {each for each in WITHOUT_TWIN if each.startswith(name)}
    differing = {f"{name}.{each}" for each in sync if code_difference(sync[each], awaited[each])}
    assert differing == {each for each in DIVERGENCES if each.startswith(name)}


def test_every_module_of_routes_is_compared() -> None:
    """A module that is added must be added here as well."""
    for package in (sync_routes, async_routes):
        assert {name for name, _ in inspect.getmembers(package, inspect.ismodule)} >= set(MODULES)
        assert len(package.ROUTERS) == len(MODULES)


@pytest.mark.parametrize(
    ("kind", "sync", "awaited"),
    [
        ("sqlite", "pysqlite", "aiosqlite"),
        ("postgresql", "psycopg", "psycopg_async"),
        ("postgresql", "psycopg2", "asyncpg"),
        ("mariadb", "pymysql", "aiomysql"),
        ("mariadb", "pymysql", "asyncmy"),
    ],
)
def test_twins_send_the_same_statements(hear: Callable[[str, str], Heard], kind: str, sync: str, awaited: str) -> None:
    """For each request of the conversation, in number, order and text."""
    differing = {
        one.asked
        for one, other in zip(hear(kind, sync).everything, hear(kind, awaited).everything, strict=True)
        if one.statements != other.statements
    }
    assert differing == {asked for driver, asked in OTHER_SQL if driver == sync}


def test_statements_were_recorded_at_all(hear: Callable[[str, str], Heard]) -> None:
    """A recorder that hears nothing would find everything equal: a page of users is one SELECT in each mode."""
    for driver in ("pysqlite", "aiosqlite"):
        first, *_ = hear("sqlite", driver).everything
        [statement] = first.statements
        assert first.asked == "GET /users"
        assert statement.startswith("SELECT users.id, ")
