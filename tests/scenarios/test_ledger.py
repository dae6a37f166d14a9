"""The ledger: what its sizes hold, in which order, and that the rows follow from a seed."""

from collections import Counter
from itertools import islice, pairwise

from sqlalchemy import String

from scenarios.ledger import CHUNK_ROWS, ENTRIES_AT_ONCE, LEDGER, SHEETS, SIZES, Base, Entry, Sheet, booked_at

SMALL = SIZES["small"]


def test_chunks_hold_every_row_that_the_size_counts() -> None:
    """Both tables have as many rows as the size says, with keys 1, 2, 3 ..., in pieces of at most 5,000."""
    counts = Counter[str]()
    for table, rows in LEDGER.chunks(SMALL, 1):
        assert [row[0] for row in rows] == list(range(counts[table.name] + 1, counts[table.name] + len(rows) + 1))
        assert len(rows) <= CHUNK_ROWS
        counts[table.name] += len(rows)
    assert counts == {"entries": SMALL.entries, "sheets": SHEETS}


def test_tables_are_as_wide_as_scenarios_say() -> None:
    """An entry has 5 columns and a sheet 30."""
    assert [len(model.__table__.columns) for model in (Entry, Sheet)] == [5, 30]


def test_values_fit_their_columns() -> None:
    """No text is longer than its column: SQLite would keep it, and the other backends refuse it or cut it."""
    for table, rows in LEDGER.chunks(SMALL, 1):
        for column, values in zip(table.columns, zip(*rows, strict=True), strict=True):
            assert {type(value) for value in values} == {column.type.python_type}
            if isinstance(column.type, String):
                assert max(map(len, values)) <= (column.type.length or 0), column


def test_entries_are_in_the_order_of_time() -> None:
    """The moment of an entry follows from its id, never goes back, and is shared by three."""
    moments = [row[4] for table, rows in LEDGER.chunks(SMALL, 1) if table.name == "entries" for row in rows]
    assert moments == [booked_at(entry_id) for entry_id in range(1, SMALL.entries + 1)]
    assert all(before <= after for before, after in pairwise(moments))
    assert Counter(moments).most_common(1)[0][1] == ENTRIES_AT_ONCE


def test_rows_follow_from_the_seed() -> None:
    """The same seed gives the same rows; another seed gives others."""
    first, again, other = (list(LEDGER.chunks(SMALL, seed)) for seed in (7, 7, 8))
    assert first == again
    assert first != other


def test_chunks_come_one_at_a_time() -> None:
    """The first rows of the largest size are there without generating the others."""
    table, rows = next(islice(LEDGER.chunks(SIZES["large"], 1), 1))
    assert (table.name, len(rows)) == ("entries", CHUNK_ROWS)


def test_the_order_of_time_has_an_index() -> None:
    """Pages in the order of time can start within an index that has the id as well."""
    indexes = [[column.name for column in index.columns] for index in Base.metadata.tables["entries"].indexes]
    assert indexes == [["booked_at", "id"]]
