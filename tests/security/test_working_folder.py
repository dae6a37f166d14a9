"""A file is code only where it is named: what lies in the working folder is not imported."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from bench.core.discovery import discover, discover_experiments
from bench.load.generator_process.process import Surroundings
from bench.load.generator_process.user_classes import user_classes
from bench.servers.delaying import DelayProxy
from bench.servers.launching import Launched
from bench.servers.plan import Plan
from bench.servers.scratch import new_folder
from tests.security.traps import set_traps


@pytest.fixture
def mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder full of traps, and return the file in which one that was run leaves its name."""
    monkeypatch.chdir(tmp_path)
    return set_traps(tmp_path)


def test_guardians_and_proxies_import_nothing_of_the_working_folder(mark: Path) -> None:
    """The processes beside a run start and answer, and no trap was run."""
    with closing(Launched(Plan(folder=str(new_folder("sqlite")), account=None))), DelayProxy("127.0.0.1", 1, [0]):
        pass
    assert not mark.exists()


def test_discovery_imports_the_catalogue_alone(mark: Path) -> None:
    """Without a file it has what is installed, wherever it is called."""
    assert "loading" in [scenario.name for scenario in discover()]
    assert discover_experiments()
    assert not mark.exists()


def test_the_generator_imports_nothing_of_the_working_folder(mark: Path) -> None:
    """Locust puts the working folder before everything else, and reads a locust.conf in it: it gets another one."""
    (mark.parent / "locust.conf").write_text("locustfile = locustfile.py\nunknown-option = 1\n", encoding="utf-8")
    assert "SyncShopper" in user_classes(Surroundings())
    assert not mark.exists()
