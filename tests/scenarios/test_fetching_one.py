"""The scenario that fetches one row: how many statements, and that all find the same row."""

from collections.abc import Iterator
from random import Random

import pytest
from sqlalchemy import create_engine

from bench.core.claims import Parameters
from bench.core.database import Database
from bench.measure.recorder import recorded
from bench.servers.seeding import fill
from scenarios.fetching_one import SCENARIO
from scenarios.ledger import LEDGER, SIZES

GRID = list(SCENARIO.combinations())


@pytest.fixture(scope="module")
def db(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """Return the small ledger in a SQLite file."""
    db = Database(create_engine(f"sqlite:///{tmp_path_factory.mktemp('ledger') / 'ledger.db'}"))
    fill(db.engine, LEDGER, "small", seed=1)
    yield db
    db.close()


@pytest.mark.parametrize("parameters", GRID, ids=str)
def test_every_way_is_one_statement_for_the_first_match(db: Database, parameters: Parameters) -> None:
    """One statement is sent, also where `get` is called twice, and the entry with the lowest id comes back."""
    match = SCENARIO.key(parameters, SIZES["small"], Random(2))
    for variant in SCENARIO.variants:
        with recorded(db.engine) as heard:
            assert variant.body(db, match)[0] == match.low, variant.name
        assert len(heard.statements) == 1, variant.name
        assert ("LIMIT" in heard.statements[0]) == (variant.name == "first_limit_1")


@pytest.mark.parametrize("parameters", GRID, ids=str)
def test_the_filter_leaves_as_many_rows_as_its_parameter_says(parameters: Parameters) -> None:
    """A run of entries has as many ids as `matching` says, all of them within the smallest ledger."""
    random = Random(3)
    for _ in range(200):
        low, bounds = SCENARIO.key(parameters, SIZES["small"], random)
        assert bounds["high"] - bounds["low"] + 1 == parameters["matching"]
        assert 1 <= low == bounds["low"] <= bounds["high"] <= SIZES["small"].entries


def test_the_cost_of_a_missing_limit_is_asked_where_there_is_one() -> None:
    """The claim about LIMIT leaves out the filter that matches one row only."""
    [claim] = [claim for claim in SCENARIO.claims if "LIMIT" in claim.text]
    assert [parameters["matching"] for parameters in GRID if claim.check.where(parameters)] == [1_000]
