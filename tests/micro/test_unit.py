"""Units travel to their process and back unchanged, and their seeds follow from the run's."""

from __future__ import annotations

import json
from dataclasses import replace

from bench.core.cases import Case
from bench.core.connections import Connection, Routes
from bench.micro.unit import Unit, derived_seed, unit_name

DIRECT = Connection("asyncpg", "postgresql+asyncpg://me:secret@localhost/db", {"timeout": 3}, ("SET x = 1",))
UNIT = Unit(
    pass_number=3,
    backend="postgresql",
    seed=7,
    budget_s=1.5,
    rounds=(4, 40),
    block_ms=12.0,
    size="small",
    files=["mine.py"],
    groups=[
        ("shelf", {"shelf": 1}, None, [Case("shelf", "shelf=1", "get", "postgresql", "asyncpg", twin=True)]),
        ("shelf", {"shelf": 1}, 0.5, [Case("shelf", "shelf=1,delay_ms=0.5", "get", "postgresql", "asyncpg")]),
    ],
    routes={"shelf": Routes(DIRECT, (DIRECT,), {0.5: (DIRECT.through("127.0.0.1", 6543),)})},
    histograms="histograms/.pass03-postgresql.hlog.draft",
)


def test_unit_survives_json() -> None:
    """A unit that went through JSON is the same unit, passwords included."""
    assert Unit.from_data(json.loads(json.dumps(UNIT.as_data()))) == UNIT


def test_password_stays_out_of_the_text_of_a_unit() -> None:
    """Printing a unit or its routes shows no password."""
    assert "secret" not in repr(UNIT)
    assert "secret" not in repr(UNIT.routes["shelf"])


def test_name_sorts_by_pass() -> None:
    """The name of a unit tells pass and backend."""
    assert UNIT.name == unit_name(3, "postgresql") == "pass03-postgresql"


def test_seeds_follow_from_the_run() -> None:
    """Seeds are the same on every machine, and differ between passes, backends and purposes."""
    assert derived_seed(7, "order", 3, "postgresql") == UNIT.order_seed
    others = {derived_seed(7, purpose, number, "sqlite") for purpose in ("order", "hash") for number in range(50)}
    assert len(others) == 100
    assert 0 <= UNIT.hash_seed <= 4294967295


def test_a_unit_without_a_case_is_without_its_twin_and_its_empty_group() -> None:
    """The case that hung is named by its baseline or by its twin; the other groups stay."""
    [first], [second] = UNIT.groups[0][3], UNIT.groups[1][3]
    assert UNIT.without([]) == UNIT
    assert UNIT.without({replace(first, twin=False).id}).groups == UNIT.without({first.id}).groups == [UNIT.groups[1]]
    assert UNIT.without({first.id, second.id}).groups == []
