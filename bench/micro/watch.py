"""What a run tells whoever watches it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class Watch:
    """Receives the progress of a run; this one is silent, others override what they show."""

    def phase(self, text: str) -> None:
        """A phase begins."""

    def plan(self, budgets_s: Sequence[float]) -> None:
        """Measuring begins; each unit is expected to time its blocks for so long."""

    def unit(self, name: str, number: int, total: int) -> None:
        """A unit begins; `number` counts from 0."""

    def event(self, event: Mapping[str, Any]) -> None:
        """The measuring process reports."""

    def note(self, text: str) -> None:
        """Something is left out or went wrong."""

    def done(self) -> None:
        """Measuring is over."""
