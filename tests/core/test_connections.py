"""Connections and routes: they travel as plain data, find their delay, and show no password."""

from __future__ import annotations

import json

import pytest

from bench.core.connections import Connection, Routes

DIRECT = Connection(
    "asyncpg", "postgresql+asyncpg://me:s3cret@db.example:5433/shop?x=1", {"timeout": 3}, ("SET x = 1",)
)
DELAYED = DIRECT.through("127.0.0.1", 6543)
ROUTES = Routes(Connection("psycopg", "postgresql+psycopg://me:s3cret@db.example/shop"), (DIRECT,), {0.5: (DELAYED,)})


def test_a_proxy_changes_host_and_port_alone() -> None:
    """Driver, user, password, database, options and arguments stay."""
    assert DELAYED.url == "postgresql+asyncpg://me:s3cret@127.0.0.1:6543/shop?x=1"
    assert (DELAYED.driver, DELAYED.arguments, DELAYED.on_connect) == (DIRECT.driver, {"timeout": 3}, ("SET x = 1",))


def test_routes_survive_json() -> None:
    """A delay is a number again behind JSON, whose keys are texts."""
    assert Routes.from_data(json.loads(json.dumps(ROUTES.as_data()))) == ROUTES


def test_the_connections_under_a_delay_are_found() -> None:
    """None is the direct way; a delay that nobody prepared is a defect of the caller."""
    assert ROUTES.under(None) == (DIRECT,)
    assert ROUTES.under(0.5) == (DELAYED,)
    with pytest.raises(KeyError):
        ROUTES.under(0.0)


def test_no_password_is_shown() -> None:
    """What is printed by chance holds none; arguments may hold one too."""
    with_key = Connection("psycopg", DIRECT.url, {"sslpassword": "s3cret"})
    assert "s3cret" not in repr(ROUTES) + repr(DELAYED) + repr(with_key)
