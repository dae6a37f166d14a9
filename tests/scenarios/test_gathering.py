"""The gathering scenario: the same users in the same order, by as many statements as the claims predict."""

from collections.abc import Iterator

import pytest

from bench.core.claims import Parameters, Statements
from scenarios.gathering import SCENARIO, Batch
from tests.scenarios.shop_bench import BOTH_MODES, MARIADB, POSTGRESQL, ShopBench, able, open_shop

SHORT = [one for one in SCENARIO.combinations() if not one["wait_ms"]]
WAITING = [one for one in SCENARIO.combinations() if one["wait_ms"]]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopBench]:
    """Return the seeded shop."""
    with open_shop(tmp_path_factory.mktemp("shop") / "shop.db") as opened:
        yield opened


@pytest.mark.parametrize("driver", BOTH_MODES)
@pytest.mark.parametrize("parameters", SHORT, ids=lambda one: str(one["queries"]))
def test_users_come_in_the_order_of_their_ids(shop: ShopBench, parameters: Parameters, driver: str) -> None:
    """Every variant returns the users that were asked for; only one query for all needs a single statement."""
    queries = int(parameters["queries"])
    for variant in SCENARIO.variants:
        deed = shop.perform(SCENARIO, variant, parameters, driver)
        (batch,), (answer,) = deed.keys, deed.answers
        assert isinstance(batch, Batch)
        assert [user[0] for user in answer] == batch.values["user_ids"]
        assert len(set(batch.values["user_ids"])) == queries
        assert len(deed.statements) == (1 if variant.name == "one_query" else queries), variant.name


@pytest.mark.parametrize(("queries", "connections"), [(2, 2), (10, 10), (50, 20)])
def test_queries_at_the_same_time_find_their_connections_open(queries: int, connections: int) -> None:
    """A block opens none: as many lie ready as sessions can be open, and one where there is a single session."""
    parameters = {"queries": queries, "wait_ms": 0}
    first = {each.name: SCENARIO.surroundings(each.name, parameters).first_connections for each in SCENARIO.variants}
    assert first == {"sequential": 1, "gather": connections, "task_group": connections, "one_query": 1}


@pytest.mark.parametrize("driver", BOTH_MODES)
@pytest.mark.parametrize("name", ["gather", "task_group"])
def test_queries_at_the_same_time_use_no_more_connections_than_said(shop: ShopBench, name: str, driver: str) -> None:
    """However the threads overlap, no connection is opened while the operations run."""
    deed = shop.perform(SCENARIO, SCENARIO.variant(name), {"queries": 10, "wait_ms": 0}, driver, times=3)
    assert deed.connected == 0


def test_waits_are_not_put_into_one_query() -> None:
    """Where queries wait, one query for all has no part, and says why."""
    for place in POSTGRESQL + MARIADB:
        for parameters in WAITING:
            assert able(SCENARIO, parameters, place) == ["sequential", "gather", "task_group"]
            assert "cannot be put into one" in str(SCENARIO.hindrance("one_query", place, parameters))


def test_a_loop_is_claimed_to_send_a_statement_for_every_turn() -> None:
    """The claim about a query in a loop predicts what is sent."""
    check = next(claim.check for claim in SCENARIO.claims if isinstance(claim.check, Statements))
    assert [check.expected_for(parameters) for parameters in SHORT] == [2, 10, 50]
