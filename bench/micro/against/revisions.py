"""Bring a git revision into a folder of its own, and leave the repository as it is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from filelock import FileLock
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bench.core.errors import OrmbenchError
from bench.micro.against.cache import complete, is_complete, place

PINS = ("constraints.txt", "requirements.txt")
"""Files at the top of a repository whose exact versions the revision is measured with."""
_INDEX = "index"


def repository_of(path: Path) -> Path | None:
    """Return the top folder of the working tree that a file or folder belongs to; None outside of one."""
    folder = path if path.is_dir() else path.parent
    top = _git(folder, "rev-parse", "--show-toplevel")
    return Path(top).resolve() if top else None


def commit_of(repository: Path, revision: str) -> str | None:
    """Return the full name of the commit that a revision means, or None where it means none."""
    return _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")


def tree_of(repository: Path, commit: str) -> Path:
    """Return the files of a commit, in a folder of the cache.

    `git worktree` would do the same and leave a record in the user's repository, which outlives the cache.

    Raises:
        OrmbenchError: git could not write them.
    """
    folder = place("revisions", commit)
    tree = folder / "tree"
    with FileLock(folder.with_name(f"{folder.name}.lock")):
        if not is_complete(folder):
            shutil.rmtree(folder, ignore_errors=True)
            tree.mkdir(parents=True)
            variables = {"GIT_INDEX_FILE": str(folder / _INDEX)}
            for arguments in (["read-tree", commit], ["checkout-index", "--all", f"--prefix={tree}/"]):
                if _git(repository, *arguments, variables=variables) is None:
                    message = f"git could not write the files of {commit[:12]} to {tree}; is there room on the disk?"
                    raise OrmbenchError(message)
            complete(folder)
    return tree


def other_pins(here: Path, there: Path) -> list[str]:
    """Return the exact versions that the files of PINS name there and not here, as requirements."""
    ours, theirs = _pins(here), _pins(there)
    return sorted(f"{name}=={version}" for name, version in theirs.items() if ours.get(name) != version)


def _pins(folder: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in PINS:
        path = folder / file
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            try:
                requirement = Requirement(line.partition("#")[0].strip())
            except InvalidRequirement:
                continue  # an option, a comment, or a blank line
            exact = [each.version for each in requirement.specifier if each.operator == "=="]
            if exact and (requirement.marker is None or requirement.marker.evaluate()):
                found[canonicalize_name(requirement.name)] = exact[0]
    return found


def _git(folder: Path, *arguments: str, variables: Mapping[str, str] | None = None) -> str | None:
    """Return what git says, or None where it is not there or refuses."""
    # Inside of a hook these name another repository than that of the folder.
    usual = {name: value for name, value in os.environ.items() if name not in ("GIT_DIR", "GIT_WORK_TREE")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        ended = subprocess.run(
            command, env={**usual, **(variables or {})}, capture_output=True, text=True, check=False, timeout=120
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return ended.stdout.strip() if ended.returncode == 0 else None
