"""The loading scenario: exact statement counts, equal answers, and claims that can be tested."""

import asyncio
from collections.abc import Iterator
from math import ceil
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.ext.asyncio import create_async_engine

from bench.core.claims import Claim, Faster, Parameters, Raises, Statements
from bench.core.contract import FULL_ANSWER, Variant
from bench.core.database import AsyncDatabase, Database
from bench.measure.same_code import code_difference
from bench.servers.seeding import fill
from scenarios.loading import SCENARIO
from scenarios.shop_data import BESTSELLERS, SHOP, SIZES

SIZE = SIZES["medium"]
GRID = list(SCENARIO.combinations())
CHUNK = 500
"""SQLAlchemy's selectinload asks for 500 parents at a time."""


def name_of(parameters: Parameters) -> str:
    """Return a short name of the parameters for a test id."""
    return "-".join(str(value) for value in parameters.values())


def expected_statements(variant: str, parameters: Parameters) -> int:
    """Return how many statements the variant must send, from first principles."""
    relation, parents = parameters["relation"], int(parameters["parents"])
    kinds = {"siblings": 2}.get(str(relation), 1)
    # Each order of a user on the path has items, and each of 500 products is loaded once.
    orders = parents if relation == "path-3" else 0
    products = min(parents * 5 // 2, BESTSELLERS) if relation in {"path", "path-3"} else 0
    return {
        "select": 1 + kinds * parents + orders + products,
        "selectin": 1 + kinds * ceil(parents / CHUNK) + ceil(orders / CHUNK) + ceil(products / CHUNK),
        "joined": 1,
        "subquery": 1 + kinds + bool(orders) + bool(products),
        "contains_eager": 1,
        "raiseload": 1,
        "core_join": 1,
    }[variant]


class Bench:
    """The medium shop in one SQLite file, open in both modes, counting statements."""

    def __init__(self, path: Path) -> None:
        self.runner = asyncio.Runner()
        self.blocking = Database(create_engine(f"sqlite:///{path}"))
        self.awaited = AsyncDatabase(create_async_engine(f"sqlite+aiosqlite:///{path}"))
        self.statements = 0
        for engine in (self.blocking.engine, self.awaited.engine.sync_engine):
            event.listen(engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        self.statements += 1

    def perform(self, variant: Variant, parameters: Parameters, seed: int = 3) -> list[tuple[Any, int]]:
        """Return the answer and the number of statements of both modes, for the same key."""
        key = SCENARIO.key(parameters, SIZE, Random(seed))
        self.statements = 0
        answer = variant.body(self.blocking, key)
        blocking = (answer, self.statements)
        self.statements = 0
        answer = self.runner.run(variant.body_async(self.awaited, key))
        return [blocking, (answer, self.statements)]

    def close(self) -> None:
        """Close both engines and the event loop."""
        self.blocking.engine.dispose()
        self.runner.run(self.awaited.engine.dispose())
        self.runner.close()


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Return the seeded shop."""
    bench = Bench(tmp_path_factory.mktemp("shop") / "shop.db")
    fill(bench.blocking.engine, SHOP, "medium", seed=1)
    yield bench
    bench.close()


def is_telling(parameters: Parameters) -> bool:
    """Tell whether a page is of a new kind: with very many parents two relations show what there is to be seen."""
    few = int(parameters["parents"]) <= 100
    return SCENARIO.lacks(parameters, SIZE) is None and (few or parameters["relation"] in {"one-to-many-1", "path"})


@pytest.mark.parametrize("parameters", [one for one in GRID if is_telling(one)], ids=name_of)
def test_counts_and_answers(bench: Bench, parameters: Parameters) -> None:
    """Every variant sends the expected number of statements in both modes, and all give the same rows."""
    answers: dict[str, Any] = {}
    for variant in SCENARIO.variants:
        for answer, statements in bench.perform(variant, parameters):
            assert statements == expected_statements(variant.name, parameters), variant.name
            assert answer == answers.setdefault(variant.answers, answer), variant.name
    full, parents = answers[FULL_ANSWER], answers["the parents only"]
    assert len(full) == len(parents) == parameters["parents"]
    assert [row[: len(parents[0])] for row in full] == parents


@pytest.mark.parametrize(
    ("relation", "children"),
    [
        ("one-to-many-1", [1]),
        ("one-to-many-10", [10]),
        ("one-to-many-100", [100]),
        ("many-to-one", [1]),
        ("one-to-one-wide", [1]),
        ("siblings", [10, 2]),
    ],
)
def test_fan_out_is_what_the_relation_names(bench: Bench, relation: str, children: list[int]) -> None:
    """Every parent has exactly as many children as the relation says, in the order of their ids."""
    variant = SCENARIO.variant("selectin")
    answer, _ = bench.perform(variant, {"relation": relation, "parents": 20})[0]
    for parent in answer:
        assert [len(kind) for kind in parent[5:]] == children
        for kind in parent[5:]:
            assert list(kind) == sorted(kind)


def test_items_of_the_path_carry_their_products(bench: Bench) -> None:
    """On the path, 20 orders bring 50 items, each with the columns of the product that it names."""
    variant = SCENARIO.variant("joined")
    answer, _ = bench.perform(variant, {"relation": "path", "parents": 20})[0]
    items = [item for order in answer for item in order[5]]
    assert len(items) == 50
    assert all(item[2] == item[5] for item in items)


def test_purchases_of_users_carry_their_orders_and_products(bench: Bench) -> None:
    """On the longer path, 20 users bring 50 items, each with its order, which is the user's, and its product."""
    variant = SCENARIO.variant("joined")
    answer, _ = bench.perform(variant, {"relation": "path-3", "parents": 20})[0]
    purchases = [(user[0], item[:5], item[5:10], item[10:]) for user in answer for item in user[5]]
    assert len(purchases) == 50
    for user_id, item, order, product in purchases:
        assert (item[1], item[2], order[1]) == (order[0], product[0], user_id)


def test_a_data_sheet_has_thirty_columns_and_names_its_product(bench: Bench) -> None:
    """The child of the wide relation is as wide as its name says."""
    variant = SCENARIO.variant("joined")
    answer, _ = bench.perform(variant, {"relation": "one-to-one-wide", "parents": 20})[0]
    for product in answer:
        (sheet,) = product[5]
        assert (len(sheet), sheet[1]) == (30, product[0])


@pytest.mark.parametrize("variant", SCENARIO.variants, ids=lambda variant: variant.name)
def test_twins_are_one_program(variant: Variant) -> None:
    """Only the lazy variant differs between the modes, and says so."""
    differs = code_difference(variant.body, variant.body_async) is not None
    assert differs == (variant.divergence is not None) == (variant.name == "select")


def claims(kind: type[Any]) -> list[Claim]:
    """Return the claims that are tested in that way."""
    return [claim for claim in SCENARIO.claims if isinstance(claim.check, kind)]


EXACT = {
    "C12": {"upheld"},
    "C14": {"upheld", "refuted"},
    "C15": {"refuted"},
    "C16": {"upheld", "refuted"},
    "C17": {"upheld"},
    "C20": {"upheld"},
}
"""What the catalogue expects of the claims about counts: COND is upheld here and refuted there."""


@pytest.mark.parametrize("claim", claims(Statements), ids=lambda claim: claim.id)
def test_claims_about_counts_come_out_as_the_catalogue_expects(claim: Claim) -> None:
    """A claim about statements is upheld, refuted, or both, as the exact counts decide."""
    assert isinstance(claim.check, Statements)
    verdicts = {
        "upheld"
        if claim.check.expected_for(parameters) == expected_statements(claim.check.variant, parameters)
        else "refuted"
        for parameters in GRID
        if claim.check.where(parameters)
    }
    assert verdicts == EXACT[claim.id]


@pytest.mark.parametrize("claim", claims(Raises), ids=lambda claim: claim.id)
def test_a_forgotten_unique_raises_in_both_modes(bench: Bench, claim: Claim) -> None:
    """A joined collection without unique() ends in the exception that the claim names, wherever it applies."""
    check = claim.check
    assert isinstance(check, Raises)
    for parameters in GRID:
        if parameters["parents"] != 20 or not check.where(parameters):
            continue
        key = SCENARIO.key(parameters, SIZE, Random(1))
        with pytest.raises(Exception, match="unique") as caught:
            check.body(bench.blocking, key)
        with pytest.raises(Exception, match="unique") as caught_async:
            bench.runner.run(check.body_async(bench.awaited, key))
        assert caught.type.__name__ == caught_async.type.__name__ == check.exception


def test_every_claim_of_the_catalogue_is_made() -> None:
    """The scenario carries the claims that it was built for, each about at least one combination."""
    assert {claim.id for claim in SCENARIO.claims} == {*EXACT, "C18", "C19", "C102"}
    for claim in SCENARIO.claims:
        assert any(claim.check.where(parameters) for parameters in GRID)
    assert {claim.check.times for claim in claims(Faster) if isinstance(claim.check, Faster)} == {1.0, 3.0}


@pytest.mark.parametrize("name", SIZES)
def test_keys_stay_within_their_band(name: str) -> None:
    """A page asks for exactly so many parents of the relation's band, unless they are too few or too many for one."""
    size, random = SIZES[name], Random(5)
    for parameters in GRID:
        reason = SCENARIO.lacks(parameters, size)
        if reason is None:
            pages = [SCENARIO.key(parameters, size, random) for _ in range(50)]
            assert {page.bounds["high"] - page.bounds["low"] + 1 for page in pages} == {parameters["parents"]}
        else:
            assert "is no page" in reason or (name == "small" and "larger size" in reason)


def test_the_small_shop_can_do_what_the_short_profiles_ask() -> None:
    """Nothing of the quick and smoke profiles lacks in the small size, and only large fan-outs lack in full."""
    for profile in ("quick", "smoke"):
        assert not any(SCENARIO.lacks(parameters, SIZES["small"]) for parameters in SCENARIO.grid(profile))
    lacking = {name_of(parameters) for parameters in GRID if SCENARIO.lacks(parameters, SIZES["small"])}
    assert lacking == {
        *(f"{relation}-{parents}" for relation in ("one-to-many-10", "siblings") for parents in (500, 1000)),
        *(f"one-to-many-100-{parents}" for parents in (100, 500, 1000)),
        "one-to-one-wide-1000",
    }
