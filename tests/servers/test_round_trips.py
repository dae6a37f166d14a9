"""The proxy counts what the drivers of PostgreSQL are known to send."""

import asyncio
from collections.abc import Callable, Iterator

import asyncpg
import psycopg
import pytest
from sqlalchemy import URL

from bench.servers.delaying import DelayProxy

DELAYS_MS = (0, 0.4)


@pytest.fixture
def url(server_url: Callable[[str], URL]) -> URL:
    """Return the URL of a private PostgreSQL."""
    return server_url("postgresql")


@pytest.fixture
def proxy(url: URL) -> Iterator[DelayProxy]:
    """Return a proxy in front of it."""
    with DelayProxy(str(url.host), int(url.port or 0), DELAYS_MS) as proxy:
        yield proxy


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_a_statement_of_psycopg_is_one_round_trip_and_a_transaction_three(
    url: URL, proxy: DelayProxy, delay_ms: float
) -> None:
    """SELECT 1 in autocommit mode costs one round trip; BEGIN, SELECT 1 and COMMIT cost three."""
    target = url.set(port=proxy.port(delay_ms)).render_as_string(hide_password=False)
    with psycopg.connect(target, autocommit=True) as connection:
        opened = proxy.traffic(delay_ms)
        connection.execute("SELECT 1").fetchall()
        alone = proxy.traffic(delay_ms)
        with connection.transaction():
            connection.execute("SELECT 1").fetchall()
        in_transaction = proxy.traffic(delay_ms)
    assert (alone - opened).round_trips == 1
    assert (in_transaction - alone).round_trips == 3
    assert in_transaction.connections == 1


@pytest.mark.parametrize("delay_ms", DELAYS_MS)
def test_a_prepared_statement_of_asyncpg_is_one_round_trip(url: URL, proxy: DelayProxy, delay_ms: float) -> None:
    """Fetch twice by one prepared statement: the second execution costs one round trip."""

    async def second_execution() -> int:
        target = url.set(port=proxy.port(delay_ms)).render_as_string(hide_password=False)
        connection = await asyncpg.connect(target)
        try:
            statement = await connection.prepare("SELECT $1::int")
            assert await statement.fetchval(1) == 1
            before = proxy.traffic(delay_ms)
            assert await statement.fetchval(2) == 2
            return (proxy.traffic(delay_ms) - before).round_trips
        finally:
            await connection.close()

    assert asyncio.run(second_execution()) == 1
