"""The rows of the shop: three named sizes, each following from a seed alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from random import Random
from typing import Any, cast

from sqlalchemy import Table

from bench.core.dataset import Chunk, Dataset
from scenarios.shop import Account, Address, Base, Category, Order, OrderItem, Product, Specification, User

Rows = list[tuple[Any, ...]]

CHUNK_ROWS = 5_000
CATEGORIES = 20
ADDRESSES_EACH = 2
BESTSELLERS = 500
"""Order items name only the first 500 products, in turn: any run of up to 500 items names as many products."""
LINES_IN_PAIR = 5
"""Orders of users with one order have 2 and 3 items in turn; the other orders have none."""

OPENING = datetime(2024, 1, 1)  # noqa: DTZ001 - the shop keeps naive UTC, see `Base`
MOMENTS = [OPENING + timedelta(seconds=30_011 * step) for step in range(2_000)]
PEOPLE = [
    f"{first} {last}"
    for first in ("Ada", "Chidi", "Elif", "Grace", "Hiro", "Inés", "Jürgen", "Lê", "Olga", "Zoë")
    for last in ("Adeyemi", "Bauer", "Chen", "Demir", "Horák", "Ito", "Khan", "Nilsson", "O'Brien", "Silva")
]
STREETS = [f"{number} {street}" for number in range(1, 30) for street in ("Mill Lane", "Hauptstraße", "Rue Curie")]
CITIES = ["Aarhus", "Bogotá", "Chennai", "Győr", "Kyōto", "Lagos", "Lyon", "Oslo", "Porto", "Quito"]
GOODS = ["Kettle", "Lamp", "Chair", "Rucksack", "Pen", "Bicycle", "Teapot", "Blanket", "Radio", "Clock"]
PRICES = range(199, 20_000, 100)
QUANTITIES = [1, 1, 1, 2, 3]
MATERIALS = ["steel", "oak", "linen", "glass", "wool", "cork"]
COLOURS = ["black", "white", "red", "green", "blue", "grey"]
CARE = ["Wipe with a damp cloth.", "Keep away from sunlight and heat.", "Wash by hand, do not spin, dry flat."]
MEASURES = range(10, 2_000)
STATUSES = ["open", "paid", "packed", "shipped", "delivered", "returned"]


@dataclass(frozen=True)
class Band:
    """The users who have equally many orders, and those orders; both are runs of ids without gaps."""

    orders_each: int
    user_ids: range
    order_ids: range


@dataclass(frozen=True, kw_only=True)
class ShopSize:
    """How much there is of everything; `bands` maps orders per user to the number of such users."""

    name: str
    bands: tuple[tuple[int, int], ...]
    products: int
    accounts: int

    @cached_property
    def _bands(self) -> dict[int, Band]:
        bands, user, order = {}, 1, 1
        for each, users in self.bands:
            bands[each] = Band(each, range(user, user + users), range(order, order + users * each))
            user, order = user + users, order + users * each
        return bands

    def band(self, orders_each: int) -> Band:
        """Return the users with exactly this many orders, and their orders; a KeyError where there are none."""
        return self._bands[orders_each]

    @property
    def users(self) -> int:
        """Return the number of users."""
        return sum(len(band.user_ids) for band in self._bands.values())

    @property
    def orders(self) -> int:
        """Return the number of orders."""
        return sum(len(band.order_ids) for band in self._bands.values())

    @property
    def items(self) -> int:
        """Return the number of order items."""
        pairs, single = divmod(len(self.band(1).order_ids), 2)
        return pairs * LINES_IN_PAIR + single * 2

    @property
    def rows(self) -> int:
        """Return the number of rows of all tables together."""
        others = CATEGORIES + self.products * 2 + self.accounts  # Every product has a specification.
        return self.users * (1 + ADDRESSES_EACH) + self.orders + self.items + others


SIZES = {
    size.name: size
    for size in (
        ShopSize(name="small", bands=((1, 1_000), (10, 100), (100, 20)), products=500, accounts=100),
        ShopSize(name="medium", bands=((1, 12_500), (10, 1_000), (100, 1_000)), products=2_000, accounts=1_000),
        ShopSize(name="large", bands=((1, 125_000), (10, 10_000), (100, 10_000)), products=20_000, accounts=10_000),
    )
}


def chunks(size: ShopSize, seed: int) -> Iterator[Chunk]:
    """Yield all rows of the shop, parents before children, in pieces of at most 5,000 rows."""
    for model, count, rows in _tables(size):
        # One generator for each table: a change to one table leaves the rows of the others as they are.
        random = Random(f"{seed} {model.__tablename__}")
        for first in range(1, count + 1, CHUNK_ROWS):
            ids = range(first, min(first + CHUNK_ROWS, count + 1))
            yield cast("Table", model.__table__), rows(ids, random)


def _tables(size: ShopSize) -> Iterator[tuple[type[Base], int, Callable[[range, Random], Rows]]]:
    yield User, size.users, _users
    yield Address, size.users * ADDRESSES_EACH, _addresses
    yield Category, CATEGORIES, _categories
    yield Product, size.products, _products
    yield Specification, size.products, _specifications
    yield Order, size.orders, lambda ids, random: _orders(ids, random, size)
    yield OrderItem, size.items, _items
    yield Account, size.accounts, _accounts


# Whole columns are drawn and zipped: much cheaper than building row by row, and seeding is held to half the speed
# of a bare COPY.


def _drawn(random: Random, values: Sequence[Any], ids: range) -> list[Any]:
    return random.choices(values, k=len(ids))


def _rows(*columns: Iterable[Any]) -> Rows:
    return list(zip(*columns, strict=True))


def _users(ids: range, random: Random) -> Rows:
    emails = [f"user{number}@example.com" for number in ids]
    active = [number % 10 > 0 for number in ids]
    return _rows(ids, _drawn(random, PEOPLE, ids), emails, active, _drawn(random, MOMENTS, ids))


def _addresses(ids: range, random: Random) -> Rows:
    owners = [1 + (number - 1) // ADDRESSES_EACH for number in ids]
    return _rows(ids, owners, _drawn(random, STREETS, ids), _drawn(random, CITIES, ids))


def _categories(ids: range, _random: Random) -> Rows:
    return _rows(ids, (f"Shelf {number}" for number in ids))


def _products(ids: range, random: Random) -> Rows:
    shelves = [1 + number % CATEGORIES for number in ids]
    names = [f"{GOODS[number % len(GOODS)]} no. {number}" for number in ids]
    return _rows(ids, shelves, names, _drawn(random, PRICES, ids), _drawn(random, range(1_000), ids))


def _specifications(ids: range, random: Random) -> Rows:
    articles = [f"A-{number:06d}" for number in ids]
    models = [f"Series {number % 90}" for number in ids]
    texts = [PEOPLE, CITIES, MATERIALS, MATERIALS, MATERIALS, COLOURS, COLOURS]
    others = [*[MEASURES] * 13, *[[True, False]] * 3, MOMENTS, MOMENTS, CARE]
    return _rows(ids, ids, articles, models, *(_drawn(random, values, ids) for values in (*texts, *others)))


def _orders(ids: range, random: Random, size: ShopSize) -> Rows:
    owners = [owner for each, _ in size.bands for owner in _owners(size.band(each), ids)]
    totals = _drawn(random, range(500, 50_000), ids)
    return _rows(ids, owners, _drawn(random, STATUSES, ids), totals, _drawn(random, MOMENTS, ids))


def _owners(band: Band, ids: range) -> list[int]:
    here = range(max(ids.start, band.order_ids.start), min(ids.stop, band.order_ids.stop))
    return [band.user_ids.start + (order - band.order_ids.start) // band.orders_each for order in here]


def _items(ids: range, random: Random) -> Rows:
    orders = [1 + (number - 1) // LINES_IN_PAIR * 2 + ((number - 1) % LINES_IN_PAIR > 1) for number in ids]
    products = [1 + number * 7 % BESTSELLERS for number in ids]
    return _rows(ids, orders, products, _drawn(random, QUANTITIES, ids), _drawn(random, PRICES, ids))


def _accounts(ids: range, _random: Random) -> Rows:
    return [(number, 100_000, 0) for number in ids]


SHOP = Dataset(name="shop", metadata=Base.metadata, sizes=SIZES, chunks=chunks)
"""The dataset of the catalogue."""
