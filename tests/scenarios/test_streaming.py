"""The streaming scenario: figures of every row, however many batches they came in."""

from collections.abc import Iterator
from itertools import islice
from random import Random
from zlib import crc32

import pytest
from sqlalchemy import create_engine

from bench.core.contract import Variant
from bench.core.database import Database
from bench.measure.recorder import recorded
from bench.servers.seeding import fill
from scenarios.ledger import LEDGER, SIZES
from scenarios.streaming import BATCH_ROWS, SCENARIO, Tally

SMALL = SIZES["small"]
ENTRIES = [row for table, rows in LEDGER.chunks(SMALL, 1) if table.name == "entries" for row in rows]


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small ledger in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"))
    fill(db.engine, LEDGER, "small", seed=1)
    yield db
    db.close()


@pytest.mark.parametrize("variant", SCENARIO.variants, ids=lambda variant: variant.name)
@pytest.mark.parametrize(("rows", "batches"), [(BATCH_ROWS - 1, 1), (BATCH_ROWS, 2), (SMALL.entries, 3)])
def test_figures_are_those_of_every_row(db: Database, variant: Variant, rows: int, batches: int) -> None:
    """No row is left out or taken twice where a batch ends, and a full batch is followed by one that finds less."""
    with recorded(db.engine) as heard:
        count, total_cents, checksum = variant.body(db, {"low": 1, "high": rows})
    wanted = ENTRIES[:rows]
    assert (count, total_cents) == (rows, sum(row[2] for row in wanted))
    assert checksum == crc32("".join(row[3] for row in wanted).encode())
    assert len(heard.statements) == (batches if variant.name.endswith("_batches") else 1)


def test_figures_depend_on_the_order_of_rows() -> None:
    """Two rows in the wrong order have another checksum."""
    first, second = Tally(), Tally()
    rows = list(islice(ENTRIES, 2))
    for tally, taken in ((first, rows), (second, rows[::-1])):
        for row in taken:
            tally.add(row)
    assert first.figures[:2] == second.figures[:2]
    assert first.figures != second.figures


def test_the_small_ledger_says_what_it_lacks() -> None:
    """More rows than a ledger has are refused with a reason; the larger sizes have them all."""
    lacking = [one["rows"] for one in SCENARIO.combinations() if SCENARIO.lacks(one, SMALL)]
    assert lacking == [100_000, 1_000_000]
    assert "larger size" in str(SCENARIO.lacks({"rows": 100_000}, SMALL))
    assert SCENARIO.key({"rows": 1_000_000}, SIZES["medium"], Random(1)) == {"low": 1, "high": 1_000_000}
