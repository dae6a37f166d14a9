"""Cases and groups: their ids, and which cases a group has."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from bench.core.cases import Case, Group, parameters_id
from bench.core.claims import Parameters
from bench.core.contract import Place
from bench.core.drivers import DRIVERS


def hindrance(variant: str, place: Place, parameters: Parameters) -> str | None:
    """Let the pages that are called narrow be joined on MariaDB and by psycopg only."""
    lawful = place.kind == "mariadb" or place.driver.name == "psycopg"
    return "too narrow" if (variant, parameters["shape"], lawful) == ("joined", "narrow", False) else None


SCENARIO: Any = SimpleNamespace(
    name="loading",
    baseline="selectin",
    variants=[SimpleNamespace(name="selectin"), SimpleNamespace(name="joined")],
    hindrance=hindrance,
)
BOTH = [DRIVERS["psycopg"], DRIVERS["asyncpg"]]
GROUP = Group(SCENARIO, {"parents": 20, "shape": "wide"}, "postgresql-2", "postgresql", BOTH)
NARROW = replace(GROUP, parameters={"parents": 20, "shape": "narrow"})


def test_an_id_names_everything_that_makes_the_case() -> None:
    """Scenario, parameters, variant, backend and driver can be read from the id."""
    assert GROUP.case("joined", "asyncpg").id == "loading/parents=20,shape=wide[joined]@postgresql-2+asyncpg"


def test_the_twin_differs_from_its_baseline_in_the_mark_alone() -> None:
    """An A/A twin is found by its mark and belongs to the same group."""
    twin = GROUP.case("selectin", "asyncpg", twin=True)
    assert twin.id == "loading/parents=20,shape=wide[selectin~aa]@postgresql-2+asyncpg"
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


def test_a_driver_that_cannot_do_a_variant_has_no_case_of_it() -> None:
    """The kind of backend, the driver and the parameters decide; the other cases stay, and the reason is told."""
    assert [driver.name for driver in NARROW.able("joined")] == ["psycopg"]
    assert [(case.variant, case.driver) for case in NARROW.cases()] == [
        ("selectin", "psycopg"),
        ("selectin", "asyncpg"),
        ("joined", "psycopg"),
    ]
    assert NARROW.hindrance("joined", DRIVERS["asyncpg"]) == "too narrow"
    assert len(list(replace(NARROW, kind="mariadb").cases())) == 4


def test_a_baseline_that_a_driver_cannot_do_has_no_twin_there() -> None:
    """There is nothing to measure a second time."""
    scenario: Any = SimpleNamespace(**{**vars(SCENARIO), "baseline": "joined"})
    assert [twin.driver for twin in replace(NARROW, scenario=scenario).twins()] == ["psycopg"]


@pytest.mark.parametrize(("delay_ms", "written"), [(1.0, "1"), (0.5, "0.5"), (0.0, "0")])
def test_a_network_delay_stands_among_the_parameters(delay_ms: float, written: str) -> None:
    """The ids of a delayed group tell the delay, without a decimal point where there is none; others do not."""
    delayed = replace(GROUP, delay_ms=delay_ms)
    assert delayed.id == f"loading/parents=20,shape=wide,delay_ms={written}@postgresql-2"
    assert {case.group for case in [*delayed.cases(), *delayed.twins()]} == {delayed.id}
    assert delayed.all_parameters == {"parents": 20, "shape": "wide", "delay_ms": delay_ms}
    assert GROUP.all_parameters == {"parents": 20, "shape": "wide"}
    assert GROUP.id == "loading/parents=20,shape=wide@postgresql-2"
