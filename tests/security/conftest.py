"""Servers of somebody else on which the command is let loose."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.cli.command import Ormbench
from tests.security.foreign import Foreign, foreign_on
from tests.security.given import GivenRun, carried_out

# In pytest's importlib mode a test folder is not on the path; the report's tests know how to write a run.
sys.path.insert(0, str(Path(__file__).parents[1] / "report"))


@pytest.fixture(scope="session", params=["postgresql", "mariadb"])
def foreign(request: pytest.FixtureRequest, server_url: Callable[[str], URL]) -> Iterator[Foreign]:
    """Return a server full of other people's things, with an account that may change all of them."""
    with foreign_on(server_url(request.param)) as found:
        yield found


@pytest.fixture(scope="session")
def given_run(foreign: Foreign, tmp_path_factory: pytest.TempPathFactory) -> GivenRun:
    """Return a whole run on that server, with what was seen of it from outside."""
    folder = tmp_path_factory.mktemp("given")
    return carried_out(Ormbench(folder, folder / "scratch"), foreign)
