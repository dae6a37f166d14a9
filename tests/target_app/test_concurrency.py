"""Crowds that want the same: nothing is sold twice, no cent is lost, and everybody gets an answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from random import Random

import pytest

from tests.target_app.serving import MODES, Served, Wanted, at_work, crowd, served
from tests.target_app.shops import Shop

KINDS = ["sqlite", "postgresql", "mariadb"]
BUYERS, STOCK = 100, 10
RIVALS = 50
ACCOUNTS = 10
TRANSFERS = {"sqlite": 200, "postgresql": 1_000, "mariadb": 1_000}
"""SQLite has one writer at a time: a crowd teaches no more there than a small one."""
LOCKINGS = ("atomic", "for_update", "optimistic")
IN_FLIGHT = 32


@pytest.fixture(scope="module", params=KINDS)
def shop(request: pytest.FixtureRequest, fresh: Callable[[str], Shop]) -> Shop:
    """Return a freshly seeded shop on each backend."""
    return fresh(request.param)


@pytest.fixture(scope="module")
def server(shop: Shop) -> Iterator[Served]:
    """Return the app over the shop behind a real server; who waits for a connection gets one, however slow it is."""
    with served(shop.settings(pool_size=8, pool_timeout_s=60)) as started:
        yield started


def check_at_rest(server: Served) -> None:
    """Make sure that all connections came back and that nobody waits."""
    assert {mode: at_work(server.app, mode) for mode in MODES} == dict.fromkeys(MODES, (0, 0))


@pytest.mark.parametrize("mode", MODES)
def test_what_there_is_is_sold_once(server: Served, shop: Shop, mode: str) -> None:
    """A hundred buyers for ten pieces: ten orders, ninety refusals that name the stock, and nothing below zero."""
    product = {"category_id": 1, "name": "Last pieces", "price_cents": 100, "stock": STOCK}
    [created] = crowd(server, [Wanted("POST", f"/{mode}/products", {"json": product})], 1)
    piece = created.json()["id"]
    orders = [
        Wanted("POST", f"/{mode}/orders", {"json": {"user_id": user, "items": [{"product_id": piece, "quantity": 1}]}})
        for user in range(1, BUYERS + 1)
    ]
    answers = crowd(server, orders, BUYERS)
    assert Counter(answer.status_code for answer in answers) == {201: STOCK, 400: BUYERS - STOCK}
    assert {answer.json()["available"] for answer in answers if answer.status_code == 400} == {0}
    assert shop.scalar("SELECT stock FROM products WHERE id = :id", id=piece) == 0
    assert shop.scalar("SELECT SUM(quantity) FROM order_items WHERE product_id = :id", id=piece) == STOCK
    kept = shop.scalar("SELECT COUNT(*) FROM orders WHERE id NOT IN (SELECT order_id FROM order_items) AND id > 4000")
    assert kept == 0
    check_at_rest(server)


def test_every_cent_is_kept(server: Served, shop: Shop) -> None:
    """Transfers in both directions between ten accounts, in both modes and all ways of locking at a time."""
    accounts = f"FROM accounts WHERE id BETWEEN 1 AND {ACCOUNTS}"
    before = shop.scalar(f"SELECT SUM(balance_cents) {accounts}")
    changes = shop.scalar(f"SELECT SUM(version) {accounts}")
    random = Random(1)
    transfers = []
    for _ in range(TRANSFERS[shop.place.kind]):
        source, target = random.sample(range(1, ACCOUNTS + 1), 2)
        path = f"/{random.choice(MODES)}/accounts/transfer?locking={random.choice(LOCKINGS)}"
        body = {"source": source, "target": target, "cents": random.randint(1, 60_000)}
        transfers.append(Wanted("POST", path, {"json": body}))
    answers = crowd(server, transfers, IN_FLIGHT)
    statuses = Counter(answer.status_code for answer in answers)
    assert set(statuses) <= {200, 400, 503}
    assert statuses[200] > len(transfers) / 2
    assert shop.scalar(f"SELECT SUM(balance_cents) {accounts}") == before
    assert shop.scalar(f"SELECT MIN(balance_cents) {accounts}") >= 0
    # Two accounts changed for each that was answered with 200, and none for any other answer.
    assert shop.scalar(f"SELECT SUM(version) {accounts}") == changes + 2 * statuses[200]
    check_at_rest(server)


@pytest.mark.parametrize("mode", MODES)
def test_an_address_is_given_to_one_user(server: Served, shop: Shop, mode: str) -> None:
    """Fifty identical users at a time: one is created, and all others are told that there is one."""
    user = {"name": "First", "email": f"first-{mode}@race.example"}
    answers = crowd(server, [Wanted("POST", f"/{mode}/users", {"json": user})] * RIVALS, RIVALS)
    assert Counter(answer.status_code for answer in answers) == {201: 1, 409: RIVALS - 1}
    assert shop.scalar("SELECT COUNT(*) FROM users WHERE email = :email", email=user["email"]) == 1
    check_at_rest(server)


@pytest.mark.parametrize("mode", MODES)
def test_many_users_in_any_order_do_not_block_each_other(server: Served, shop: Shop, mode: str) -> None:
    """The same forty users, written thirty times at once and each time in another order: all of it goes well."""
    random = Random(3)
    users = [{"name": f"{mode} {number}", "email": f"{number}@{mode}.crowd.example"} for number in range(40)]
    writes = [
        Wanted("PUT", f"/{mode}/users/bulk", {"json": {"users": random.sample(users, len(users))}}) for _ in range(30)
    ]
    answers = crowd(server, writes, len(writes))
    assert Counter(answer.status_code for answer in answers) == {200: len(writes)}
    assert shop.scalar(f"SELECT COUNT(*) FROM users WHERE email LIKE '%@{mode}.crowd.example'") == len(users)
    check_at_rest(server)


@pytest.mark.parametrize("mode", MODES)
def test_large_orders_in_any_order_do_not_block_each_other(server: Served, shop: Shop, mode: str) -> None:
    """Orders of the same products, each in an order of its own: all are answered, and the stock is what is left."""
    random = Random(2)
    popular = {"category_id": 2, "name": "Popular", "price_cents": 5, "stock": 1_000}
    products = [Wanted("POST", f"/{mode}/products", {"json": popular})] * 5
    ids = [answer.json()["id"] for answer in crowd(server, products, 1)]
    orders = []
    for user in range(1, 41):
        items = [{"product_id": each, "quantity": 2} for each in random.sample(ids, len(ids))]
        path = f"/{mode}/orders?partial={user % 2 == 0}".lower()
        orders.append(Wanted("POST", path, {"json": {"user_id": user, "items": items}}))
    answers = crowd(server, orders, IN_FLIGHT)
    assert Counter(answer.status_code for answer in answers) == {201: len(orders)}
    left = [shop.scalar("SELECT stock FROM products WHERE id = :id", id=each) for each in ids]
    assert left == [1_000 - 2 * len(orders)] * len(ids)
    check_at_rest(server)
