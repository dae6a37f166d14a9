"""The scenario contract: what is accepted, and what a bad file is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table

from bench.core.claims import Check, Claim, Faster, Parameters, Raises, Statements
from bench.core.conditions import Conditions
from bench.core.contract import Place, Scenario, Variant
from bench.core.dataset import Dataset
from bench.core.drivers import DRIVERS, Mode
from bench.core.errors import UsageError

METADATA = MetaData()
Table("things", METADATA, Column("id", Integer, primary_key=True))
THINGS = Dataset("things", METADATA, {"small": 1}, lambda _size, _seed: iter(()))


def body(_db: object, key: int) -> list[int]:
    """One row, by hand.

    With a second paragraph.
    """
    return [key]


async def body_async(_db: object, key: int) -> list[int]:
    """One row, awaited."""
    return [key]


def scenario(**changes: Any) -> Scenario:  # noqa: ANN401 - any field
    """Return a good scenario, but for the changes."""
    return Scenario(
        **{
            "name": "things",
            "variants": [Variant("plain", body, body_async), Variant("eager", body, body_async)],
            "baseline": "plain",
            "dataset": THINGS,
            "key": lambda _parameters, _size, random: random.random(),
            "parameters": {"rows": (1, 10), "width": ("narrow", "wide")},
            **changes,
        }
    )


def refusal(make: Callable[[], object]) -> str:
    """Return the message with which the contract refuses."""
    with pytest.raises(UsageError) as caught:
        make()
    assert caught.value.exit_code == 2
    return str(caught.value)


def claim(check: Check) -> Claim:
    """Return a claim with that check."""
    return Claim("C1", "people say so", check)


@pytest.mark.parametrize("second", [None, body, "body_async"])
def test_a_missing_async_twin_is_named(second: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """A variant whose second body is no coroutine function is refused by its own name."""
    message = refusal(lambda: Variant("eager", body, second))
    assert "'eager'" in message
    assert "async twin is missing" in message
    assert "async def" in message


@pytest.mark.parametrize("first", [None, body_async, lambda _db, key: [key], Random(1).random])
def test_the_first_body_must_be_a_plain_def(first: Any) -> None:  # noqa: ANN401 - wrong on purpose
    """Nothing, a coroutine, a lambda or a method of C is no body: the proofs could not read its source."""
    message = refusal(lambda: Variant("eager", first, body_async))
    assert "'eager'" in message
    assert "plain function" in message


@pytest.mark.parametrize("name", ["", "two words", "a/b", "a[b]", "a~aa", "a@b"])
def test_variant_names_that_would_break_ids_are_refused(name: str) -> None:
    """The characters that structure a case id cannot stand in a variant's name."""
    assert f"variant name {name!r}" in refusal(lambda: Variant(name, body, body_async))


@pytest.mark.parametrize("name", ["selectin", "core_join", "v1.4", "as-text"])
def test_usual_variant_names_are_accepted(name: str) -> None:
    """Letters, digits, underscore, minus and dot are enough for names that people use."""
    assert Variant(name, body, body_async).name == name


def test_a_variant_is_labelled_by_the_first_line_of_its_body() -> None:
    """The report calls a variant what its docstring says first, or by its name where there is none."""

    def silent(_db: object, _key: object) -> None:
        pass

    assert Variant("plain", body, body_async).label == "One row, by hand."
    assert Variant("silent", silent, body_async).label == "silent"


@pytest.mark.parametrize("name", ["", "two words", "a/b", "_", "a.b"])
def test_bad_scenario_names_are_refused(name: str) -> None:
    """A scenario's name is the first part of every id and must not break it."""
    assert f"scenario name {name!r}" in refusal(lambda: scenario(name=name))


def test_an_unknown_baseline_names_the_nearest_variant() -> None:
    """A misspelt baseline is answered with the variant that was meant."""
    message = refusal(lambda: scenario(baseline="plane"))
    assert "scenario 'things'" in message
    assert "baseline 'plane'" in message
    assert "did you mean 'plain'?" in message


def test_a_baseline_unlike_any_variant_lists_them() -> None:
    """Where no name is close, the known ones are listed."""
    assert "known: eager, plain" in refusal(lambda: scenario(baseline="zzz"))


def test_a_repeated_variant_is_named() -> None:
    """Two variants of one name would overwrite each other's results."""
    twice = [Variant("plain", body, body_async), Variant("eager", body, body_async), Variant("eager", body, body_async)]
    assert "variant 'eager' is given twice" in refusal(lambda: scenario(variants=twice))


