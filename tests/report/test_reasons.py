"""Reasons, from scripted counts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored

from bench.core.contrasts import Question
from bench.core.traffic import Traffic
from bench.core.verdicts import Verdict
from bench.report.answer import reasons
from bench.report.answer.answers import answers
from bench.report.answer.sentences import of_group, sentence
from bench.report.findings.analysis import Analysis, Finding, GroupResult, analyse
from bench.report.reading.delays import Delay
from bench.report.reading.records import Count
from bench.report.reading.results import load

FELT = reasons.LEAST_FELT_BYTES
PLAIN: dict[str, Any] = {"statements": 2, "rows_read": 20, "traffic": (0, 4, 1000, 5000)}


def counted(group: GroupResult, driver: str = "psycopg", **by_variant: dict[str, Any]) -> GroupResult:
    """Return the group with the counts of variants on a driver scripted, those of all others as plain ones."""
    cases = {}
    for name, result in group.cases.items():
        changes = by_variant.get(result.case.variant, {}) if result.case.driver == driver else {}
        values = PLAIN | changes
        traffic = Traffic(*values.pop("traffic")) if values["traffic"] else values.pop("traffic")
        cases[name] = replace(result, count=Count(result.case, traffic=traffic, **values))
    return replace(group, cases=cases)


def found(group: GroupResult, variant: str, driver: str = "psycopg") -> Finding:
    """Return the finding of a variant over the baseline."""
    finding = group.finding(Question.VARIANT, variant, driver)
    assert finding is not None
    return finding


@pytest.fixture
def group(analysis: Analysis) -> GroupResult:
    """Return the group on PostgreSQL; joined takes 1.42 times the baseline's time, core_join 0.55, select 7.5."""
    return analysis.groups[1]


@pytest.mark.parametrize(
    ("variant", "counts", "clause"),
    [
        ("joined", {"rows_read": 220}, "reads 11x the rows (220 instead of 20)"),
        ("joined", {"rows_read": 30}, "reads 30 rows instead of 20"),
        ("select", {"statements": 21, "traffic": (0, 23, 9000, 6000)}, "makes 23 round trips instead of 4"),
        ("joined", {"traffic": (1, 9, 2000, 5000)}, "opens 1 connection instead of none"),
        ("joined", {"traffic": (0, 4, 1000, 5000 + FELT)}, "receives 4.3x the bytes (21.4 KB instead of 5.00 KB)"),
        ("core_join", {"rows_read": 5}, "reads 5 rows instead of 20"),
        ("core_join", {"traffic": (0, 1, 1000, 5000)}, "makes 1 round trip instead of 4"),
    ],
)
def test_the_count_that_differs_most_in_the_direction_of_the_times_is_given(
    group: GroupResult, variant: str, counts: dict[str, Any], clause: str
) -> None:
    """More of something explains a slower variant, less of it a faster one; bytes only where nothing else does."""
    scripted = counted(group, **{variant: counts})
    told = reasons.clause_of(scripted, found(scripted, variant))
    assert told is not None
    assert (told.said, told.explains) == (clause, False)


@pytest.mark.parametrize(
    ("variant", "counts"),
    [
        ("joined", {}),
        ("joined", {"rows_read": 10, "traffic": (0, 2, 500, 2500)}),
        ("core_join", {"rows_read": 220}),
        ("select", {"rows_read": 22}),
        ("select", {"traffic": (0, 4, 900_000, 5000)}),
        ("joined", {"traffic": (0, 4, 1000, 4999 + FELT)}),
        ("select", {"statements": None, "rows_read": None, "traffic": None}),
    ],
)
def test_nothing_is_said_where_no_count_explains_the_times(
    group: GroupResult, variant: str, counts: dict[str, Any]
) -> None:
    """Equal counts, counts in the other direction, a trifle, and counts that nobody heard are no reasons.

    Neither are bytes that were sent, nor received ones that come with one read.
    """
    scripted = counted(group, **{variant: counts})
    assert reasons.clause_of(scripted, found(scripted, variant)) is None


def test_where_nobody_listened_on_the_wire_statements_stand_for_round_trips(analysis: Analysis) -> None:
    """SQLite has no wire."""
    group = analysis.groups[0]
    told = reasons.clause_of(group, found(group, "select", "pysqlite"))
    assert told is not None
    assert told.said == "sends 21 statements instead of 2"


def test_only_clear_contrasts_between_variants_have_a_reason(tmp_path: Path) -> None:
    """An inconclusive contrast has nothing to explain, and neither has one between drivers."""
    plan = stored.Plan(backends=("postgresql",), variants=("selectin", "joined"), parameters={}, passes=3, noise=0.9)
    group = counted(analyse(load(stored.write(tmp_path / "run", plan))).groups[0], joined={"rows_read": 220})
    assert all(reasons.clause_of(group, finding) is None for finding in group.findings)


