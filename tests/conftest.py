"""What tests of several rooms need: the command in an empty folder, one server of each kind, and the mark `slow`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL

from tests.cli.command import Ormbench
from tests.private_servers import private_servers

SLOW = "ORMBENCH_TEST_SLOW"
"""Environment variable that asks for what takes long, if it holds anything."""
COLOURS = ("FORCE_COLOR", "PY_COLORS", "TTY_COMPATIBLE")
"""Environment variables that put colours between the words that tests look for."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what is marked `slow` unless it is asked for."""
    skip = pytest.mark.skip(reason=f"takes long: set {SLOW}=1")
    for item in items:
        if item.get_closest_marker("slow") and not os.environ.get(SLOW):
            item.add_marker(skip)


@pytest.fixture(scope="session")
def slow() -> bool:
    """Say whether what takes long is asked for: for tests that do more of the same then."""
    return bool(os.environ.get(SLOW))


@pytest.fixture(scope="session", autouse=True)
def _plain_output() -> Iterator[None]:
    """Let nobody ask for colours where there is no terminal."""
    with pytest.MonkeyPatch.context() as patch:
        for name in COLOURS:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def scratch_root() -> Iterator[Path]:
    """Return a scratch folder of these tests alone; servers of an unprivileged account can pass through it."""
    folder = Path(tempfile.mkdtemp(prefix="ormbench-tests-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def ormbench(tmp_path: Path, scratch_root: Path) -> Ormbench:
    """Return the command, to be called in an empty folder."""
    return Ormbench(tmp_path, scratch_root)


@pytest.fixture(scope="session")
def server_url() -> Iterator[Callable[[str], URL]]:
    """Return the function that gives the URL of a server that a user may have; one of each kind for all rooms.

    Tests that count connections, or end those of others, have servers of their own.
    """
    with private_servers() as url_of:
        yield url_of