@pytest.mark.parametrize(
    "check",
    [Statements("eagre", 2), Faster("eagre", "plain"), Faster("plain", "eagre")],
    ids=["statements", "faster", "than"],
)
def test_a_claim_about_an_unknown_variant_is_refused(check: Check) -> None:
    """On either side of a claim a variant's name is checked, and the nearest one is offered."""
    message = refusal(lambda: scenario(claims=[claim(check)]))
    assert "claim C1 names variant 'eagre'" in message
    assert "did you mean 'eager'?" in message


def test_a_claim_about_an_unknown_driver_is_refused() -> None:
    """A saying about one driver alone must be able to meet it."""
    message = refusal(lambda: scenario(claims=[claim(Faster("plain", "eager", drivers=("asyncpgg",)))]))
    assert "claim C1 names driver 'asyncpgg'" in message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"expected": "true"}, "expected='true' is no verdict; give one of upheld, refuted, depends"),
        ({"explained": "it is the network"}, "say in `expected` what was expected"),
    ],
)
def test_an_expectation_that_no_verdict_can_meet_is_refused(fields: dict[str, Any], said: str) -> None:
    """What was expected is one of three verdicts, and an explanation without it would never be shown."""
    message = refusal(lambda: Claim("C1", "people say so", Statements("plain", 1), **fields))
    assert message.startswith("claim C1: ")
    assert said in message


def test_claims_about_known_variants_are_accepted() -> None:
    """Claims that name variants of the scenario, or none, are kept."""
    claims = [claim(Statements("plain", 1)), claim(Faster("eager", "plain")), claim(Raises("Error", body, body_async))]
    assert list(scenario(claims=claims).claims) == claims


@pytest.mark.parametrize("profile", ["smoke", "quick", "full"])
@pytest.mark.parametrize(
    ("chosen", "asked"),
    [({"rows": (1, 7)}, "rows=[7]"), ({"raws": (1,)}, "raws=[1]"), ({"rows": ()}, "rows=[]")],
    ids=["value", "parameter", "nothing"],
)
def test_a_profile_may_only_ask_for_declared_values(profile: str, chosen: dict[str, Any], asked: str) -> None:
    """A profile's value, parameter or empty choice that would measure nothing is refused by name."""
    message = refusal(lambda: scenario(**{profile: chosen}))
    assert f"{profile} asks for {asked}" in message


def test_a_parameter_needs_values() -> None:
    """A parameter without values would make the whole grid empty."""
    assert "parameter 'rows' has no values" in refusal(lambda: scenario(parameters={"rows": ()}))


def test_the_grid_is_every_combination_in_the_order_of_declaration() -> None:
    """The last parameter changes fastest, as it is written."""
    assert [tuple(each.values()) for each in scenario().grid("full")] == [
        (1, "narrow"),
        (1, "wide"),
        (10, "narrow"),
        (10, "wide"),
    ]


def test_a_profile_restricts_only_the_parameters_it_names() -> None:
    """What `quick` leaves out keeps all its values, and the other profiles do not see it."""
    restricted = scenario(quick={"rows": (10,)}, smoke={"width": ("wide",)}, full={"rows": (1,), "width": ("narrow",)})
    assert [dict(each) for each in restricted.grid("quick")] == [
        {"rows": 10, "width": "narrow"},
        {"rows": 10, "width": "wide"},
    ]
    assert [each["rows"] for each in restricted.grid("smoke")] == [1, 10]
    assert [dict(each) for each in restricted.grid("full")] == [{"rows": 1, "width": "narrow"}]
    assert len(list(restricted.combinations())) == 4


@pytest.mark.parametrize("profile", ["smoke", "quick", "full"])
def test_a_profile_can_be_kept_away(profile: str) -> None:
    """None measures nothing of the scenario in that profile, everything in the others; the combinations stay."""
    kept_away = scenario(**{profile: None})
    assert list(kept_away.grid(profile)) == []
    assert [len(list(kept_away.grid(other))) for other in {"smoke", "quick", "full"} - {profile}] == [4, 4]
    assert len(list(kept_away.combinations())) == 4


def test_the_name_of_the_network_delay_is_reserved() -> None:
    """A parameter of the name that `--delay` adds would be two things in one id."""
    message = refusal(lambda: scenario(parameters={"delay_ms": (0, 1)}))
    assert "scenario 'things': parameter 'delay_ms' is what --delay adds; choose another name" in message


