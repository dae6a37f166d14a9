"""Build an environment in which some packages have other versions and all others are those of this one.

It is a virtual environment that holds what pip brings for the requirements. Behind it on the search path stand the
packages of this environment, which are pinned while pip chooses: what is not asked for is the same files on both sides.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import site
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import distributions
from pathlib import Path

from filelock import FileLock
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.core.errors import OrmbenchError, UsageError
from bench.core.interpreter import module_command
from bench.micro.against.cache import complete, is_complete, place

PIP = ("--disable-pip-version-check", "--no-input", "--quiet", "--retries", "1")
"""By itself pip tries five times over where an index cannot be reached (its option --retries)."""
VENV_TOOLS = ("setuptools", "pip")
"""What a new virtual environment holds; pip comes last, for it removes itself."""
_LAYER = "ormbench-second-side.pth"
_ADDRESS = re.compile(r"\w+://\S+")
"""Where packages come from is nobody's business but the user's, and may hold a password."""
_UNREACHABLE = re.compile(
    "connection|timed? ?out|name resolution|max retries|proxyerror|sslerror|network is unreachable", re.IGNORECASE
)
_IMPOSSIBLE = re.compile("no matching distribution|resolutionimpossible|conflicting|invalid requirement", re.IGNORECASE)


def versions() -> dict[str, str]:
    """Return the version of every package that can be imported here, by its canonical name."""
    found: dict[str, str] = {}
    for each in distributions():
        # The first on the search path is the one that is imported.
        if each.name:
            found.setdefault(canonicalize_name(each.name), each.version)
    return found


def named_by(requirements: Sequence[str]) -> set[str]:
    """Return the canonical names of the packages that the requirements name."""
    return {canonicalize_name(Requirement(each).name) for each in requirements}


def python_with(requirements: Sequence[str]) -> str:
    """Return the Python of the environment, which is built on first use.

    Raises:
        UsageError: The requirements cannot be met, or not together with the other packages of this environment.
        OrmbenchError: The environment could not be built, for example without a network.
    """
    named = named_by(requirements)
    pins = [f"{name}=={version}" for name, version in sorted(versions().items()) if name not in {*named, "ormbench"}]
    layers = [*site.getsitepackages(), *([site.getusersitepackages()] if site.ENABLE_USER_SITE else [])]
    identity = json.dumps([sorted(requirements), pins, sys.version, sys.prefix, layers])
    folder = place("environments", hashlib.sha256(identity.encode()).hexdigest()[:16])
    python = folder / "bin" / "python"
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not is_complete(folder):
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder)
            constraints = folder / "constraints.txt"
            constraints.write_text("".join(f"{pin}\n" for pin in pins), encoding="utf-8")
            _install(python, constraints, requirements)
            _put_behind(python, layers)
            complete(folder)
    return str(python)


def _make(folder: Path) -> None:
    ended = subprocess.run(module_command("venv", str(folder)), capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        said = (ended.stderr or ended.stdout).split("\n\n")[0]
        message = f"the second environment could not be made in {folder}: {' '.join(said.split()) or 'venv failed'}"
        raise OrmbenchError(message)


def _install(python: Path, constraints: Path, requirements: Sequence[str]) -> None:
    asked = ("install", *PIP, "--constraint", str(constraints), *requirements)
    command = module_command("pip", *asked, python=str(python))
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise refusal(requirements, f"{ended.stdout}\n{ended.stderr}")
    # What venv put there beside the requirements would hide other versions of this environment.
    tools = [tool for tool in VENV_TOOLS if tool not in named_by(requirements)]
    command = module_command("pip", "uninstall", "--yes", "--quiet", *tools, python=str(python))
    subprocess.run(command, capture_output=True, check=False)


def refusal(requirements: Sequence[str], output: str) -> OrmbenchError:
    """Return the error that pip's output comes to, in one line and without an address."""
    lines = [line.strip() for line in _ADDRESS.sub("(address)", output).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    last = (errors or lines or ["pip left no output"])[-1].removeprefix("ERROR: ")
    what = f"no environment with {' '.join(_ADDRESS.sub('(address)', each) for each in requirements)}"
    if _UNREACHABLE.search(output):
        return OrmbenchError(f"{what}: the package index was not reached; connect, or set PIP_FIND_LINKS; pip: {last}")
    if _IMPOSSIBLE.search(output):
        return UsageError(
            f"{what}: pip: {last}; the other packages stay as they are: name those that must change too, or another "
            "version"
        )
    return OrmbenchError(f"{what}: pip: {last}")


def _put_behind(python: Path, layers: Sequence[str]) -> None:
    """Let the packages of this environment be found behind the new ones, with their own .pth files."""
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    purelib = subprocess.run([str(python), "-c", asked], capture_output=True, text=True, check=True).stdout.strip()
    lines = [f"import site; site.addsitedir({layer!r})\n" for layer in layers]
    Path(purelib, _LAYER).write_text("".join(lines), encoding="utf-8")
