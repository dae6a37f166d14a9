"""Both modes answer alike, whatever they are asked, on every backend and through every driver."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from starlette.routing import compile_path

from target_app.main import create_app
from target_app.settings import Settings
from tests.target_app.conversation import Heard, Told

PAIRS = [
    ("sqlite", "pysqlite", "aiosqlite"),
    ("postgresql", "psycopg", "psycopg_async"),
    ("postgresql", "psycopg2", "asyncpg"),
    ("mariadb", "pymysql", "aiomysql"),
    ("mariadb", "pymysql", "asyncmy"),
]
DRIVERS = list(dict.fromkeys((kind, driver) for kind, *pair in PAIRS for driver in pair))
LEFT_OUT = {("get", "/async/blocking")}
"""Not asked: it has no twin to be compared with."""


def answers(heard: list[Told]) -> list[tuple[object, ...]]:
    """Return what a client was told, without what went on behind it."""
    return [(told.asked, told.status, told.body) for told in heard]


@pytest.mark.parametrize(("kind", "sync", "awaited"), PAIRS)
def test_twins_answer_alike(hear: Callable[[str, str], Heard], kind: str, sync: str, awaited: str) -> None:
    """The same requests to both modes, each on fresh rows: the same statuses and the same bodies, one by one."""
    left, right = hear(kind, sync), hear(kind, awaited)
    for one, other in zip(answers(left.everything), answers(right.everything), strict=True):
        assert one == other


@pytest.mark.parametrize(("kind", "driver"), DRIVERS)
def test_backends_answer_alike(hear: Callable[[str, str], Heard], kind: str, driver: str) -> None:
    """Whatever only reads is answered as on SQLite: sums, averages, orders of rows, moments, and what is unknown."""
    expected, found = hear("sqlite", "pysqlite").reading, hear(kind, driver).reading
    for one, other in zip(answers(expected), answers(found), strict=True):
        assert one == other


def test_the_conversation_goes_through_every_endpoint(hear: Callable[[str, str], Heard]) -> None:
    """An endpoint that is added must be talked to as well."""
    paths = create_app(Settings(url="sqlite:////nowhere", scenarios=False)).openapi()["paths"]
    described = {(method, path) for path, methods in paths.items() for method in methods if path.startswith("/async/")}
    # In the order of the routes, of which the first that fits is taken.
    routes = [(method, path, compile_path(path)[0]) for path, methods in paths.items() for method in methods]
    reached = set()
    for told in hear("sqlite", "aiosqlite").everything:
        method, _, path = told.asked.lower().partition(" ")
        asked = f"/async{path}".partition("?")[0]
        reached.add(next((verb, template) for verb, template, fits in routes if verb == method and fits.match(asked)))
    assert described - reached == LEFT_OUT


def test_an_upsert_changes_who_is_there_and_adds_who_is_not(hear: Callable[[str, str], Heard]) -> None:
    """The user whose address is known has a new name and the old id; the other one is new."""
    for kind, driver in (("sqlite", "pysqlite"), ("postgresql", "psycopg")):
        *_, known, new = hear(kind, driver).everything
        assert (known.body["id"], known.body["name"]) == (1, "Anew")
        assert "new" in [user["name"] for user in new.body["users"]]


def test_what_is_refused_says_what_is_missing(hear: Callable[[str, str], Heard]) -> None:
    """A client can act on it: which product, how many were wanted, and how many there are."""
    refused = [told.body for told in hear("sqlite", "pysqlite").everything if told.status == 400]
    orders = [body for body in refused if "wanted" in body]
    assert [(body["wanted"], body["available"]) for body in orders] == [(5, 1)]
    transfers = [body for body in refused if "wanted_cents" in body]
    assert len(transfers) == 6
    assert all(body["available_cents"] < body["wanted_cents"] == 1_000_000 for body in transfers)


def test_a_partial_order_keeps_what_can_be_had(hear: Callable[[str, str], Heard]) -> None:
    """Each refused item has its reason; the total is that of the kept ones alone."""
    asked = "POST /orders?partial=true"
    [kept] = [told.body for told in hear("sqlite", "pysqlite").everything if (told.asked, told.status) == (asked, 201)]
    assert [(item["quantity"], item["unit_price_cents"]) for item in kept["items"]] == [(2, 250), (1, 900)]
    assert kept["total_cents"] == 1_400
    assert [each["reason"] for each in kept["refused"]] == ["insufficient", "unknown"]
    assert [each["available"] for each in kept["refused"]] == [0, None]
