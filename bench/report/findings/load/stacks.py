"""Tell modes from stacks: which drivers are behind the sides of the target app, and what they send around a read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from bench.core.drivers import DRIVERS, Driver

BETWEEN = " and "
"""Between the sync and the async driver in what load.json says of an application."""


@dataclass(frozen=True)
class Stack:
    """The drivers of one application, which both of its sides go through."""

    sync: Driver
    awaited: Driver

    @property
    def is_one_library(self) -> bool:
        """Say whether the sides differ in the mode alone."""
        return self.sync.library == self.awaited.library

    @property
    def note(self) -> str:
        """Return what else a ratio of the sides compares; nothing for one library in both modes."""
        if self.is_one_library:
            return ""
        names = f"{self.sync.name} and {self.awaited.name}"
        libraries = f"{names} are two libraries: their ratios compare stacks, not the modes alone."
        if self.sync.reads_in_autocommit == self.awaited.reads_in_autocommit:
            return libraries
        lean, other = sorted((self.sync, self.awaited), key=lambda each: not each.reads_in_autocommit)
        return (
            f"{libraries} Around a request that only reads {other.name} sends BEGIN and ROLLBACK, two round trips that "
            f"{lean.name} does without: part of the ratio is these, and more of it the farther the database is."
        )


def by_host(applications: Mapping[str, Mapping[str, Any]]) -> dict[str, Stack]:
    """Return the drivers of each application by its host; an application of the user's own names none."""
    found: dict[str, Stack] = {}
    for host, settings in applications.items():
        sync, _, awaited = str(settings.get("drivers", "")).partition(BETWEEN)
        if sync in DRIVERS and awaited in DRIVERS:
            found[host] = Stack(DRIVERS[sync], DRIVERS[awaited])
    return found


def notes(stacks: Iterable[Stack]) -> list[str]:
    """Return what must be known of the pairs of drivers that are not one library, each once."""
    return list(dict.fromkeys(note for each in stacks if (note := each.note)))
