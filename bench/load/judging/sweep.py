"""Decide when a sweep over users has reached saturation."""

from __future__ import annotations

from collections.abc import Iterable

from bench.core.load_plan import Model
from bench.load.reading.cells import Cell

GROWTH = 0.05
"""A throughput that grows by no more than this from one level to the next, with twice the users, has its peak."""


def next_users(cells: Iterable[Cell], limit: int) -> int | None:
    """Return the next level of a closed sweep, twice the last one; None where it is over.

    It is over at the limit, and where the throughput of no subject grew by more than GROWTH over the level before.

    Args:
        cells: Those of all levels that were measured; their subjects are the same at each level.
        limit: The most users that may be asked for.
    """
    by_level: dict[int, dict[str, float]] = {}
    for cell in cells:
        if cell.model is Model.CLOSED:
            by_level.setdefault(int(cell.level), {})[cell.subject.id] = cell.throughput.estimate
    if not by_level:
        return 1
    last, *earlier = sorted(by_level, reverse=True)
    if last * 2 > limit:
        return None
    if earlier and not any(
        found > by_level[earlier[0]].get(subject, 0.0) * (1 + GROWTH) for subject, found in by_level[last].items()
    ):
        return None
    return last * 2


def peak_per_s(cells: Iterable[Cell], subject: str) -> float:
    """Return the highest throughput of a subject over the levels of a closed sweep; 0 where it was not measured."""
    return max(
        (cell.throughput.estimate for cell in cells if cell.subject.id == subject and cell.model is Model.CLOSED),
        default=0.0,
    )
