"""What a run decides to measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from bench.core.cases import Group
from bench.core.claims import Parameters
from bench.core.conditions import Conditions
from bench.core.contract import Place, Scenario, Variant
from bench.core.drivers import DRIVERS, drivers_of
from bench.core.errors import UsageError
from bench.core.profiles import PROFILES
from bench.micro.plan import SPARE_CONNECTIONS, Backend, Plan, make_plan
from tests.micro.shelf import SCENARIO, get, get_async

SQLITE = {"sqlite": Backend("sqlite", drivers_of("sqlite"))}
BOTH = SQLITE | {
    "postgresql-2": Backend("postgresql", [DRIVERS["psycopg"], DRIVERS["psycopg_async"], DRIVERS["asyncpg"]])
}


def plan(*patterns: str, profile: str = "quick") -> Plan:
    """Return the plan for the test scenario on SQLite."""
    return make_plan([SCENARIO], SQLITE, replace(PROFILES[profile], size="small"), patterns)


def plan_of(*scenarios: Scenario, delays_ms: tuple[float, ...] = (), profile: str = "quick") -> Plan:
    """Return the plan for these scenarios on SQLite and PostgreSQL."""
    return make_plan(scenarios, BOTH, replace(PROFILES[profile], size="small"), (), delays_ms)


def ids(groups: Iterable[Group]) -> list[str]:
    """Return the ids of the groups."""
    return [group.id for group in groups]


def test_profile_times_part_of_what_is_counted() -> None:
    """Every combination that the data can bear is proved and counted; the profile's are timed."""
    made = plan()
    assert [group.id for group in made.groups] == ["shelf/shelf=1@sqlite", "shelf/shelf=2@sqlite"]
    assert list(made.timed) == ["shelf/shelf=1@sqlite"]


def test_what_the_data_cannot_bear_is_left_out_with_its_reason() -> None:
    """The scenario's own reason is kept for the report."""
    assert plan().left_out == [{"what": "shelf/shelf=3", "reason": "needs 150 books"}]


def test_every_driver_gets_an_a_a_twin() -> None:
    """The baseline is measured a second time on each driver."""
    cases = plan().timed["shelf/shelf=1@sqlite"]
    assert [case.driver for case in cases if case.twin] == ["pysqlite", "aiosqlite"]
    assert {case.variant for case in cases if case.twin} == {"get"}


def test_selecting_a_variant_brings_its_baseline() -> None:
    """Without the baseline there would be no ratio, so it is measured along, on the selected driver only."""
    cases = plan("shelf/*[again]@sqlite+aiosqlite").timed["shelf/shelf=1@sqlite"]
    assert [(case.variant, case.driver, case.twin) for case in cases] == [
        ("get", "aiosqlite", False),
        ("again", "aiosqlite", False),
        ("get", "aiosqlite", True),
    ]


def test_naming_a_combination_is_enough_to_time_it() -> None:
    """A pattern may ask for parameters that the profile leaves out."""
    assert list(plan("shelf/shelf=2[*").timed) == ["shelf/shelf=2@sqlite"]


@pytest.mark.parametrize("other", ["shelf/shelf=1[*", "shelf/*", "shelf"])
def test_each_pattern_is_taken_by_itself(other: str) -> None:
    """What one names is timed, also where another one names what the profile has."""
    assert list(plan(other, "shelf/shelf=2[*").timed) == ["shelf/shelf=1@sqlite", "shelf/shelf=2@sqlite"]


def test_pattern_over_everything_keeps_to_the_profile() -> None:
    """A pattern that covers the profile's combinations does not drag in the others."""
    assert list(plan("shelf/*").timed) == ["shelf/shelf=1@sqlite"]


def test_full_profile_times_everything() -> None:
    """The full profile times what is counted."""
    assert list(plan(profile="full").timed) == ["shelf/shelf=1@sqlite", "shelf/shelf=2@sqlite"]


def test_pattern_without_match_is_refused() -> None:
    """A pattern that picks nothing is an error that suggests the nearest name."""
    with pytest.raises(UsageError, match="did you mean 'shelf'"):
        plan("shelv")


def no_copy(place: Place, _parameters: Parameters) -> str | None:
    """Return why there is no COPY: on SQLite, and on asyncpg."""
    if place.kind == "sqlite":
        return "a library has no COPY"
    return "no such call" if place.driver.name == "asyncpg" else None


UNABLE = replace(SCENARIO, variants=[SCENARIO.variant("get"), Variant("copy", get, get_async, unable=no_copy)])


def test_who_cannot_do_a_variant_is_left_out_with_a_reason() -> None:
    """The case is missing, its driver keeps the other cases, and the reason is told once for all parameters."""
    made = plan_of(UNABLE)
    copies = [case for cases in made.timed.values() for case in cases if case.variant == "copy"]
    assert [(case.backend, case.driver) for case in copies] == [
        ("postgresql-2", "psycopg"),
        ("postgresql-2", "psycopg_async"),
    ]
    assert made.left_out == [
        {"what": "shelf/shelf=3", "reason": "needs 150 books"},
        {"what": "shelf [copy] on sqlite (pysqlite, aiosqlite)", "reason": "a library has no COPY"},
        {"what": "shelf [copy] on postgresql-2 (asyncpg)", "reason": "no such call"},
    ]


def test_what_cannot_run_under_some_parameters_is_left_out_with_these() -> None:
    """A variant that is measured under others does not read as if it were missing altogether."""

    def unable(_place: Place, parameters: Parameters) -> str | None:
        return "too few to copy" if parameters["shelf"] == 1 else None

    variants = [SCENARIO.variant("get"), Variant("copy", get, get_async, unable=unable)]
    left_out = plan_of(replace(SCENARIO, variants=variants)).left_out
    assert [each["what"] for each in left_out if each["reason"] == "too few to copy"] == [
        "shelf/shelf=1 [copy] on sqlite (pysqlite, aiosqlite)",
        "shelf/shelf=1 [copy] on postgresql-2 (psycopg, psycopg_async, asyncpg)",
    ]


