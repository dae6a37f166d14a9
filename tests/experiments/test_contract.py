"""What an experiment may be, and how its outcome is held against what was written before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bench.core.contract import Place
from bench.core.discovery import discover_experiments
from bench.core.drivers import DRIVERS, Mode
from bench.core.errors import UsageError
from bench.core.experiments import (
    SAYS_NOTHING,
    Experiment,
    Need,
    Prediction,
    Said,
    Says,
    by_mode,
    by_place,
    plain,
    prediction_at,
    told,
)
from bench.core.laboratory import AsyncLaboratory, Laboratory
from bench.experiments.judging import judge, tally
from bench.experiments.selection import select
from scenarios.experiments.stall import STALL

SQLITE = Place("sqlite", DRIVERS["pysqlite"])
ASYNCPG = Place("postgresql", DRIVERS["asyncpg"])


def body(_lab: Laboratory) -> int:
    """Do nothing."""
    return 1


async def body_async(_lab: AsyncLaboratory) -> int:
    """Do nothing."""
    return 1


async def awaiting(_lab: AsyncLaboratory) -> int:
    """Await nothing."""
    return 1


async def undescribed_async(_lab: AsyncLaboratory) -> int:  # noqa: D103 - that it has no docstring is the point
    return 1


def undescribed(_lab: Laboratory) -> int:  # noqa: D103 - that it has no docstring is the point
    return 1


def no_blocking(place: Place) -> str | None:
    """Return why blocking drivers are left out."""
    return "planted" if place.driver.mode is Mode.SYNC else None


def experiment(**changes: Any) -> Experiment:  # noqa: ANN401 - fields of many types
    """Return a sound experiment with changes."""
    usual = {
        "name": "sound",
        "question": "Is it?",
        "claims": (Said("C1", "it is", 1),),
        "dataset": STALL,
        "run": body,
        "run_async": body_async,
        "expects": 1,
    }
    return Experiment(**(usual | changes))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "two words"}, "may hold letters"),
        ({"run": None, "run_async": None}, "has no body"),
        ({"run": body_async}, "run must be a plain function"),
        ({"run_async": body}, "run_async must be an `async def`"),
        ({"run_async": None}, "has no twin"),
        ({"run": undescribed}, "needs a docstring"),
        ({"repeats": 0}, "give repeats of 1 or more"),
        ({"limit_s": 0}, "give repeats of 1 or more"),
        ({"explained": "so"}, "give explained and explained_at"),
        ({"explained_at": ("asyncpg",)}, "give explained and explained_at"),
        ({"explained": "so", "explained_at": ("postgres",)}, "names 'postgres', which is no driver and no backend"),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, Any], said: str) -> None:
    """In one line that says what to do."""
    with pytest.raises(UsageError, match=said):
        experiment(**changes)


def test_a_place_without_the_means_is_left_out_with_a_reason() -> None:
    """SQLite has no wire, and a missing twin has the author's own reason."""
    assert experiment().hindrance(SQLITE) is None
    assert "library" in (experiment(needs=Need.WIRE).hindrance(SQLITE) or "")
    assert experiment(needs=Need.WIRE).hindrance(ASYNCPG) is None
    only_sync = experiment(run_async=None, unable=lambda place: "no twin" if place is ASYNCPG else None)
    assert (only_sync.hindrance(SQLITE), only_sync.hindrance(ASYNCPG)) == (None, "no twin")


@pytest.mark.parametrize(
    ("expected", "sqlite", "asyncpg"),
    [
        ((1, 2), "[1, 2]", "[1, 2]"),
        (by_mode(sync="no", awaited=SAYS_NOTHING), "no", None),
        (by_place({"asyncpg": 1, "sqlite": 2}), "2", "1"),
        (by_place({"postgresql": by_mode(sync=1, awaited=3)}), None, "3"),
        (Prediction("anything", bool), "anything", "anything"),
    ],
)
def test_what_is_expected_may_depend_on_the_place(expected: object, sqlite: str | None, asyncpg: str | None) -> None:
    """By mode, driver or kind, nested, or the same everywhere."""
    found = [prediction_at(expected, place) for place in (SQLITE, ASYNCPG)]
    assert [each.words if each else None for each in found] == [sqlite, asyncpg]


