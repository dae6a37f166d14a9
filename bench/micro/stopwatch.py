"""Add up where the time of a run goes, phase by phase."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter


class Stopwatch:
    """Seconds per phase; a resumed run goes on from what the earlier part recorded."""

    def __init__(self, earlier_s: Mapping[str, float] | None = None) -> None:
        self.phases_s: dict[str, float] = dict(earlier_s or {})

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Add the time of the block to a phase, also when it ends in an exception."""
        start_s = perf_counter()
        try:
            yield
        finally:
            self.phases_s[name] = self.phases_s.get(name, 0.0) + perf_counter() - start_s
