"""Connections and routes: they travel as plain data, find their delay, and show no password."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import make_url

from bench.core.connections import SQLITE_PRAGMAS, Connection, Routes, connect_to

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


@pytest.mark.parametrize(
    ("server", "driver", "url", "arguments"),
    [
        ("sqlite:////data", "aiosqlite", "sqlite+aiosqlite:////data/shop.sqlite", {}),
        (
            "postgresql://me:pw@db/app",
            "psycopg2",
            "postgresql+psycopg2://me:pw@db/app",
            {"options": "-c search_path=shop"},
        ),
        (
            "postgresql://me:pw@db/app",
            "asyncpg",
            "postgresql+asyncpg://me:pw@db/app",
            {"server_settings": {"search_path": "shop"}},
        ),
        ("mariadb://me:pw@db", "asyncmy", "mariadb+asyncmy://me:pw@db/shop", {}),
        ("mariadb://me:pw@db", "pymysql", "mariadb+pymysql://me:pw@db/shop", {"ssl_disabled": True}),
        ("mysql://me:pw@db?ssl_ca=ca.pem", "pymysql", "mysql+pymysql://me:pw@db/shop?ssl_ca=ca.pem", {}),
    ],
)
def test_a_namespace_is_named_as_its_backend_and_driver_take_it(
    server: str, driver: str, url: str, arguments: dict[str, object]
) -> None:
    """A file, a search path, or a database; PyMySQL tries TLS only where the URL asks for it, as the others do."""
    way = connect_to(make_url(server), make_url(server).drivername, driver, "shop")
    assert (way.driver_name, way.url, way.arguments) == (driver, url, arguments)
    assert way.on_connect == (SQLITE_PRAGMAS if driver == "aiosqlite" else ())
