"""A pytest plugin that hands the operations of a unit to plain pytest-benchmark.

They are measured the usual way: with pytest-benchmark's defaults, one test after another, the async twin entered
with `run_until_complete` for every call. Operations, connections and process are those of the harness, so that the
two ways can be compared side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle
from random import Random
from typing import Any

import pytest

from bench.calibrate.scenario import SCENARIO, draw_key
from bench.core.cases import Case
from bench.measure.workbench import Workbench
from bench.micro.channel import Channel
from bench.micro.unit import Unit

KEYS = 1_000
UNIT = pytest.StashKey[Unit]()


def pytest_configure(config: pytest.Config) -> None:
    """Take the unit from the parent process."""
    config.stash[UNIT] = Channel.from_environment().receive_unit()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every case its test, in the order of the unit: group after group, the twin after its baseline."""
    cases = [case for *_, cases in metafunc.config.stash[UNIT].groups for case in cases]
    metafunc.parametrize("case", [pytest.param(case, id=case.id) for case in cases])


@pytest.fixture(scope="session")
def bench(pytestconfig: pytest.Config) -> Iterator[Workbench]:
    """Open the connections before any clock starts."""
    with Workbench(pytestconfig.stash[UNIT].routes[SCENARIO.dataset.name].direct) as workbench:
        yield workbench


@pytest.fixture
def operation(case: Case, bench: Workbench) -> Callable[[], object]:
    """Return the case's operation, which takes the next of a thousand keys with every call."""
    variant = SCENARIO.variant(case.variant)
    random = Random(KEYS)
    keys = cycle([draw_key({}, KEYS, random) for _ in range(KEYS)])
    return lambda: bench.perform(variant, case.driver, next(keys))


@pytest.fixture(autouse=True)
def _named_after_case(case: Case, benchmark: Any) -> None:  # noqa: ANN401 - pytest-benchmark has no types
    benchmark.extra_info["case"] = case.as_data()
