"""The stages of a run of load: who is asked, in which windows, and what follows from what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from bench.core.load_pairs import Pair
from bench.core.load_plan import Stage, Subject
from bench.load.applications import Application
from bench.load.judging.sweep import peak_per_s
from bench.load.reading.cells import Cell
from bench.load.request import LoadRequest
from bench.load.schedule import Timing, closed_windows, open_windows, renumbered, with_twins
from bench.load.target.factors import level_text

MOST_USERS = 64
"""Where a sweep ends at last: beyond that a figure tells more of queues than of the application."""
FACTOR_USERS = (8, 32)
"""Levels at which settings are compared: below the usual pool, and above it."""
OPEN_SHARES = (0.5, 0.8)
"""Open rates as shares of what the slower side came to in closed windows: at ease, and near its limit."""
IN_FLIGHT = 200
"""Requests of an open window under way at a time."""


def subjects_of(pairs: Iterable[Pair], applications: Sequence[Application]) -> tuple[Subject, ...]:
    """Return who takes turns: every side of every pair on every application, and the A/A twins."""
    return with_twins([
        Subject(
            id=" ".join([pair.name, side, *(f"{name}={level_text(level)}" for name, level in each.levels.items())]),
            pair=pair.name,
            side=side,
            user_class=user_class,
            host=each.base_url,
            setting=dict(each.levels),
        )
        for pair in pairs
        for each in applications
        for side, user_class in pair.sides
    ])  # fmt: skip


def timing_of(request: LoadRequest, step: int = 0) -> Timing:
    """Return how often and how long subjects are asked; each step of a run has orders and schedules of its own."""
    return Timing(
        rounds=request.rounds,
        discard_s=request.discard_s,
        measure_s=request.window_s,
        seed=request.seed + step,
        arrivals=request.arrivals,
    )


def closed_stage(name: str, subjects: tuple[Subject, ...], users: Sequence[int], request: LoadRequest) -> Stage:
    """Return a stage of closed windows."""
    windows = closed_windows(subjects, users, timing_of(request, users[-1]))
    return Stage(name=name, subjects=subjects, windows=windows, workers=request.workers, max_in_flight=IN_FLIGHT)


def open_stage(
    name: str, subjects: tuple[Subject, ...], rates_per_s: Mapping[str, Sequence[float]], request: LoadRequest
) -> Stage:
    """Return a stage of open windows, in which each pair is asked at rates of its own."""
    windows = [
        window
        for pair, rates in rates_per_s.items()
        for window in open_windows([each for each in subjects if each.pair == pair], rates, timing_of(request))
    ]
    shape = {"workers": request.workers, "max_in_flight": IN_FLIGHT}
    return Stage(name=name, subjects=subjects, windows=renumbered(windows), **shape)


def open_rates(
    cells: Sequence[Cell], subjects: Sequence[Subject], shares: Sequence[float] = OPEN_SHARES
) -> dict[str, tuple[float, ...]]:
    """Return the open rates that closed windows suggest, by pair; one of which nothing was answered has none.

    Args:
        cells: What was measured.
        subjects: Who takes turns.
        shares: The rates as shares of what the slowest subject of the pair came to.
    """
    found: dict[str, tuple[float, ...]] = {}
    for pair in dict.fromkeys(each.pair for each in subjects):
        slowest = min(peak_per_s(cells, each.id) for each in subjects if each.pair == pair)
        if rates := tuple(dict.fromkeys(rate for share in shares if (rate := _rounded(share * slowest)) > 0)):
            found[pair] = rates
    return found


def _rounded(rate_per_s: float) -> float:
    """Return a rate with two digits: it is quoted, and more would not be repeated."""
    return float(f"{rate_per_s:.2g}")
