"""What a run decides to measure."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.core.drivers import drivers_of
from bench.core.errors import UsageError
from bench.core.profiles import PROFILES
from bench.micro.plan import Plan, make_plan
from tests.micro.shelf import SCENARIO

SQLITE = {"sqlite": drivers_of("sqlite")}


def plan(*patterns: str, profile: str = "quick") -> Plan:
    """Return the plan for the test scenario on SQLite."""
    return make_plan([SCENARIO], SQLITE, replace(PROFILES[profile], size="small"), patterns)


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
