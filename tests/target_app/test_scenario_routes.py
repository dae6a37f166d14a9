"""Every variant of every scenario is an endpoint in both modes, which gives the rows that the scenario gives."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from bench.core.contract import Place, Scenario, Variant
from bench.core.discovery import discover
from bench.core.drivers import DRIVERS
from target_app.scenario_databases import MOST_ENGINES, ScenarioDatabases, Wanted
from target_app.settings import Settings
from target_app.timing import ASKED_BY
from tests.target_app.serving import MODES, Called, called, crowd, served
from tests.target_app.serving import Wanted as Request
from tests.target_app.shops import SIZE

FOUND = {scenario.name: scenario for scenario in discover()}
VARIANTS = [(scenario.name, variant.name) for scenario in FOUND.values() for variant in scenario.variants]
BARE = [(scenario.name, variant.name) for scenario in FOUND.values() for variant in scenario.variants if variant.bare]


@pytest.fixture(scope="module")
def app(scenario_settings: Settings) -> Iterator[Called]:
    """Return the app with all scenarios over small datasets."""
    with called(scenario_settings) as started:
        yield started


def first_parameters(scenario: Scenario) -> dict[str, Any]:
    """Return the first combination of parameters that makes sense on the small dataset."""
    size = scenario.dataset.size(SIZE.name)
    return dict(next(each for each in scenario.combinations() if scenario.lacks(each, size) is None))


def hindrance(scenario: Scenario, variant: Variant, mode: str, parameters: Mapping[str, Any]) -> str | None:
    """Return why a variant cannot run on SQLite in a mode, or None."""
    driver = DRIVERS["pysqlite" if mode == "sync" else "aiosqlite"]
    return scenario.hindrance(variant.name, Place("sqlite", driver), parameters)


@pytest.mark.parametrize(("name", "variant_name"), VARIANTS)
def test_a_variant_gives_the_same_rows_in_both_modes(app: Called, name: str, variant_name: str) -> None:
    """200 with the rows of the seed wherever SQLite can do it, else 422 with the scenario's own reason."""
    scenario = FOUND[name]
    variant = scenario.variant(variant_name)
    parameters = first_parameters(scenario)
    ran = []
    for mode in MODES:
        path = f"/{mode}/scenarios/{name}/{variant_name}"
        answer = app("GET", path, params={**parameters, "seed": 7, "answer": True})
        reason = hindrance(scenario, variant, mode, parameters)
        if reason is not None:
            assert (answer.status_code, answer.json()["detail"]) == (422, reason)
            continue
        assert answer.status_code == 200, answer.text
        ran.append(answer.json())
        assert (ran[-1]["scenario"], ran[-1]["variant"]) == (name, variant_name)
    assert [each for each in ran if each != ran[0]] == []


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FOUND)
def test_nothing_has_to_be_said(app: Called, mode: str, name: str) -> None:
    """Without parameters a baseline runs with the first that are possible, and tells the number of rows alone."""
    scenario = FOUND[name]
    size, baseline = scenario.dataset.size(SIZE.name), scenario.variant(scenario.baseline)
    sensible = [each for each in scenario.combinations() if scenario.lacks(each, size) is None]
    if all(hindrance(scenario, baseline, mode, each) for each in sensible):
        pytest.skip("SQLite cannot do this")
    answer = app("GET", f"/{mode}/scenarios/{name}/{scenario.baseline}")
    assert answer.status_code == 200
    assert set(answer.json()) == {"scenario", "variant", "rows"}


@pytest.mark.parametrize("mode", MODES)
def test_a_seed_draws_what_is_asked_for(app: Called, mode: str) -> None:
    """The same seed gives the same rows, and not all seeds give the same."""
    path = f"/{mode}/scenarios/fetching_one/{FOUND['fetching_one'].baseline}"
    answers = [app("GET", path, params={"seed": seed, "answer": True}).json()["answer"] for seed in (*range(9), 0)]
    assert answers[0] == answers[-1]
    assert len({str(answer) for answer in answers}) > 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    "query",
    [
        *("parents=21", "parents=many", "parents=", "relation=none"),
        *("seed=-1", "seed=2147483648", "answer=perhaps", "more=1"),
    ],
)
def test_parameters_out_of_range_are_refused(app: Called, mode: str, query: str) -> None:
    """Only declared values are taken, and only declared names."""
    answer = app("GET", f"/{mode}/scenarios/loading/{FOUND['loading'].baseline}?{query}")
    assert answer.status_code == 422
    assert [error["place"] for error in answer.json()["errors"]] == [f"query.{query.partition('=')[0]}"]


