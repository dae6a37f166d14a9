"""The depot: batches that are made inside of the database are those that Python makes."""

from random import Random

from scenarios.depot import (
    BATCHES,
    LARGEST_BATCH,
    Crate,
    CrateItem,
    Parcel,
    add_batches,
    empty,
    first_parcel,
    new_batch,
    parcels_of,
    table_of,
)
from tests.scenarios.depot_bench import DepotBench


def test_a_copied_batch_is_equal_to_one_that_python_made(depot: DepotBench) -> None:
    """The templates and `new_parcel` describe the same parcels."""
    batch = new_batch(Random(1), 7)
    with depot.bench.engine("pysqlite").begin() as connection:
        empty(connection, Parcel)
        add_batches(connection, [batch.number, batch.number, batch.number % 1_000 + 1], 7)
        assert parcels_of(connection, batch.number) == [tuple(row.values()) for row in batch.rows]
        assert connection.execute(table_of(Parcel).select()).first()
        empty(connection, Parcel)
        assert parcels_of(connection, batch.number) == []


def test_ids_of_batches_neither_overlap_nor_overflow() -> None:
    """Every batch has ids of its own, and the highest is a 32-bit integer."""
    assert first_parcel(2) - first_parcel(1) >= LARGEST_BATCH
    assert first_parcel(BATCHES[-1]) + LARGEST_BATCH < 2**31


def test_emptying_begins_with_the_children(depot: DepotBench) -> None:
    """Crates go after their items, with foreign keys enforced."""
    crates, items = table_of(Crate), table_of(CrateItem)
    with depot.bench.engine("pysqlite").begin() as connection:
        connection.execute(crates.insert(), [{"id": 5, "label": "Crate 5"}])
        connection.execute(items.insert(), [{"crate_id": 5, "name": "Lamp", "weight_g": 900}])
        empty(connection, CrateItem, Crate)
        assert [connection.execute(table.select()).all() for table in (crates, items)] == [[], []]
