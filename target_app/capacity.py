"""Whether the server can bear the pools: asked before anything is opened, for too many show only under load."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bench.core.conditions import Conditions
from bench.core.connections import Connection
from bench.core.engines import open_database
from bench.core.errors import UsageError
from target_app.settings import Settings

_CONNECT_TIMEOUT_S = 10
_ON_MYSQL = text("SELECT @@max_connections, 0")
_ASK = {
    # What is reserved cannot be had by us unless we are a superuser. `reserved_connections` came with PostgreSQL 16
    # (https://www.postgresql.org/docs/current/runtime-config-connection.html).
    "postgresql": text("""
        SELECT CAST(current_setting('max_connections') AS integer),
               CASE current_setting('is_superuser') WHEN 'on' THEN 0 ELSE
                   CAST(current_setting('superuser_reserved_connections') AS integer)
                   + COALESCE(CAST(current_setting('reserved_connections', true) AS integer), 0)
               END
    """),
    "mariadb": _ON_MYSQL,
    "mysql": _ON_MYSQL,
}
"""How many connections a server has, and how many of them it keeps from us; a file has no such number."""


def refuse_too_many_connections(settings: Settings, pools: int) -> None:
    """Refuse settings under which the pools together may open more connections than the server has.

    Args:
        settings: Where the server is, and how large the pools may become.
        pools: Pools of one process: two modes times the namespaces that it opens.

    Raises:
        UsageError: The server has fewer connections, or cannot be reached.
    """
    if settings.kind not in _ASK:
        return
    each = settings.pool_size + settings.max_overflow
    wanted = settings.workers * pools * each
    most, reserved = _limits(settings)
    allowed = most - reserved
    if wanted <= allowed:
        return
    limit = f"max_connections {most}, {reserved} of them reserved" if reserved else "max_connections"
    message = (
        f"{settings.workers} workers x {pools} pools x ({settings.pool_size} + {settings.max_overflow}) connections = "
        f"{wanted}, the server allows {allowed} ({limit}): {_remedy(allowed // (settings.workers * pools))}"
    )
    raise UsageError(message)


def _remedy(fitting: int) -> str:
    smaller = f"give each pool {fitting} connections at most, " if fitting else ""
    without = "leave the scenarios out (--no-scenarios, or ORMBENCH_SCENARIOS=false)"
    return f"{smaller}take fewer workers, {without}, or raise the limit"


def _limits(settings: Settings) -> tuple[int, int]:
    """Return how many connections the server has, and how many of them it keeps from us."""
    way = settings.way(settings.pair[0], settings.namespace)
    # All blocking drivers of servers call it so.
    way = replace(way, arguments={**way.arguments, "connect_timeout": _CONNECT_TIMEOUT_S})
    database = open_database(way, Conditions(pooled=False))
    try:
        with database.engine.connect() as connection:
            most, reserved = connection.execute(_ASK[settings.kind]).one()
    # PyMySQL says with a RuntimeError that it lacks a library for the way in which the server checks passwords.
    except (SQLAlchemyError, OSError, RuntimeError) as error:
        raise UsageError(_unreachable(way, error)) from None
    finally:
        database.close()
    return int(most), int(reserved)


def _unreachable(way: Connection, error: Exception) -> str:
    """Return where we wanted to go and the driver's own words, in one line and without the password."""
    url = make_url(way.url)
    words = " ".join(str(getattr(error, "orig", None) or error).split())
    if url.password:
        words = words.replace(str(url.password), "***")
    port = f" port {url.port}" if url.port else ""
    return f"cannot connect to {url.host or 'localhost'}{port}, database {url.database}: {words}"
