"""The namespace in which the tests of this room guard what is on a server, and how it is reached and removed."""

from sqlalchemy import Engine, NullPool, create_engine

from bench.core.drivers import drivers_of
from bench.servers.namespace import Namespace
from bench.servers.server import Server

DATASET = "test_guard"
NAME = f"ormbench_{DATASET}"


def drop_statement(server: Server) -> str:
    """Return the statement that removes the namespace, whoever made it."""
    return f"DROP SCHEMA IF EXISTS {NAME}" + (" CASCADE" if server.kind == "postgresql" else "")


def engine_of(place: Namespace) -> Engine:
    """Return a blocking engine that sees only the namespace."""
    way = place.route(drivers_of(place.kind)[0].name)
    return create_engine(way.url, connect_args=dict(way.arguments), poolclass=NullPool)
