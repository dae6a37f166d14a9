"""Make the second side of a run from what `--against` asks for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.core.errors import UsageError
from bench.micro.against import environments, revisions
from bench.micro.against.asked import Nothing, Requirements, Revision, understand
from bench.micro.side import FOLDER, HERE, Side
from bench.micro.watch import Watch

CHECKOUT = Path(__file__).parents[3]
"""The checkout that this code is in."""


@dataclass(frozen=True)
class Second:
    """The second side, and what it was understood to be."""

    side: Side
    kind: str
    """`requirement`, `revision` or `same`."""
    name: str
    """How reports call it."""
    commit: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return plain data for run.json."""
        return {"kind": self.kind, "name": self.name, "commit": self.commit}


def make_second(words: Sequence[str], files: Sequence[Path], watch: Watch) -> Second:
    """Return the second side; its environment and its files are kept in the cache.

    Raises:
        UsageError: What is asked for is neither requirement nor revision, or cannot be had.
        OrmbenchError: An environment could not be built, or a revision not written.
    """
    asked = understand(words, list(_repositories(files)))
    match asked:
        case Nothing():
            watch.phase("Against: the same environment and code once more, which shows the noise of the comparison")
            return Second(HERE, "same", "the same once more")
        case Requirements(texts):
            watch.phase(f"Against: this code in an environment with {' '.join(texts)}")
            return Second(Side(environments.python_with(texts)), "requirement", " ".join(texts))
        case Revision():
            return _at_revision(asked, watch)


def _repositories(files: Sequence[Path]) -> Iterator[Path]:
    """Yield where a revision is looked for: the user's own project first."""
    found = [revisions.repository_of(path.resolve()) for path in (*files, CHECKOUT)]
    yield from dict.fromkeys(each for each in found if each is not None)


def _at_revision(asked: Revision, watch: Watch) -> Second:
    name = f"{asked.repository.name} at {asked.asked}"
    short = asked.commit[:12]
    watch.phase(f"Against: {name}" + ("" if short.startswith(asked.asked) else f", which is {short}"))
    tree = revisions.tree_of(asked.repository, asked.commit)
    harness = FOLDER
    if CHECKOUT.resolve() == asked.repository:
        harness = tree / FOLDER.resolve().relative_to(asked.repository)
        if not (harness / "against" / "witness.py").is_file():
            message = f"--against {asked.asked!r}: ormbench itself did not know --against then; take a later revision"
            raise UsageError(message)
    pins = revisions.other_pins(asked.repository, tree)
    if pins:
        watch.phase(f"Against: its environment has {' '.join(pins)}")
    python = environments.python_with(pins) if pins else HERE.python
    return Second(Side(python, asked.repository, tree, harness), "revision", name, asked.commit)