@pytest.mark.parametrize("mode", MODES)
def test_the_operation_alone_is_told_to_those_who_ask(app: Called, mode: str) -> None:
    """Its statements are a part of it, and it is a part of the whole; who does not ask is told nothing."""
    path = f"/{mode}/scenarios/layers/serialised"
    told = app("GET", path, headers={ASKED_BY: "1"}).headers["Server-Timing"]
    ms = {name: float(text) for name, text in re.findall(r"(\w+);dur=(\d+\.\d{3})", told)}
    assert list(ms) == ["pool", "sql", "operation", "serialisation", "total"]
    rounding_ms = 0.002
    assert 0 < ms["sql"] <= ms["operation"] + rounding_ms <= ms["total"] + 2 * rounding_ms
    assert "Server-Timing" not in app("GET", path).headers


@pytest.mark.parametrize("mode", MODES)
def test_an_answer_that_is_json_already_is_sent_as_it_is(app: Called, mode: str) -> None:
    """The users that `layers` wrote are objects of the response, and no text with JSON in it."""
    asked = {"work": "get", "seed": 7, "answer": True}
    answered = app("GET", f"/{mode}/scenarios/layers/serialised", params=asked)
    assert answered.headers["Content-Type"] == "application/json"
    [user] = answered.json().pop("answer")
    assert list(user) == ["id", "name", "email", "active", "created_at"]
    assert answered.json() | {"answer": []} == {"scenario": "layers", "variant": "serialised", "rows": 1, "answer": []}


@pytest.mark.parametrize("mode", MODES)
def test_a_variant_that_is_not_there_is_unknown(app: Called, mode: str) -> None:
    """As any path that is not there."""
    assert app("GET", f"/{mode}/scenarios/loading/telepathy").status_code == 404


def test_scenarios_can_be_left_out(scenario_settings: Settings) -> None:
    """Then they cost no connection and no path."""
    with called(scenario_settings.model_copy(update={"scenarios": False})) as app:
        assert app("GET", f"/sync/scenarios/loading/{FOUND['loading'].baseline}").status_code == 404


@pytest.mark.parametrize("mode", MODES)
def test_requests_that_write_take_turns(scenario_settings: Settings, mode: str) -> None:
    """Twenty at a time empty the same tables and fill them: each finds its own rows, as if it were alone."""
    insert = Request("GET", f"/{mode}/scenarios/inserting/add_all", {"params": {"rows": 10, "seed": 1, "answer": True}})
    with served(scenario_settings) as server:
        answers = crowd(server, [insert] * 20, 20)
    assert Counter(answer.status_code for answer in answers) == {200: 20}
    assert len({answer.text for answer in answers}) == 1


@pytest.mark.parametrize(("name", "variant_name"), BARE)
@pytest.mark.parametrize("mode", MODES)
def test_what_goes_past_sqlalchemy_gives_its_connection_back(
    scenario_settings: Settings, mode: str, name: str, variant_name: str
) -> None:
    """Such a body borrows the driver's own connection: more requests than connections must not wear a pool out."""
    settings = scenario_settings.model_copy(update={"pool_size": 1, "pool_timeout_s": 1.0})
    scenario = FOUND[name]
    parameters = first_parameters(scenario)
    if hindrance(scenario, scenario.variant(variant_name), mode, parameters) is not None:
        pytest.skip("SQLite cannot do this")
    with called(settings) as app:
        for _ in range(3):
            answer = app("GET", f"/{mode}/scenarios/{name}/{variant_name}", params=parameters)
            assert answer.status_code == 200


def test_engines_of_their_own_are_kept_and_not_too_many(scenario_settings: Settings) -> None:
    """One that was used lately is used again; the one whose use is longest ago is opened anew."""
    databases = ScenarioDatabases(scenario_settings, ["shop"])
    databases.open()
    service = scenario_settings.conditions

    def engine(size: int) -> object:
        conditions = type(service)(**(service.as_data() | {"pool_size": size + 100}))
        with databases.lent(Wanted("shop", conditions)) as database:
            return database

    oldest = engine(0)
    others = [engine(number) for number in range(1, MOST_ENGINES)]
    assert [engine(number) for number in range(MOST_ENGINES)] == [oldest, *others]
    engine(MOST_ENGINES)
    assert engine(MOST_ENGINES - 1) is others[-1]
    assert engine(0) is not oldest
    asyncio.run(databases.close())
