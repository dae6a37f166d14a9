"""The depot in a SQLite file of its own, open in both modes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenarios.depot_bench import DepotBench, open_depot


@pytest.fixture(scope="module")
def depot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DepotBench]:
    """Return the seeded depot."""
    with open_depot(tmp_path_factory.mktemp("depot") / "depot.db") as opened:
        yield opened