def test_delays_make_copies_of_what_is_timed() -> None:
    """Each delay has its group in place of the direct way, twins among its cases; what is proved stays as it was."""
    made, direct = plan_of(SCENARIO, delays_ms=(0.5, 5)), plan_of(SCENARIO)
    assert list(made.timed) == [f"shelf/shelf=1,delay_ms={delay}@postgresql-2" for delay in ("0.5", "5")]
    assert ids(made.groups) == ids(direct.groups)
    for (delayed, original), cases in zip(made.delayed, made.timed.values(), strict=True):
        assert {case.group for case in cases} == {delayed.id}
        assert original.id == "shelf/shelf=1@postgresql-2"
        expected = direct.timed[original.id]
        assert [(each.variant, each.driver, each.twin) for each in cases] == [
            (each.variant, each.driver, each.twin) for each in expected
        ]
    assert [group.delay_ms for group in made.timed_on("postgresql-2")] == [0.5, 5]
    assert "shelf/shelf=1@postgresql-2" in made.proved_well


def test_a_library_has_no_delay() -> None:
    """SQLite is not timed then, and the plan says why; it is counted as ever."""
    made = plan_of(SCENARIO, delays_ms=(1,))
    assert made.timed_on("sqlite") == []
    assert made.left_out[-1] == {
        "what": "shelf/shelf=1@sqlite",
        "reason": "SQLite is a library: there is no network to delay",
    }
    assert "shelf/shelf=1@sqlite" in ids(made.groups)


def test_a_scenario_that_the_profile_does_not_measure_is_not_counted_either() -> None:
    """None keeps all of it away, its reasons too; a profile that measures it has both."""
    kept_away = replace(SCENARIO, name="rare", quick=None)
    made = plan_of(SCENARIO, kept_away)
    assert {group.scenario.name for group in made.groups} == {"shelf"}
    assert [left["what"] for left in made.left_out] == ["shelf/shelf=3"]
    full = plan_of(SCENARIO, kept_away, profile="full")
    assert {group.scenario.name for group in full.groups} == {"shelf", "rare"}
    assert "rare/shelf=3" in [left["what"] for left in full.left_out]


def test_a_name_is_not_enough_to_time_what_the_profile_does_not_measure() -> None:
    """The scenario's name alone leaves the choice to the profile, which is told; a combination can be asked for."""
    kept_away = replace(SCENARIO, quick=None)
    profile = replace(PROFILES["quick"], size="small")
    with pytest.raises(UsageError, match="profile quick times none of the cases that 'shelf' matches"):
        make_plan([kept_away], SQLITE, profile, ["shelf"])
    assert list(make_plan([kept_away], SQLITE, profile, ["shelf/shelf=2[*"]).timed) == ["shelf/shelf=2@sqlite"]


def test_what_asks_for_it_is_weighed_in_every_combination_and_place() -> None:
    """Peak memory matters most where an operation is too long to be timed; other scenarios are not weighed."""
    weighing = replace(SCENARIO, name="heavy", weighs_memory=True)
    made = plan_of(SCENARIO, weighing)
    places = [f"heavy/shelf={shelf}@{backend}" for shelf in (1, 2) for backend in BOTH]
    assert ids(made.weighed) == places
    assert "heavy/shelf=2@postgresql-2" not in ids(made.groups)
    assert plan_of(replace(weighing, quick=None)).weighed == []
    assert ids(plan_of(weighing, profile="smoke").weighed) == places


def test_a_backend_gets_the_data_that_it_needs() -> None:
    """A dataset that nothing on a backend reads is not seeded there, and one that several read is seeded once."""
    other = replace(SCENARIO.dataset, name="other")
    absent = replace(SCENARIO, name="absent", dataset=other, unable=lambda place, _: no_copy(place, {}))
    made = plan_of(SCENARIO, replace(SCENARIO, name="again"), absent)
    assert [dataset.name for dataset in made.datasets_on("sqlite")] == ["shelf"]
    assert [dataset.name for dataset in made.datasets_on("postgresql-2")] == ["shelf", "other"]
    assert plan_of(replace(SCENARIO, quick=None)).datasets_on("sqlite") == []


def test_a_group_that_needs_more_connections_than_the_server_allows_is_left_out() -> None:
    """Its pools are added up over drivers and conditions before anything is opened; the reason names both numbers."""
    crowded = replace(SCENARIO, conditions=lambda _: Conditions(in_flight=30, pool_size=10, max_overflow=5))
    needed = 15 * len(SQLITE["sqlite"].drivers) + SPARE_CONNECTIONS
    profile = replace(PROFILES["quick"], size="small")
    for allowed, timed in ((needed, True), (needed - 1, False)):
        backends = {"sqlite": SQLITE["sqlite"]._replace(most_connections=allowed)}
        assert bool(make_plan([crowded], backends, profile).timed) is timed
    with pytest.raises(UsageError, match=f"need up to {needed} connections at a time, the server allows {needed - 1}"):
        make_plan([crowded], backends, profile, ["shelf"])


def test_delays_without_a_network_are_refused() -> None:
    """SQLite alone has none; the message says what to add."""
    with pytest.raises(UsageError, match="--delay needs a server and there is only SQLite: add --backend postgresql"):
        make_plan([SCENARIO], SQLITE, replace(PROFILES["quick"], size="small"), (), (1.0,))
