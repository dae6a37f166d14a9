"""The bridging scenario: the same rows with the bridge and without it, and no case where nothing is awaited."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Self

import pytest
from sqlalchemy.util import await_only, greenlet_spawn

from bench.core.drivers import Mode
from scenarios import bridging_calls
from scenarios.bridging import SCENARIO
from scenarios.layers import WORK
from scenarios.layers_bare import fetch_async
from tests.scenarios.shop_bench import PLACES, ShopBench, able, open_shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the small shop in a SQLite file."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


@pytest.mark.parametrize(("work", "rows"), [("get", 1), ("page", 1_000)])
def test_the_bridge_changes_no_answer(shop: ShopBench, work: str, rows: int) -> None:
    """A driver called from a greenlet returns what it returns where it is awaited, and what Core returns."""
    answers = [shop.perform(SCENARIO, each, {"work": work}, "aiosqlite").answers[0] for each in SCENARIO.variants]
    assert [len(each) for each in answers] == [rows] * 3
    assert answers[0] == answers[1] == answers[2]


def test_drivers_that_block_have_no_bridge() -> None:
    """All variants run on every awaited driver, and none elsewhere."""
    for place in PLACES:
        variants = ["awaited", "bridged", "core"] if place.driver.mode is Mode.ASYNC else []
        assert able(SCENARIO, {"work": "get"}, place) == variants


ROW = (1, "Ada", "ada@example.org", True, datetime(2024, 1, 1))  # noqa: DTZ001 - as the drivers return it


class Recording:
    """Stands for connection and cursor of a driver, and notes every call that is awaited."""

    def __init__(self) -> None:
        self.awaited: list[str] = []

    def cursor(self) -> Self:
        """Return what is opened and closed by `async with`."""
        return self

    async def __aenter__(self) -> Self:
        self.awaited.append("open")
        return self

    async def __aexit__(self, *_: object) -> None:
        self.awaited.append("close")

    async def execute(self, *_: object) -> Self:
        """Note a statement."""
        self.awaited.append("execute")
        return self

    async def fetchall(self) -> list[Any]:
        """Note that rows are fetched."""
        self.awaited.append("fetchall")
        return [ROW]

    async def fetch(self, *_: object) -> list[Any]:
        """Note both in one call."""
        self.awaited.append("fetch")
        return [ROW]


@pytest.mark.parametrize(
    ("library", "calls"),
    [
        ("psycopg", ["execute", "fetchall"]),
        ("asyncpg.connection", ["fetch"]),
        ("aiomysql.connection", ["open", "execute", "fetchall", "close"]),
        ("asyncmy.connection", ["open", "execute", "fetchall", "close"]),
    ],
)
def test_every_call_crosses_the_bridge_by_itself(
    monkeypatch: pytest.MonkeyPatch, library: str, calls: list[str]
) -> None:
    """The same calls are made as where they are awaited, and there is one crossing for each of them."""
    crossings: list[object] = []

    def counted(awaitable: Any) -> Any:  # noqa: ANN401 - any call of a driver
        crossings.append(awaitable)
        return await_only(awaitable)

    monkeypatch.setattr(bridging_calls, "await_only", counted)
    connection = type("Connection", (Recording,), {"__module__": library})()
    question = WORK["get"].bare
    rows = asyncio.run(greenlet_spawn(bridging_calls.fetch_over_bridge, connection, question, (1,)))
    assert (connection.awaited, len(crossings)) == (calls, len(calls))
    assert asyncio.run(fetch_async(connection, question, (1,))) == rows == [ROW]
    assert connection.awaited == calls * 2
