"""Cases and groups: their ids, and which cases a group has."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from bench.core.cases import Case, Group, parameters_id
from bench.core.drivers import DRIVERS

SCENARIO: Any = SimpleNamespace(
    name="loading",
    baseline="selectin",
    variants=[SimpleNamespace(name="selectin"), SimpleNamespace(name="joined")],
)
GROUP = Group(SCENARIO, {"parents": 20, "shape": "wide"}, "postgresql", [DRIVERS["psycopg"], DRIVERS["asyncpg"]])


def test_an_id_names_everything_that_makes_the_case() -> None:
    """Scenario, parameters, variant, backend and driver can be read from the id."""
    assert GROUP.case("joined", "asyncpg").id == "loading/parents=20,shape=wide[joined]@postgresql+asyncpg"


def test_the_twin_differs_from_its_baseline_in_the_mark_alone() -> None:
    """An A/A twin is found by its mark and belongs to the same group."""
    twin = GROUP.case("selectin", "asyncpg", twin=True)
    assert twin.id == "loading/parents=20,shape=wide[selectin~aa]@postgresql+asyncpg"
    assert twin.group == GROUP.case("selectin", "asyncpg").group == GROUP.id


def test_a_group_has_every_variant_on_every_driver_once() -> None:
    """No case of a group is missing or repeated."""
    cases = [(case.variant, case.driver) for case in GROUP.cases()]
    assert cases == [("selectin", "psycopg"), ("selectin", "asyncpg"), ("joined", "psycopg"), ("joined", "asyncpg")]
    assert not any(case.twin for case in GROUP.cases())


def test_every_driver_has_a_twin_of_the_baseline() -> None:
    """Each driver gets a noise floor of its own."""
    twins = list(GROUP.twins())
    assert [(twin.variant, twin.driver) for twin in twins] == [("selectin", "psycopg"), ("selectin", "asyncpg")]
    assert all(twin.twin for twin in twins)


def test_ids_are_unique_in_a_group() -> None:
    """Twins included, no two cases share an id."""
    ids = [case.id for case in [*GROUP.cases(), *GROUP.twins()]]
    assert len(set(ids)) == len(ids) == 6


def test_a_case_survives_json() -> None:
    """What is written to a result is read back as the same case."""
    case = GROUP.case("selectin", "psycopg", twin=True)
    assert Case.from_data(case.as_data()) == case


def test_parameters_keep_their_order_in_ids() -> None:
    """The id follows the order of declaration, not the alphabet."""
    assert parameters_id({"parents": 20, "children": 10}) == "parents=20,children=10"
    assert parameters_id({}) == ""
