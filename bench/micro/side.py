"""Where the processes of one side of a run find their Python, their code and their files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Side:
    """One side of a run: by default this Python, this code and the user's own files."""

    python: str = sys.executable
    root: Path | None = None
    """The repository of which this side has another revision; None where both sides have the same files."""
    tree: Path | None = None
    """That revision, as files."""
    harness: Path = FOLDER
    """The `bench/micro` of this side's code."""

    def place(self, path: Path) -> Path:
        """Return where this side has a file or folder; what is outside of the repository is the same on both sides."""
        whole = path.resolve()
        if self.root is None or self.tree is None or not whole.is_relative_to(self.root):
            return whole
        return self.tree / whole.relative_to(self.root)

    def files(self, paths: Iterable[Path]) -> list[str]:
        """Return the scenario files of this side."""
        return [str(self.place(path)) for path in paths]

    @property
    def folder(self) -> Path:
        """Return the working folder, which scenario files may import from."""
        folder = self.place(Path.cwd())
        return folder if folder.is_dir() else self.tree or Path.cwd()

    @property
    def variables(self) -> dict[str, str]:
        """Return what its environment has beside the usual: the revision's modules hide those that are installed."""
        if self.tree is None:
            return {}
        source = self.tree / "src"
        code = [self.tree, *([source] if source.is_dir() else [])]
        inherited = os.environ.get("PYTHONPATH")
        return {"PYTHONPATH": os.pathsep.join([*map(str, code), *([inherited] if inherited else [])])}


HERE = Side()
"""The side that every run has."""
