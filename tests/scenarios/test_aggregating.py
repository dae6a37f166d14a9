"""The aggregating scenario: figures that are right, and users that are there."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import create_engine

from bench.core.database import Database
from bench.measure.recorder import recorded
from bench.servers.seeding import fill
from scenarios.aggregating import SCENARIO, read, tally
from scenarios.shop_data import SHOP, SIZES

SMALL = SIZES["small"]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small shop in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"))
    fill(db.engine, SHOP, "small", seed=1)
    yield db
    db.close()


def test_figures_are_those_of_the_rows(db: Database) -> None:
    """Every variant returns what the generated orders add up to, in one statement but for the entities' two."""
    totals: dict[int, list[int]] = {}
    for table, rows in SHOP.chunks(SMALL, 1):
        if table.name == "orders":
            for row in rows:
                totals.setdefault(row[1], []).append(row[3])
    page = SCENARIO.key({"users": 20}, SMALL, Random(4))
    users = range(page["low"], page["high"] + 1)
    for variant in SCENARIO.variants:
        with recorded(db.engine) as heard:
            answer = variant.body(db, page)
        assert answer == [(user, 10, sum(totals[user])) for user in users], variant.name
        assert len(heard.statements) == (2 if variant.name == "entities" else 1)


def test_users_without_orders_count_for_nothing() -> None:
    """A row without an order is a user with none, in SQL's figures and in those that Python adds up."""
    assert tally([(7, None), (8, 100), (8, 50)]) == read([(7, 0, 0), (8, 2, 150)]) == [(7, 0, 0), (8, 2, 150)]


def test_the_small_shop_says_what_it_lacks() -> None:
    """200 such users are asked for where a shop has them, and refused with a reason where it has not."""
    assert SCENARIO.lacks({"users": 20}, SMALL) is None
    assert "larger size" in str(SCENARIO.lacks({"users": 200}, SMALL))
    ids = SIZES["medium"].band(10).user_ids
    for seed in range(50):
        page = SCENARIO.key({"users": 200}, SIZES["medium"], Random(seed))
        assert ids.start <= page["low"] <= page["high"] == page["low"] + 199 < ids.stop
