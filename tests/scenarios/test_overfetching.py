"""The overfetching scenario: what is loaded beside the names, and what the shop's own models keep to."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import configure_mappers

from bench.core.claims import Parameters, Statements
from scenarios.overfetching import SCENARIO, UserWithOrders
from scenarios.shop import Base
from scenarios.shop_data import SIZES
from tests.scenarios.shop_bench import BOTH_MODES, SMALL, ShopBench, open_shop

GRID = [one for one in SCENARIO.combinations() if SCENARIO.lacks(one, SMALL) is None]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the seeded shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


@pytest.mark.parametrize("driver", BOTH_MODES)
@pytest.mark.parametrize("parameters", GRID, ids=lambda one: "-".join(map(str, one.values())))
def test_only_the_eager_model_loads_what_is_not_read(shop: ShopBench, parameters: Parameters, driver: str) -> None:
    """Ids and names need one statement, and a second one where the model insists on the orders."""
    for variant in SCENARIO.variants:
        deed = shop.perform(SCENARIO, variant, parameters, driver)
        (bounds,), (answer,) = deed.keys, deed.answers
        assert [user_id for user_id, _ in answer] == list(range(bounds["low"], bounds["high"] + 1))
        assert all(isinstance(name, str) and name for _, name in answer)
        assert sum("FROM orders" in each for each in deed.statements) == (variant.name == "model_selectin")
        assert len(deed.statements) == 1 + (variant.name == "model_selectin")


def test_narrow_queries_ask_for_two_columns(shop: ShopBench) -> None:
    """load_only and the query for columns leave out what is not read; the others fetch the whole row."""
    asks_for_email = {
        variant.name: "email" in shop.perform(SCENARIO, variant, GRID[0], "pysqlite").statements[0]
        for variant in SCENARIO.variants
    }
    narrow = {name for name, email in asks_for_email.items() if not email}
    assert narrow == {"load_only", "columns"}


def test_the_claim_about_statements_is_put_to_the_test() -> None:
    """The saying promises one statement, so that two refute it."""
    check = next(claim.check for claim in SCENARIO.claims if isinstance(claim.check, Statements))
    assert (check.variant, check.expected_for(GRID[0])) == ("model_selectin", 1)


def test_the_shop_does_not_know_the_eager_model() -> None:
    """It shares the table and nothing else, so no other scenario loads differently for it."""
    configure_mappers()
    assert UserWithOrders.__mapper__ not in Base.registry.mappers
    assert UserWithOrders.__table__ is Base.metadata.tables["users"]


def test_a_page_that_the_small_shop_lacks_names_a_larger_one() -> None:
    """A hundred users with a hundred orders each are in the medium shop."""
    lacking = [one for one in SCENARIO.combinations() if one not in GRID]
    assert [tuple(one.values()) for one in lacking] == [(100, 100)]
    assert "larger size" in str(SCENARIO.lacks(lacking[0], SMALL))
    assert SCENARIO.lacks(lacking[0], SIZES["medium"]) is None
