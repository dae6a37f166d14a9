"""Requests that schemathesis makes out of the description of the interface, and what must be true of every answer.

They are the same ones in every run. Its pytest plugin is not used: the tests draw from its strategies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

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

from target_app.main import create_app
from target_app.settings import Settings
from tests.target_app.serving import Served

DOCUMENT = json.loads(json.dumps(create_app(Settings(url="sqlite:////nowhere")).openapi()))
"""The description of everything; read here already, for each operation is a test of its own."""
SCHEMA = openapi.from_dict(DOCUMENT, config=Config(seed=1))

AS_DESCRIBED = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
NOT_BROKEN = [not_a_server_error, response_schema_conformance]
"""What is wrong may also fit another path or none, whose answers are not described here."""

Operation = tuple[str, str]
"""A method and a path."""


@contextmanager
def _notes_elsewhere() -> Iterator[None]:
    """Let Hypothesis keep its notes where nobody finds them."""
    with TemporaryDirectory() as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)


def check(server: Served, operation: Operation, examples: int, mode: GenerationMode = GenerationMode.POSITIVE) -> None:
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

    with _notes_elsewhere(), requests.Session() as session:
        # The environment may know proxies.
        session.trust_env = False
        send()