def test_drivers_with_equal_counts_share_a_sentence(group: GroupResult) -> None:
    """What holds for every driver names none; what holds for one names it."""
    alike = {"joined": {"rows_read": 220}}
    together = group
    for driver in group.drivers:
        scripted = counted(group, driver, **alike)
        cases = {name: each for name, each in scripted.cases.items() if each.case.driver == driver}
        together = replace(together, cases={**together.cases, **cases})
    assert "joined reads 11x the rows (220 instead of 20)." in reasons.of_group(together)
    alone = counted(group, "asyncpg", joined={"traffic": (0, 5, 1000, 5000)}, select={"traffic": (0, 40, 1000, 5000)})
    assert reasons.of_group(alone) == [
        "joined makes 5 round trips instead of 4, on asyncpg.",
        "select makes 40 round trips instead of 4, on asyncpg.",
    ]


def test_the_drivers_named_are_those_on_which_the_count_differs(group: GroupResult) -> None:
    """A driver with the same counts is not left out because its times are not clear."""
    counts = {"joined": {"traffic": (0, 5, 1000, 5000)}}
    cases = {**counted(group, "asyncpg", **counts).cases}
    cases |= {
        name: each for name, each in counted(group, "psycopg", **counts).cases.items() if each.case.driver == "psycopg"
    }
    scripted = replace(group, cases=cases)
    opened = tuple(
        replace(each, verdict=Verdict.INCONCLUSIVE) if each.contrast.numerator.driver == "psycopg" else each
        for each in scripted.findings
    )
    said = "joined makes 5 round trips instead of 4, on psycopg and asyncpg."
    assert reasons.of_group(scripted) == reasons.of_group(replace(scripted, findings=opened)) == [said]


def test_under_a_delay_round_trips_come_before_all_else(group: GroupResult) -> None:
    """The delay times the additional round trips is named where it makes at least half of the difference."""
    more = {"joined": {"rows_read": 2000, "traffic": (0, 6, 1000, 5000)}}
    scripted = replace(counted(group, **more), delay=Delay(0.1, 350_000, 250_000))
    difference_ns = _difference_ns(scripted, "joined")
    assert 0.4e6 < difference_ns < 0.5e6
    clause = "makes 6 round trips instead of 4, 0.500 ms more at 0.250 ms each"
    told = reasons.clause_of(scripted, found(scripted, "joined"))
    assert told is not None
    assert (told.said, told.explains) == (clause, True)
    assert sentence(found(scripted, "joined"), "Here", told).endswith(f" the time of selectin: it {clause}.")
    little = replace(scripted, delay=Delay(0.0, 150_000, 50_000))
    told = reasons.clause_of(little, found(little, "joined"))
    assert told is not None
    assert (told.said, told.explains) == ("reads 100x the rows (2,000 instead of 20)", False)


def _difference_ns(group: GroupResult, variant: str) -> float:
    above, below = group.result(variant, "psycopg"), group.result("selectin", "psycopg")
    assert above is not None
    assert below is not None
    return (above.wall_ns or 0) - (below.wall_ns or 0)


def test_what_explains_the_times_on_one_driver_is_told_once(group: GroupResult) -> None:
    """On another one the round trips make less than half of the difference, and it is the same time."""
    counts = {"joined": {"traffic": (0, 6, 1000, 5000)}}
    cases = {}
    for driver in group.drivers:
        scripted = counted(group, driver, **counts)
        cases |= {name: each for name, each in scripted.cases.items() if each.case.driver == driver}
    joined = replace(group, cases=cases, delay=Delay(0.1, 350_000, 250_000))
    far = replace(joined.cases[found(group, "joined").contrast.numerator.id], wall_ns=1e9)
    scripted = replace(joined, cases={**joined.cases, far.case.id: far})
    said = [each for each in reasons.of_group(scripted) if each.startswith("joined ")]
    assert said == ["joined makes 6 round trips instead of 4, 0.500 ms more at 0.250 ms each."]


def test_sentences_and_answers_end_with_the_count(analysis: Analysis) -> None:
    """The head of a group and the answer of the run give it beside the ratio, and not as its cause."""
    group = analysis.groups[1]
    assert any(
        each.endswith("the time of selectin; it reads 11x the rows (2,420 instead of 220).") for each in of_group(group)
    )
    texts = [answer.text for answer in answers(analysis) if answer.backend.startswith("PostgreSQL")]
    assert any("where it reads 11x the rows (2,420 instead of 220)" in text for text in texts)
