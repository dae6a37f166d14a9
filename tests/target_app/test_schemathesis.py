"""Whatever fits the description of the interface is answered as described, and nothing that a client sends breaks it.

Requests are made by schemathesis out of the description itself; the same ones in every run. Its pytest plugin is not
used: the tests draw from its strategies.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest
import requests
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis.configuration import set_hypothesis_home_dir
from schemathesis import Case, Config, GenerationMode, openapi
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.failures import FailureGroup

from bench.core.discovery import discover
from target_app.main import create_app
from target_app.settings import Settings
from tests.target_app.serving import Served, served
from tests.target_app.shops import Shop

DOCUMENT = json.loads(json.dumps(create_app(Settings(url="sqlite:////nowhere")).openapi()))
"""The description of everything; read here already, for each operation is a test of its own."""
SCHEMA = openapi.from_dict(DOCUMENT, config=Config(seed=1))

WAITING = ("/sync/wait", "/async/wait", "/async/blocking")
"""Left out: they would wait for up to ten seconds each; other tests ask them for less."""
BASELINES = {f"/scenarios/{scenario.name}/{scenario.baseline}" for scenario in discover()}

Operation = tuple[str, str]
"""A method and a path."""

SHOP: list[Operation] = [
    (method, path)
    for path, methods in DOCUMENT["paths"].items()
    for method in methods
    if "/scenarios/" not in path and path not in WAITING
]
WITH_INPUT = [each for each in SHOP if each[1].startswith(("/sync/", "/async/"))]
WRITING = [each for each in WITH_INPUT if each[0] != "get"]
SCENARIOS: list[Operation] = [
    ("get", path) for path in DOCUMENT["paths"] if path.removeprefix("/sync").removeprefix("/async") in BASELINES
]

AS_DESCRIBED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOT_BROKEN = [not_a_server_error, response_schema_conformance]
"""What is wrong may also fit another path or none, whose answers are not described here."""


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_left_in_the_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let Hypothesis keep its notes elsewhere."""
    set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))
    yield
    set_hypothesis_home_dir(None)


@pytest.fixture(scope="module")
def on_sqlite(fresh: Callable[[str], Shop]) -> Iterator[Served]:
    """Return the app over a shop in a file."""
    with served(fresh("sqlite").settings(pool_timeout_s=30)) as started:
        yield started


@pytest.fixture(scope="module")
def on_postgresql(fresh: Callable[[str], Shop]) -> Iterator[Served]:
    """Return the app over a shop on PostgreSQL, through the pair of drivers that shares no library."""
    with served(fresh("postgresql").settings("psycopg2", "asyncpg", pool_timeout_s=30)) as started:
        yield started


@pytest.fixture(scope="module")
def on_scenarios(scenario_settings: Settings) -> Iterator[Served]:
    """Return the app with all scenarios, over their datasets in files."""
    with served(scenario_settings) as started:
        yield started


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Return a session that keeps its connection and knows nothing of proxies in the environment."""
    with requests.Session() as opened:
        opened.trust_env = False
        yield opened


def check(
    server: Served,
    session: requests.Session,
    operation: Operation,
    examples: int,
    mode: GenerationMode = GenerationMode.POSITIVE,
) -> None:
    """Send an operation so many different requests, which fit its description or do not, and check every answer."""
    method, path = operation
    checks = AS_DESCRIBED if mode is GenerationMode.POSITIVE else NOT_BROKEN

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=SCHEMA[path][method].as_strategy(generation_mode=mode))
    def send(case: Case) -> None:
        if mode is GenerationMode.POSITIVE:
            # Behind a slash or two dots lies another path, which is described for itself.
            texts = [each for each in case.path_parameters.values() if isinstance(each, str)]
            assume(not any("/" in text or set(text) == {"."} for text in texts))
        response = case.call(base_url=server.url, session=session)
        try:
            case.validate_response(response, checks=checks)
        except FailureGroup as group:
            # As a plain error: this one is none of those that Hypothesis catches.
            raise AssertionError(group.message) from None

    send()


@pytest.mark.parametrize("operation", SHOP, ids=" ".join)
def test_what_fits_is_answered_as_described(on_sqlite: Served, session: requests.Session, operation: Operation) -> None:
    """No 5xx; status, headers and body are those of the description."""
    check(on_sqlite, session, operation, examples=12)


@pytest.mark.parametrize("operation", WITH_INPUT, ids=" ".join)
def test_what_does_not_fit_breaks_nothing(on_sqlite: Served, session: requests.Session, operation: Operation) -> None:
    """No 5xx for texts as ids, for bodies of the wrong form, for values out of every bound."""
    check(on_sqlite, session, operation, examples=8, mode=GenerationMode.NEGATIVE)


@pytest.mark.parametrize("operation", WRITING, ids=" ".join)
def test_what_fits_can_be_stored(on_postgresql: Served, session: requests.Session, operation: Operation) -> None:
    """PostgreSQL is stricter than SQLite: an integer has four bytes, a text no NUL and a length."""
    check(on_postgresql, session, operation, examples=8)


@pytest.mark.parametrize("operation", SCENARIOS, ids=" ".join)
def test_scenarios_are_answered_as_described(
    on_scenarios: Served, session: requests.Session, operation: Operation
) -> None:
    """Whatever parameters are chosen, together or alone: rows, or the reason why there are none."""
    check(on_scenarios, session, operation, examples=2)
