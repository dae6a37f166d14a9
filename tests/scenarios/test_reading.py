"""The reading scenario: which columns a variant asks for, and that spans fit the data."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import create_engine

from bench.core.claims import Parameters
from bench.core.database import Database
from bench.measure.recorder import recorded
from bench.servers.seeding import fill
from scenarios.ledger import LEDGER, SIZES
from scenarios.reading import SCENARIO, TABLES

GRID = list(SCENARIO.combinations())


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small ledger in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"))
    fill(db.engine, LEDGER, "small", seed=1)
    yield db
    db.close()


def sent(db: Database, variant: str, columns: int) -> list[str]:
    """Return the statements that the variant sends for one row of a table of so many columns."""
    key = SCENARIO.key({"rows": 1, "columns": columns}, SIZES["small"], Random(1))
    with recorded(db.engine) as heard:
        SCENARIO.variant(variant).body(db, key)
    return heard.statements


@pytest.mark.parametrize("columns", TABLES)
def test_only_entities_ask_for_every_column(db: Database, columns: int) -> None:
    """An entity is one statement that names all columns, every other variant one that names the three shown."""
    for variant in SCENARIO.variants:
        [statement] = sent(db, variant.name, columns)
        named = statement.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        assert len(named) == (columns if variant.name == "entity" else 3), variant.name
        assert "*" not in named


@pytest.mark.parametrize("columns", TABLES)
def test_text_and_core_send_the_same_sql(db: Database, columns: int) -> None:
    """What text() is compared with differs from it in nothing that the server sees."""
    assert sent(db, "text", columns) == sent(db, "core", columns) == sent(db, "columns", columns)


@pytest.mark.parametrize("parameters", GRID, ids=str)
def test_spans_hold_the_rows_that_are_asked_for(db: Database, parameters: Parameters) -> None:
    """Every variant can read the whole span, in the order of the ids, on the smallest data."""
    span = SCENARIO.key(parameters, SIZES["small"], Random(5))
    answer = SCENARIO.variant("core").body(db, span)
    assert [row[0] for row in answer] == list(range(span.bounds["low"], span.bounds["high"] + 1))
    assert len(answer) == parameters["rows"]
