"""The paging scenario: the right rows on each page, and how SQLite finds them."""

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import Select, create_engine

from bench.core.contract import FULL_ANSWER, Variant
from bench.core.database import Database
from bench.servers.seeding import fill
from scenarios.ledger import LEDGER, SIZES
from scenarios.paging import KEYSET, KEYSET_PAIR, KEYSET_SPELT, OFFSET, PAGE_ROWS, PAGES, SCENARIO

SMALL = SIZES["small"]
PAGING = [variant for variant in SCENARIO.variants if variant.answers == FULL_ANSWER]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small ledger in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"))
    fill(db.engine, LEDGER, "small", seed=1)
    yield db
    db.close()


@pytest.mark.parametrize("variant", PAGING, ids=lambda variant: variant.name)
@pytest.mark.parametrize("depth", [0, 10_000])
def test_a_page_begins_behind_the_rows_before_it(db: Database, variant: Variant, depth: int) -> None:
    """A page holds the next 100 entries in the order of time, and the first ten pages all come up."""
    random = Random(1)
    before = set()
    for _ in range(80):
        page = SCENARIO.key({"depth": depth}, SMALL, random)
        first = page["offset"] + 1
        assert [entry[0] for entry in variant.body(db, page)] == list(range(first, first + PAGE_ROWS))
        before.add(page["offset"])
    assert before == {depth + PAGE_ROWS * page for page in range(PAGES)}


def test_the_total_is_the_number_of_all_entries(db: Database) -> None:
    """The variant with a total returns the size of the table beside the page."""
    page = SCENARIO.key({"depth": 0}, SMALL, Random(2))
    total, entries = SCENARIO.variant("offset_total").body(db, page)
    assert (total, entries) == (SMALL.entries, SCENARIO.variant("offset").body(db, page))


@pytest.mark.parametrize(
    ("statement", "step"), [(OFFSET, "SCAN"), (KEYSET, "SEARCH"), (KEYSET_PAIR, "SEARCH"), (KEYSET_SPELT, "SEARCH")]
)
def test_a_keyset_page_starts_within_an_index(db: Database, statement: Select[Any], step: str) -> None:
    """SQLite finds where a keyset page begins and sorts nothing; for OFFSET it reads the table from its start."""
    page = SCENARIO.key({"depth": 10_000}, SMALL, Random(3))
    sql = statement.params(page).compile(db.engine, compile_kwargs={"literal_binds": True})
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}").all()
    assert [row.detail.split()[0] for row in plan] == [step]


def test_the_small_ledger_says_what_it_lacks() -> None:
    """Half a million rows down there are pages in the larger sizes only."""
    assert "larger size" in str(SCENARIO.lacks({"depth": 500_000}, SMALL))
    assert not any(SCENARIO.lacks(parameters, SIZES["medium"]) for parameters in SCENARIO.combinations())
