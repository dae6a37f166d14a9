"""Whatever parameters of a scenario a client chooses are answered as described."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.core.discovery import discover
from target_app.settings import Settings
from tests.target_app.described import DOCUMENT, Operation, check
from tests.target_app.serving import Served, served

BASELINES = {f"/scenarios/{scenario.name}/{scenario.baseline}" for scenario in discover()}
SCENARIOS: list[Operation] = [
    ("get", path) for path in DOCUMENT["paths"] if path.removeprefix("/sync").removeprefix("/async") in BASELINES
]


@pytest.fixture(scope="module")
def on_scenarios(scenario_settings: Settings) -> Iterator[Served]:
    """Return the app with all scenarios, over their datasets in files."""
    with served(scenario_settings) as started:
        yield started


@pytest.mark.parametrize("operation", SCENARIOS, ids=" ".join)
def test_scenarios_are_answered_as_described(on_scenarios: Served, operation: Operation) -> None:
    """Together or alone: rows, or the reason why there are none."""
    check(on_scenarios, operation, examples=2)
