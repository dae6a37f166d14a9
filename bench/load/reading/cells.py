"""Add up the rounds of one subject at one level: a cell of the tables of load."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.core.load_plan import Model, Subject
from bench.load.reading.guards import Mark, forbid_winner, marks
from bench.load.reading.means import Mean, geometric_mean
from bench.load.reading.readings import ALL, EndpointReading, StageReading, WindowReading, merged


@dataclass(frozen=True)
class Cell:
    """What one subject came to at one level, over all rounds.

    Percentiles are those of all requests together: percentiles of rounds are never averaged.
    """

    subject: Subject
    model: Model
    level: float
    """Users of a closed cell, intended arrivals per second of an open one."""
    windows: tuple[WindowReading, ...]
    """In the order in which they were measured."""
    marks: tuple[tuple[Mark, ...], ...]
    """Of each window."""
    endpoints: tuple[EndpointReading, ...]
    total: EndpointReading
    throughput: Mean
    """Per second; the interval is over rounds."""

    @property
    def scheduled(self) -> int:
        """Return how many arrivals were due."""
        return sum(each.scheduled for each in self.windows)

    @property
    def dropped(self) -> int:
        """Return how many arrivals were dropped."""
        return sum(each.dropped for each in self.windows)

    @property
    def late(self) -> int:
        """Return how many arrivals were sent late."""
        return sum(each.late for each in self.windows)

    @property
    def is_sound(self) -> bool:
        """Say whether the cell may have a winner."""
        return not forbid_winner(self.marks)

    def endpoint(self, name: str) -> EndpointReading | None:
        """Return what an endpoint of that name came to."""
        return next((each for each in self.endpoints if each.name == name), None)


def cells(stages: Iterable[StageReading], ceiling_per_s: float | None) -> tuple[Cell, ...]:
    """Return the cells of these stages, in the order in which they first appear.

    A subject has the same id in every stage: a sweep takes one stage for each of its levels.
    """
    grouped: dict[tuple[str, Model, float], list[WindowReading]] = {}
    for stage in stages:
        for each in stage.windows:
            grouped.setdefault((each.subject.id, each.window.model, each.window.level), []).append(each)
    return tuple(_cell(windows, ceiling_per_s) for windows in grouped.values())


def _cell(windows: Sequence[WindowReading], ceiling_per_s: float | None) -> Cell:
    first = windows[0]
    names = sorted({each.name for window in windows for each in window.endpoints})
    return Cell(
        subject=first.subject,
        model=first.window.model,
        level=first.window.level,
        windows=tuple(windows),
        marks=tuple(marks(each, ceiling_per_s) for each in windows),
        endpoints=tuple(
            merged(name, [each for window in windows for each in window.endpoints if each.name == name])
            for name in names
        ),
        total=merged(ALL, [each.total for each in windows]),
        throughput=geometric_mean([each.throughput_per_s for each in windows]),
    )
