"""Where second environments and revisions are kept from one run to the next."""

from __future__ import annotations

from pathlib import Path

from bench.servers import scratch

_COMPLETE = ".complete"


def place(*parts: str) -> Path:
    """Return a folder of the cache, which is beside the servers' in the user's own scratch folder.

    Its parent is there, for a lock; whether it is there itself is for `is_complete` to tell.

    Raises:
        UsageError: The scratch folder cannot be used.
    """
    folder = scratch.root().joinpath("against", *parts)
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder


def complete(folder: Path) -> None:
    """Mark a folder as whole."""
    (folder / _COMPLETE).touch()


def is_complete(folder: Path) -> bool:
    """Say whether a folder was made to its end: what was stopped on the way is made anew."""
    return (folder / _COMPLETE).is_file()
