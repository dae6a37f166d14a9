"""Too many connections are refused before the service starts, with the arithmetic in one line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from bench.core.errors import UsageError
from target_app.capacity import refuse_too_many_connections
from target_app.settings import Settings
from tests.target_app.shops import Shop

SERVERS = ["postgresql", "mariadb"]


def refusal(settings: Settings, pools: int) -> str:
    """Return the one line with which settings are refused."""
    with pytest.raises(UsageError) as caught:
        refuse_too_many_connections(settings, pools)
    message = str(caught.value)
    assert "\n" not in message
    return message


def most_of(shop: Shop) -> int:
    """Return how many connections a server allows, as it says itself."""
    ask = "SHOW max_connections" if shop.place.kind == "postgresql" else "SELECT @@max_connections"
    return int(shop.scalar(ask))


@pytest.mark.parametrize("kind", SERVERS)
def test_as_many_as_the_server_has_are_allowed_and_not_one_more(fresh: Callable[[str], Shop], kind: str) -> None:
    """The superuser of a private server may have them all."""
    shop = fresh(kind)
    most = most_of(shop)
    refuse_too_many_connections(shop.settings(pool_size=most // 2), 2)
    message = refusal(shop.settings(pool_size=most // 2, max_overflow=1), 2)
    arithmetic = f"1 workers x 2 pools x ({most // 2} + 1) connections = {most + 2}, the server allows {most}"
    assert message.startswith(arithmetic)


@pytest.mark.parametrize("kind", SERVERS)
@pytest.mark.parametrize(("workers", "pools", "size"), [(100, 2, 10), (1, 100, 10), (1, 2, 1_000)])
def test_workers_pools_and_their_size_all_count(
    fresh: Callable[[str], Shop], kind: str, workers: int, pools: int, size: int
) -> None:
    """The message names each of the three, and what would fit."""
    shop = fresh(kind)
    message = refusal(shop.settings(workers=workers, pool_size=size), pools)
    assert f"{workers} workers x {pools} pools x ({size} + 0) connections = {workers * pools * size}," in message
    fitting = most_of(shop) // (workers * pools)
    assert f"give each pool {fitting} connections at most" in message
    refuse_too_many_connections(shop.settings(workers=workers, pool_size=fitting), pools)


def test_an_ordinary_user_cannot_have_what_is_reserved(fresh: Callable[[str], Shop]) -> None:
    """PostgreSQL keeps some connections for its superuser: they are no part of what the pools may have."""
    shop = fresh("postgresql")
    shop.order("CREATE ROLE ordinary LOGIN PASSWORD 'ordinary'")
    try:
        url = shop.place.server.url.set(username="ordinary", password="ordinary")  # noqa: S106 - of a private server
        ordinary: dict[str, Any] = {"url": url.render_as_string(hide_password=False)}
        most, kept = most_of(shop), int(shop.scalar("SHOW superuser_reserved_connections"))
        assert kept > 0
        refuse_too_many_connections(shop.settings(pool_size=most - kept, **ordinary), 1)
        message = refusal(shop.settings(pool_size=most - kept + 1, **ordinary), 1)
        assert f"the server allows {most - kept} (max_connections {most}, {kept} of them reserved)" in message
    finally:
        shop.order("DROP ROLE ordinary")


def test_a_file_has_no_such_number(fresh: Callable[[str], Shop]) -> None:
    """SQLite opens as many connections as it is asked for."""
    refuse_too_many_connections(fresh("sqlite").settings(workers=100, pool_size=1_000), 100)


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_that_is_not_there_is_named_without_its_password(kind: str) -> None:
    """One line with the place and the driver's own words."""
    message = refusal(Settings(url=f"{kind}://someone:s3cret@127.0.0.1:1/shop"), 2)
    assert re.search(r"127\.0\.0\.1 port 1, database \w+: .+", message)
    assert "s3cret" not in message


@pytest.mark.parametrize("kind", SERVERS)
def test_a_wrong_password_is_not_shown(fresh: Callable[[str], Shop], kind: str) -> None:
    """Who is not let in is told so, and neither password is in the message."""
    shop = fresh(kind)
    url = shop.place.server.url
    wrong = url.set(password="s3cret").render_as_string(hide_password=False)  # noqa: S106 - it opens nothing
    message = refusal(shop.settings(url=wrong), 2)
    assert message.startswith("cannot connect to 127.0.0.1")
    assert "s3cret" not in message
    assert str(url.password) not in message
