"""The endpoints of the target app that are asked for under load, and what is drawn for each request."""

from __future__ import annotations

import json
import random
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from bench.core.discovery import discover

PIECES = 1_000_000
"""Added to the stock of every product before users come: more than they can order, so that no order is refused."""
_CATEGORIES = range(1, 21)
_MOST_LINES = 3
_PRICES_CENTS = range(199, 20_000)
_STOCK_LIMIT_S = 10.0


@dataclass(frozen=True)
class Endpoint:
    """One kind of request."""

    name: str
    """Of its pair of user classes."""
    method: str
    path: str
    draw: Callable[[Any], tuple[str, object]]
    """From the size of the data to a path and a body. It draws from the one generator that a window seeds."""

    writes: bool = False

    @property
    def tag(self) -> str:
        """Return the tag of its task, by which Locust's `--tags` picks."""
        return "write" if self.writes else "read"


def shop_size(name: str) -> Any:  # noqa: ANN401 - the size of a dataset is its author's own type
    """Return how much the app holds of everything.

    Raises:
        UsageError: The shop has no such size.
    """
    # Found by name, as the harness finds it: the numbers stand in one place only.
    [owner] = discover(names=["loading"])
    return owner.dataset.size(name)


def stock_up(host: str) -> None:
    """Add to the stock of every product, so that no order is refused.

    Raises:
        OSError: The app cannot be reached, or refuses.
    """
    for category in _CATEGORIES:
        url = f"{host.rstrip('/')}/sync/categories/{category}/stock"
        body = json.dumps({"change": PIECES}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(url, body, headers)  # noqa: S310 - the address of the app under load
        with urllib.request.urlopen(request, timeout=_STOCK_LIMIT_S) as answer:  # noqa: S310 - see above
            answer.read()


def _one_of(count: int) -> int:
    return random.randint(1, count)


def _user(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/users/{_one_of(size.users)}", None


def _user_page(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/users?after={_one_of(size.users - 20)}", None


def _user_orders(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    # Ten orders each: a list that a page shows.
    return f"/users/{random.choice(size.band(10).user_ids)}/orders", None


def _users_one_by_one(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    ids = random.sample(range(1, size.users + 1), 20)
    return f"/users/one-by-one?{'&'.join(f'ids={each}' for each in ids)}", None


def _product(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/products/{_one_of(size.products)}", None


def _shelf(_size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/products?category_id={random.choice(_CATEGORIES)}", None


def _statistics(_size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/categories/{random.choice(_CATEGORIES)}/statistics", None


def _order(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    # The orders that have items; those of users with many orders have none.
    return f"/orders/{random.choice(size.band(1).order_ids)}", None


def _new_order(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    products = random.sample(range(1, size.products + 1), random.randint(1, _MOST_LINES))
    items = [{"product_id": each, "quantity": 1} for each in products]
    return "/orders", {"user_id": _one_of(size.users), "items": items}


def _transfer(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    # One cent out of a thousand euros: at random in both directions, no account runs dry.
    source, target = random.sample(range(1, size.accounts + 1), 2)
    return "/accounts/transfer", {"source": source, "target": target, "cents": 1}


def _new_price(size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    return f"/products/{_one_of(size.products)}", {"price_cents": random.choice(_PRICES_CENTS)}


def _new_user(_size: Any) -> tuple[str, object]:  # noqa: ANN401 - see shop_size
    # Not drawn from the seed: the second window of a seed would ask for addresses that are taken.
    return "/users", {"name": "Ada Chen", "email": f"{uuid4().hex}@example.org"}


USER = Endpoint("UserById", "GET", "/users/{user_id}", _user)
SHELF = Endpoint("ProductsOfCategory", "GET", "/products", _shelf)
ORDER = Endpoint("OrderWithItems", "GET", "/orders/{order_id}", _order)
NEW_ORDER = Endpoint("OrderCreate", "POST", "/orders", _new_order, writes=True)
TRANSFER = Endpoint("Transfer", "POST", "/accounts/transfer", _transfer, writes=True)

ENDPOINTS = (
    USER,
    Endpoint("UserPage", "GET", "/users", _user_page),
    Endpoint("UserWithOrders", "GET", "/users/{user_id}/orders", _user_orders),
    Endpoint("UsersOneByOne", "GET", "/users/one-by-one", _users_one_by_one),
    Endpoint("UserCreate", "POST", "/users", _new_user, writes=True),
    Endpoint("ProductById", "GET", "/products/{product_id}", _product),
    SHELF,
    Endpoint("ProductChange", "PATCH", "/products/{product_id}", _new_price, writes=True),
    Endpoint("CategoryStatistics", "GET", "/categories/{category_id}/statistics", _statistics),
    ORDER,
    NEW_ORDER,
    TRANSFER,
)

SHOPPING = {SHELF: 50, ORDER: 30, NEW_ORDER: 15, TRANSFER: 5}
"""What a shopper does, in percent: 80 look and 20 buy, as in the shopping mix of TPC-W. How these are shared out is
ours: lists are looked at more often than single orders, and most of what is written is an order."""
