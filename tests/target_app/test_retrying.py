"""A transaction that lost is tried again from its beginning, and not for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Connection, event

from target_app import retrying
from target_app.errors import Overtaken
from target_app.retrying import TRIES, tries
from tests.target_app.serving import MODES, Called, called, databases_of
from tests.target_app.shops import Shop


def lose_always(app: Called, mode: str, *, at_most: int) -> int:
    """Return how often a transaction is tried that loses each time; it goes well after so many."""
    databases, tried = databases_of(app.app), 0

    def lose() -> None:
        nonlocal tried
        tried += 1
        if tried <= at_most:
            raise Overtaken

    def try_blocking() -> None:
        for one_try in tries(databases.sync):
            with one_try:
                lose()

    async def try_awaited() -> None:
        async for one_try in tries(databases.awaited):
            with one_try:
                lose()

    try:
        if mode == "sync":
            try_blocking()
        else:
            asyncio.run(try_awaited())
    except Overtaken:
        return -tried
    return tried


@pytest.mark.parametrize("mode", MODES)
def test_tries_have_a_number_and_a_time(app: Called, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes first ends them with the error of the last one, here told as a number below zero."""
    monkeypatch.setattr(retrying, "LONGEST_PAUSE_S", 0.001)
    assert lose_always(app, mode, at_most=3) == 4
    assert lose_always(app, mode, at_most=TRIES) == -TRIES
    monkeypatch.setattr(retrying, "LONGEST_S", 0.0)
    assert lose_always(app, mode, at_most=3) == -1


@pytest.fixture(scope="module")
def shop(fresh: Callable[[str], Shop]) -> Shop:
    """Return a shop on PostgreSQL: elsewhere an UPDATE that matches nothing keeps all others out."""
    return fresh("postgresql")


@pytest.fixture(scope="module")
def busy(shop: Shop) -> Iterator[Called]:
    """Return the app over that shop."""
    with called(shop.settings()) as started:
        yield started


@pytest.mark.parametrize("mode", MODES)
def test_who_finds_the_shelf_filled_meanwhile_begins_again(busy: Called, shop: Shop, mode: str) -> None:
    """Too little was there, and when the buyer asks how much, somebody has brought more: no refusal that is untrue."""
    piece = busy("POST", f"/{mode}/products", json={"category_id": 1, "name": "Rare", "price_cents": 1}).json()["id"]
    databases = databases_of(busy.app)
    engine = databases.sync.engine if mode == "sync" else databases.awaited.engine.sync_engine

    def fill(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE products"):
            shop.order(f"UPDATE products SET stock = 5 WHERE id = {piece} AND stock = 0")

    event.listen(engine, "after_cursor_execute", fill)
    try:
        order = {"user_id": 1, "items": [{"product_id": piece, "quantity": 2}]}
        assert busy("POST", f"/{mode}/orders", json=order).status_code == 201
    finally:
        event.remove(engine, "after_cursor_execute", fill)
    assert shop.scalar("SELECT stock FROM products WHERE id = :id", id=piece) == 3