def test_an_explanation_is_about_the_places_that_it_names() -> None:
    """A driver by its name, or all of a backend; without an explanation it is about none."""
    for at, expected in ((("asyncpg",), [False, True]), (("sqlite", "asyncmy"), [True, False])):
        explained = experiment(explained="so it is", explained_at=at)
        assert [explained.explains(place) for place in (SQLITE, ASYNCPG)] == expected
    assert not experiment().explains(SQLITE)


def test_outcomes_are_compared_as_json_gives_them_back() -> None:
    """A tuple equals a list; an object is no outcome."""
    prediction = prediction_at({"a": (1, None)}, SQLITE)
    assert prediction is not None
    assert prediction.holds(plain({"a": [1, None]}))
    with pytest.raises(TypeError):
        plain({1, 2})


def test_outcomes_are_told_in_words() -> None:
    """Equal values are put together, so that a table of many attributes stays short."""
    assert told({"a": 1, "b": 1, "c": None}) == "a, b: 1; c: none"
    assert told({"lost": {"code": "57P01", "is_disconnect": True}}) == "lost: (code: 57P01; is_disconnect: yes)"
    assert told([0.123456, "x", False]) == "[0.123, x, no]"


def test_one_outcome_of_many_refutes() -> None:
    """A saying without a condition says always; what it is not about is neither."""
    said = (Said("C1", "one", 1), Said("C2", "async", by_mode(sync=SAYS_NOTHING, awaited=1)))
    judgement = judge(experiment(claims=said, expects=SAYS_NOTHING), SQLITE, [1, 1, 2])
    assert judgement.upheld == (False, None)
    assert judgement.predicted == ("1", None)
    assert (judgement.expected, judgement.as_expected) == (None, None)
    assert judge(experiment(), SQLITE, [1, 1]).upheld == (True,)


def test_one_outcome_of_many_upholds_what_happens_at_all() -> None:
    """That no repetition shows it is no proof that it cannot happen: it was not seen, and not refuted."""
    said = (Said("C1", "it leaks", Prediction("a leak", lambda found: found > 0, Says.EVER)),)
    leaks = experiment(claims=said)
    assert [judge(leaks, SQLITE, found).upheld for found in ([0, 2, 0], [0, 0])] == [(True,), ("not seen",)]


def test_what_a_saying_tells_of_each_repetition_can_be_so_in_part() -> None:
    """It says nothing of all of them: where chance decides, it depends."""
    said = (Said("C1", "it churns", Prediction("more than 8", lambda found: found > 8, Says.EACH)),)
    found = [judge(experiment(claims=said), SQLITE, each).upheld for each in ([9, 9], [7, 9], [7, 7])]
    assert found == [(True,), ("in part",), (False,)]


def test_how_it_is_tested_is_told_of_the_mode_that_the_claims_are_about() -> None:
    """The blocking body speaks for both, unless no claim is about a blocking driver that can perform it."""
    awaited = (Said("C1", "it is", by_mode(sync=SAYS_NOTHING, awaited=1)),)
    assert experiment(run_async=awaiting).how == "Do nothing."
    assert experiment(run_async=awaiting, claims=awaited).how == "Await nothing."
    assert experiment(run_async=undescribed_async, claims=awaited).how == "Do nothing."
    assert experiment(run_async=awaiting, unable=no_blocking).how == "Await nothing."


def test_outcomes_are_tallied() -> None:
    """The most frequent comes first; equal data count as one."""
    assert tally([{"a": 1}, 2, {"a": 1}]) == [({"a": 1}, 2), (2, 1)]


def test_experiments_are_picked_by_name_theme_claim_and_glob() -> None:
    """A word that picks nothing is refused with the nearest."""
    every = [experiment(), experiment(name="other", claims=(Said("C2", "so", 1),))]
    assert [each.name for each in select(["C2"], every)] == ["other"]
    assert [each.name for each in select(["so*"], every)] == ["sound"]
    assert len(select(["test_contract"], every)) == 2
    with pytest.raises(UsageError, match="'othr' matches no experiment; did you mean 'other'"):
        select(["othr"], every)


def test_two_experiments_of_one_name_are_refused(tmp_path: Path) -> None:
    """The name is what results are kept under."""
    text = "from tests.experiments.test_contract import experiment\nEXPERIMENTS = [experiment(name='twice')]\n"
    files = [tmp_path / "one.py", tmp_path / "other.py"]
    for file in files:
        file.write_text(text)
    assert [each.name for each in discover_experiments(files[:1])] == ["twice"]
    with pytest.raises(UsageError, match="two experiments are called 'twice'; rename one of them"):
        discover_experiments(files)
