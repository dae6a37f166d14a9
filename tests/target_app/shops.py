"""The rows of the shop in a namespace of a server, as the target app finds them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, NullPool, create_engine, text

from bench.core.drivers import drivers_of
from bench.servers.namespace import Namespace
from bench.servers.seeding import seed
from scenarios.shop_data import SHOP, SIZES
from target_app.settings import Settings

APP = replace(SHOP, name="app")
"""The dataset of the catalogue in a namespace of the app's own, which the app writes to."""
SIZE = SIZES["small"]
SEED = 1


@dataclass(frozen=True)
class Shop:
    """A shop of the tests' own on one server."""

    place: Namespace

    def reseed(self) -> Shop:
        """Replace all rows by those of the seed, and let ids begin again behind them."""
        self.place.write_fingerprint("")
        seed(self.place, APP, SIZE.name, SEED)
        return self

    def settings(self, *drivers: str, **changes: Any) -> Settings:  # noqa: ANN401 - any setting
        """Return the settings of an app on this shop, through a pair of drivers, without scenarios unless asked for."""
        url = self.place.server.url.render_as_string(hide_password=False)
        pair = dict(zip(("sync_driver", "async_driver"), drivers, strict=False))
        return Settings(**({"url": url, "namespace": self.place.name, "scenarios": False} | pair | changes))

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """Yield a connection past the app, which commits every statement."""
        way = self.place.route(drivers_of(self.place.kind)[0].name)
        engine = create_engine(
            way.url, connect_args=dict(way.arguments), poolclass=NullPool, isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            yield connection

    def scalar(self, statement: str, **values: Any) -> Any:  # noqa: ANN401 - a value of the database
        """Ask for one value through a connection of its own, past the app."""
        with self.connection() as connection:
            return connection.execute(text(statement), values).scalar()

    def order(self, *statements: str) -> None:
        """Execute statements through a connection of their own, past the app."""
        with self.connection() as connection:
            for statement in statements:
                connection.execute(text(statement))