def test_a_scenario_without_parameters_has_one_combination() -> None:
    """Nothing to vary still means one group."""
    assert [dict(each) for each in scenario(parameters={}).grid("quick")] == [{}]


def test_parameters_cannot_be_changed_by_a_body() -> None:
    """The combination that the harness hands out is read-only."""
    (first, *_) = scenario().grid("full")
    with pytest.raises(TypeError):
        first["rows"] = 2  # type: ignore[index]


def test_the_question_is_the_first_line_of_the_file() -> None:
    """The report prints the docstring of the file that holds the bodies."""
    assert scenario().question == "The scenario contract: what is accepted, and what a bad file is told."


def test_a_claim_may_be_a_rule_over_the_parameters() -> None:
    """The number of statements is a number, or follows from the parameters."""
    assert Statements("plain", 2).expected_for({"rows": 10}) == 2
    assert Statements("plain", lambda parameters: 1 + int(parameters["rows"])).expected_for({"rows": 10}) == 11


def pinging(conditions: Conditions) -> Conditions:
    """Ask for a ping before each use."""
    return replace(conditions, pre_ping=True)


def crowd(parameters: Parameters) -> Conditions:
    """Let as many operations be under way as rows are asked for."""
    return Conditions(in_flight=int(parameters["rows"]), pool_size=3)


def test_a_variant_changes_the_conditions_of_its_scenario() -> None:
    """The scenario says what surrounds all bodies, under these parameters; a variant adds what it is about."""
    surrounded = scenario(
        conditions=crowd,
        variants=[Variant("plain", body, body_async), Variant("pinged", body, body_async, conditions=pinging)],
    )
    assert surrounded.surroundings("plain", {"rows": 10}) == Conditions(in_flight=10, pool_size=3)
    assert surrounded.surroundings("pinged", {"rows": 1}) == Conditions(in_flight=1, pool_size=3, pre_ping=True)
    assert scenario().surroundings("plain", {"rows": 1}) == Conditions()


def test_conditions_that_make_no_sense_are_told_with_their_place() -> None:
    """One line names scenario, variant, parameters and the value, when the file is read and not when it is run."""
    nobody = Variant("eager", body, body_async, conditions=lambda given: replace(given, in_flight=given.in_flight - 1))
    message = refusal(lambda: scenario(conditions=crowd, variants=[Variant("plain", body, body_async), nobody]))
    assert message == (
        "scenario 'things', variant 'eager', {'rows': 1, 'width': 'narrow'}: in_flight=0 makes no sense; give 1 or more"
    )


def test_a_hindrance_is_the_scenarios_or_the_variants() -> None:
    """Either gives the reason why a place cannot do it; the scenario's comes first, and without one it can."""

    def wide(_place: Place, parameters: Parameters) -> str | None:
        return "too wide" if parameters["width"] == "wide" else None

    def awaited(place: Place, _parameters: Parameters) -> str | None:
        return f"cannot await {place.kind}" if place.driver.mode is Mode.ASYNC else None

    variants = [Variant("plain", body, body_async), Variant("eager", body, body_async, unable=awaited)]
    hindered = scenario(unable=wide, variants=variants)
    blocking, awaiting = (Place("sqlite", DRIVERS[name]) for name in ("pysqlite", "aiosqlite"))
    assert hindered.hindrance("plain", blocking, {"width": "wide"}) == "too wide"
    assert hindered.hindrance("eager", awaiting, {"width": "wide"}) == "too wide"
    assert hindered.hindrance("eager", awaiting, {"width": "narrow"}) == "cannot await sqlite"
    assert hindered.hindrance("eager", blocking, {"width": "narrow"}) is None
    assert hindered.hindrance("plain", awaiting, {"width": "narrow"}) is None


def test_other_sql_of_an_unknown_driver_is_refused() -> None:
    """A misspelt driver would leave the right one compared; the nearest name is offered."""
    message = refusal(lambda: Variant("eager", body, body_async, other_sql={"asyncgp": "it casts"}))
    assert message == "variant 'eager': other_sql names driver 'asyncgp'; did you mean 'asyncpg'?"
    assert Variant("eager", body, body_async, other_sql={"asyncpg": "it casts"}).other_sql == {"asyncpg": "it casts"}
