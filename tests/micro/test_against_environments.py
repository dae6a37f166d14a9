"""The environment of the second side: what it changes, and what pip's refusal comes to."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest

from bench.core.errors import OrmbenchError, UsageError
from bench.micro.against import environments
from bench.micro.against.environments import python_with, refusal
from bench.micro.side import HERE
from bench.servers.scratch import VARIABLE
from tests.cli.command import Ormbench, planted


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment as it is before anything is installed in it."""
    folder = tmp_path_factory.mktemp("bare") / "environment"
    environments._make(folder)
    return folder


@pytest.fixture(autouse=True)
def _made_once(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Copy that environment wherever one is made: pip installs itself in a new one, which takes it many seconds."""
    monkeypatch.setattr(environments, "_make", lambda folder: shutil.copytree(bare, folder, symlinks=True))


def wheel(folder: Path, name: str, version: str, text: str) -> None:
    """Write a wheel of one module."""
    place = f"{name}-{version}.dist-info"
    with ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}/__init__.py", text)
        file.writestr(f"{place}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(
            f"{place}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        file.writestr(f"{place}/RECORD", "")


def test_an_environment_changes_what_is_named_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The named package is the other version; ormbench and all others are found where they are here; it is built once.

    The wheel comes from a folder: no index is asked.
    """
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    wheel(tmp_path, "markupsafe", "0.0.7", "PACE = 7\n")
    python = python_with(["markupsafe==0.0.*"])
    assert Path(python).is_relative_to(tmp_path)
    asked = (
        "import importlib.metadata as m, markupsafe, bench, sqlalchemy, setuptools;"
        "print(markupsafe.PACE, m.version('markupsafe'), bench.__file__, sqlalchemy.__file__, m.version('setuptools'))"
    )

    def answer(program: str) -> list[str]:
        command = [program, "-c", asked.replace("markupsafe.PACE", "getattr(markupsafe, 'PACE', 0)")]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout.split()

    there, here = answer(python), answer(HERE.python)
    assert there[:2] == ["7", "0.0.7"]
    assert here[0] == "0"
    assert there[2:] == here[2:]
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    assert python_with(["markupsafe==0.0.*"]) == python


def test_an_environment_that_cannot_be_built_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a way to the packages the line says so, without an address, and no run is begun."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "https://me:secret@127.0.0.1:1/")
    ormbench = Ormbench(tmp_path, tmp_path)
    line = ormbench.here("run", "--scenario", planted("sound"), "--against", "sqlalchemy==0.0.1").refusal(code=1)
    assert "no environment with sqlalchemy==0.0.1: the package index was not reached" in line
    assert "secret" not in line
    assert "://" not in line
    assert ormbench.runs() == []


@pytest.mark.parametrize(
    ("output", "kind", "says"),
    [
        (
            (
                "Looking in indexes: https://me:secret@host/simple\nERROR: No matching distribution found for x==9\n\n"
                "[notice] A new release of pip is available"
            ),
            UsageError,
            "pip: No matching distribution found for x==9",
        ),
        (
            (
                "ERROR: Cannot install x and y because these package versions have conflicting dependencies.\n"
                "ERROR: ResolutionImpossible: for help visit https://host/help"
            ),
            UsageError,
            "ResolutionImpossible: for help visit \\(address\\); .* name those that must change too",
        ),
        (
            (
                "WARNING: Retrying after connection broken by 'NewConnectionError(secret.host)': /simple/x/\n"
                "ERROR: No matching distribution found for x==9"
            ),
            OrmbenchError,
            "the package index was not reached",
        ),
        ("ERROR: [Errno 28] No space left on device", OrmbenchError, "No space left on device"),
        ("", OrmbenchError, "pip left no output"),
    ],
)
def test_what_pip_says_is_one_line_without_an_address(output: str, kind: type[OrmbenchError], says: str) -> None:
    """What cannot be had is a wrong call, what cannot be reached is not; neither tells where packages come from."""
    error = refusal(["x==9"], output)
    assert type(error) is kind
    with pytest.raises(kind, match=says):
        raise error
    assert "\n" not in str(error)
    assert "://" not in str(error)
    assert "secret" not in str(error)
