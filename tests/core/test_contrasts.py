"""Contrasts: exactly which pairs of cases are divided by each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.core.cases import Case
from bench.core.contrasts import Question, contrasts

POSTGRESQL = ("psycopg", "psycopg_async", "psycopg2", "asyncpg")
VARIANTS = ("selectin", "joined")


def case(variant: str, driver: str, *, twin: bool = False) -> Case:
    """Return a case of the one group."""
    return Case("loading", "parents=20", variant, "postgresql", driver, twin)


def measured(drivers: Sequence[str], variants: Sequence[str] = VARIANTS) -> Iterator[Case]:
    """Yield what a pass measured: every variant, and the twin, per driver."""
    for driver in drivers:
        for variant in variants:
            yield case(variant, driver)
        yield case("selectin", driver, twin=True)


def found(cases: Iterable[Case], question: Question, baseline: str = "selectin") -> list[str]:
    """Return the contrasts that answer a question, as `numerator/denominator`."""

    def short(side: Case) -> str:
        return f"{side.variant}{'~aa' if side.twin else ''}+{side.driver}"

    every = contrasts(cases, baseline)
    return [f"{short(each.numerator)}/{short(each.denominator)}" for each in every if each.question is question]


def test_each_driver_has_its_own_noise_contrast() -> None:
    """The A/A twin is divided by the baseline on the same driver, once for each driver."""
    assert found(measured(POSTGRESQL), Question.NOISE) == [f"selectin~aa+{name}/selectin+{name}" for name in POSTGRESQL]


def test_variants_are_divided_by_the_baseline_on_the_same_driver() -> None:
    """A variant contrast never crosses drivers, and the baseline is not divided by itself."""
    assert found(measured(POSTGRESQL), Question.VARIANT) == [f"joined+{name}/selectin+{name}" for name in POSTGRESQL]


def test_only_one_library_in_two_modes_answers_sync_or_async() -> None:
    """On PostgreSQL the controlled pair is psycopg alone, async over sync, for every variant."""
    assert found(measured(POSTGRESQL), Question.MODE) == [
        "selectin+psycopg_async/selectin+psycopg",
        "joined+psycopg_async/joined+psycopg",
    ]


def test_drivers_are_compared_within_a_mode() -> None:
    """A driver contrast keeps the mode and divides by the first driver of it."""
    assert found(measured(POSTGRESQL), Question.DRIVER) == [
        "selectin+psycopg2/selectin+psycopg",
        "joined+psycopg2/joined+psycopg",
        "selectin+asyncpg/selectin+psycopg_async",
        "joined+asyncpg/joined+psycopg_async",
    ]


def test_the_stacks_that_people_migrate_between_are_named_as_stacks() -> None:
    """Over psycopg2, asyncpg changes mode and library at once and is no mode contrast."""
    assert found(measured(POSTGRESQL), Question.STACK) == [
        "selectin+asyncpg/selectin+psycopg2",
        "joined+asyncpg/joined+psycopg2",
    ]


def test_ids_of_contrasts_are_unique() -> None:
    """Four drivers and two variants make 4 noise, 4 variant, 2 mode, 4 driver and 2 stack contrasts, all distinct."""
    ids = [each.id for each in contrasts(measured(POSTGRESQL), "selectin")]
    assert len(set(ids)) == len(ids) == 16


def test_the_order_of_the_cases_does_not_matter() -> None:
    """Cases arrive in measured order; which driver is divided by which is fixed by the table of drivers."""
    shuffled = measured(tuple(reversed(POSTGRESQL)))
    assert {each.id for each in contrasts(shuffled, "selectin")} == {
        each.id for each in contrasts(measured(POSTGRESQL), "selectin")
    }


def test_sqlite_has_the_controlled_pair_and_no_other() -> None:
    """Both SQLite drivers are one library: a mode contrast, and neither a driver nor a stack contrast."""
    cases = list(measured(("pysqlite", "aiosqlite")))
    assert found(cases, Question.MODE) == ["selectin+aiosqlite/selectin+pysqlite", "joined+aiosqlite/joined+pysqlite"]
    assert found(cases, Question.DRIVER) == found(cases, Question.STACK) == []


def test_mysql_pairs_aiomysql_with_pymysql() -> None:
    """Their library is one; asyncmy is compared with aiomysql as a driver, and not with PyMySQL."""
    cases = list(measured(("pymysql", "aiomysql", "asyncmy"), ("selectin",)))
    assert found(cases, Question.MODE) == ["selectin+aiomysql/selectin+pymysql"]
    assert found(cases, Question.DRIVER) == ["selectin+asyncmy/selectin+aiomysql"]
    assert found(cases, Question.STACK) == []


def test_mysqlclient_and_asyncmy_are_stacks_when_both_are_there() -> None:
    """Neither has a twin in the other mode, so they are compared as what a migration changes."""
    cases = list(measured(("pymysql", "aiomysql", "asyncmy", "mysqlclient"), ("selectin",)))
    assert found(cases, Question.DRIVER) == [
        "selectin+mysqlclient/selectin+pymysql",
        "selectin+asyncmy/selectin+aiomysql",
    ]
    assert found(cases, Question.STACK) == ["selectin+asyncmy/selectin+mysqlclient"]


def test_without_its_twin_a_driver_is_part_of_a_stack() -> None:
    """Measured alone, psycopg and asyncpg are two stacks; the pair is not called a mode contrast."""
    cases = list(measured(("psycopg", "asyncpg"), ("selectin",)))
    assert found(cases, Question.STACK) == ["selectin+asyncpg/selectin+psycopg"]
    assert found(cases, Question.MODE) == found(cases, Question.DRIVER) == []


def test_a_case_that_was_not_measured_takes_only_its_own_contrasts_away() -> None:
    """A void case leaves the contrasts of the other cases standing."""
    cases = [each for each in measured(POSTGRESQL) if each != case("joined", "psycopg")]
    assert found(cases, Question.MODE) == ["selectin+psycopg_async/selectin+psycopg"]
    assert "joined+psycopg/selectin+psycopg" not in found(cases, Question.VARIANT)
    assert len(found(cases, Question.VARIANT)) == 3


def test_without_the_baseline_there_is_nothing_to_divide_a_variant_by() -> None:
    """Noise and variant contrasts need the baseline; drivers are still compared."""
    cases = [case("joined", driver) for driver in POSTGRESQL]
    assert found(cases, Question.NOISE) == found(cases, Question.VARIANT) == []
    assert found(cases, Question.MODE) == ["joined+psycopg_async/joined+psycopg"]
