"""The shop: what its sizes hold, and that the rows follow from a seed in pieces."""

import tracemalloc
from collections import Counter
from itertools import islice

import pytest
from sqlalchemy.orm import RelationshipProperty, configure_mappers

from scenarios.shop import Base, Order, User
from scenarios.shop_data import BESTSELLERS, CHUNK_ROWS, SHOP, SIZES, ShopSize

NAMED_ROWS = {"small": 11_000, "medium": 200_000, "large": 2_000_000}


def column(size: ShopSize, table: str, name: str, seed: int = 1) -> list[object]:
    """Return one column of one table, in the order of the rows."""
    return [
        row[chunk_table.columns.keys().index(name)]
        for chunk_table, rows in SHOP.chunks(size, seed)
        if chunk_table.name == table
        for row in rows
    ]


@pytest.mark.parametrize("name", SIZES)
def test_sizes_hold_about_the_rows_that_they_promise(name: str) -> None:
    """A size has its named number of rows, within 5 %."""
    assert SIZES[name].rows == pytest.approx(NAMED_ROWS[name], rel=0.05)


@pytest.mark.parametrize("name", ["small", "medium"])
def test_chunks_hold_every_row_that_the_size_counts(name: str) -> None:
    """The generated rows of each table are as many as the size says, with keys 1, 2, 3 ..."""
    size = SIZES[name]
    counts = Counter[str]()
    for table, rows in SHOP.chunks(size, 1):
        assert [row[0] for row in rows] == list(range(counts[table.name] + 1, counts[table.name] + len(rows) + 1))
        assert len(rows) <= CHUNK_ROWS
        counts[table.name] += len(rows)
    assert counts.total() == size.rows
    assert (counts["users"], counts["orders"], counts["order_items"]) == (size.users, size.orders, size.items)
    assert set(counts) == set(Base.metadata.tables)


@pytest.mark.parametrize("name", ["small", "medium"])
@pytest.mark.parametrize("orders_each", [1, 10, 100])
def test_users_of_a_band_have_exactly_so_many_orders(name: str, orders_each: int) -> None:
    """Each user of a band owns as many orders as the band says, and their ids are the band's."""
    band = SIZES[name].band(orders_each)
    owners = column(SIZES[name], "orders", "user_id")
    owners_here = owners[band.order_ids.start - 1 : band.order_ids.stop - 1]
    assert Counter(owners_here) == dict.fromkeys(band.user_ids, orders_each)
    assert Counter(owners)[band.user_ids[-1]] == orders_each


def test_a_thousand_orders_have_two_or_three_items_each_in_every_size() -> None:
    """The first thousand orders have items, 2.5 on average, so that a page of 1,000 is possible."""
    items_of = Counter(column(SIZES["small"], "order_items", "order_id"))
    assert list(items_of) == list(SIZES["small"].band(1).order_ids)
    assert len(items_of) >= 1_000
    assert [items_of[order] for order in (1, 2, 3, 4, 999, 1_000)] == [2, 3, 2, 3, 2, 3]


def test_neighbouring_items_name_different_products() -> None:
    """Any run of 500 items names 500 products, so that statement counts do not depend on the page."""
    products = column(SIZES["small"], "order_items", "product_id")
    for start in (0, 1, 777, len(products) - BESTSELLERS):
        assert set(products[start : start + BESTSELLERS]) == set(range(1, BESTSELLERS + 1))


def test_every_product_has_one_specification_of_thirty_columns() -> None:
    """The wide table belongs one to one to the products."""
    for name in ("small", "medium"):
        assert column(SIZES[name], "specifications", "product_id") == list(range(1, SIZES[name].products + 1))
    assert len(Base.metadata.tables["specifications"].columns) == 30


def test_every_foreign_key_points_at_a_row() -> None:
    """Foreign keys of the generated rows hold."""
    keys = {name: set(column(SIZES["small"], name, "id")) for name in ("users", "orders", "products", "categories")}
    for table in Base.metadata.sorted_tables:
        for foreign_key in table.foreign_keys:
            assert (
                set(column(SIZES["small"], table.name, foreign_key.parent.name)) <= keys[foreign_key.column.table.name]
            )


def test_rows_follow_from_the_seed() -> None:
    """The same seed gives the same rows; another seed gives others."""
    first, again, other = (list(SHOP.chunks(SIZES["small"], seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_generating_a_larger_size_needs_no_more_memory() -> None:
    """Peak memory depends on the chunk, not on the number of rows: 20 times the rows, less than 3 times the peak."""

    def peak(name: str) -> int:
        tracemalloc.start()
        for _ in SHOP.chunks(SIZES[name], 1):
            pass
        _, highest = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return highest

    assert peak("medium") < 3 * peak("small")


def test_chunks_come_one_at_a_time() -> None:
    """The first rows of the largest size are there without generating the others."""
    table, rows = next(islice(SHOP.chunks(SIZES["large"], 1), 1))
    assert (table.name, len(rows)) == ("users", CHUNK_ROWS)


def test_every_foreign_key_has_an_index() -> None:
    """A column with a foreign key leads an index."""
    for table in Base.metadata.sorted_tables:
        leading = {next(iter(index.columns)).name for index in table.indexes}
        assert {key.parent.name for key in table.foreign_keys} <= leading


def test_relationships_load_lazily_unless_asked() -> None:
    """No model chooses a loading strategy of its own, and collections have an order."""
    configure_mappers()
    found: list[RelationshipProperty[object]] = [
        relationship for mapper in Base.registry.mappers for relationship in mapper.relationships
    ]
    assert {relationship.lazy for relationship in found} == {"select"}
    assert all(relationship.order_by for relationship in found if relationship.uselist)
    assert {"orders", "addresses"} <= set(User.__mapper__.relationships.keys())
    assert {"items", "user"} <= set(Order.__mapper__.relationships.keys())
