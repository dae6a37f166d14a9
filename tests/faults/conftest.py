"""Runs that stand still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.cli.command import Ormbench
from tests.faults.runs import Halting


@pytest.fixture
def halting(ormbench: Ormbench) -> Iterator[Callable[..., Halting]]:
    """Return the function that starts a run that stands still after so many units; it ends with the test."""
    started: list[Halting] = []

    def start(*words: object, units: int = 0, **more: Any) -> Halting:  # noqa: ANN401 - see Halting
        started.append(Halting(ormbench, *words, **more))
        started[-1].wait(units)
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate()
