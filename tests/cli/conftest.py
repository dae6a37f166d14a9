"""The command in an empty folder, and servers to point it at."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import URL

from bench.servers.launching import Launched
from bench.servers.mariadb import find_programs as find_mariadb
from bench.servers.mariadb import start_mariadb
from bench.servers.postgresql import start_postgresql
from tests.cli.command import Ormbench


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
    """Return the function that gives the URL of a private server that a user may have; started on first use."""
    starts: dict[str, Callable[[], tuple[URL, Launched]]] = {
        "postgresql": start_postgresql,
        "mariadb": start_mariadb,
    }
    urls: dict[str, URL] = {}
    with ExitStack() as stack:

        def url_of(kind: str) -> URL:
            if kind == "mariadb" and find_mariadb() is None:
                pytest.skip("no programs of mariadb on this machine")
            if kind not in urls:
                urls[kind], launched = starts[kind]()
                stack.enter_context(closing(launched))
            return urls[kind]

        yield url_of
