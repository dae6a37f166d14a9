"""A change that is overwritten is told, also where nothing is raised."""

from __future__ import annotations

import pytest

from scenarios.experiments.conflicts import lost_changes
from scenarios.experiments.raising import Raised
from scenarios.experiments.stall import BALANCE_CENTS


@pytest.mark.parametrize(("error", "taken", "lost"), [(None, 1, 1), (None, 2, 0), (ValueError(), 1, 0)])
def test_what_was_committed_and_is_not_there_is_lost(error: Exception | None, taken: int, lost: int) -> None:
    """Of two that nobody refused both must be there; of one that was refused only the other."""
    with Raised() as raised:
        if error:
            raise error
    assert lost_changes(raised, BALANCE_CENTS - taken) == lost
