"""The scratch folder is ours alone, or it is not used."""

import os
from pathlib import Path

import pytest

from bench.core.errors import UsageError
from bench.servers import scratch


@pytest.fixture(autouse=True)
def own_scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Give each test a scratch place of its own."""
    monkeypatch.setenv(scratch.VARIABLE, str(tmp_path))
    return tmp_path


def test_a_scratch_folder_that_others_can_write_is_refused(own_scratch: Path) -> None:
    """Open our scratch folder to everyone: it is not used, since the data in it could be swapped."""
    folder = own_scratch / f"ormbench-{os.geteuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    with pytest.raises(UsageError, match="only you can write"):
        scratch.root()
    folder.chmod(0o755)


def test_a_scratch_folder_that_is_a_link_is_refused(own_scratch: Path) -> None:
    """Put a link in the place of our scratch folder: it is not followed."""
    elsewhere = own_scratch / "elsewhere"
    elsewhere.mkdir()
    link = own_scratch / f"ormbench-{os.geteuid()}"
    link.symlink_to(elsewhere)
    with pytest.raises(UsageError, match="only you can write"):
        scratch.root()
    link.unlink()
