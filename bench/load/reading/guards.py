"""What forbids a window of load a winner: a generator at its limit, an overloaded application, a lost worker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.load.reading.readings import WindowReading

CEILING_SHARE = 0.5
"""Of the rate at which the generator asks an endpoint that does nothing; beyond, its own queue is in the times."""
BUSY_CPU = 0.9
"""Share of one core: Locust warns of its own timing above this (`CPU_WARNING_THRESHOLD`)."""
LATE_SHARE = 0.01
"""Of arrivals begun more than 5 ms after their intended start; beyond, the p99 of the lag is above 5 ms."""
ACHIEVED_SHARE = 0.98
"""Of the arrivals that were due, those that the generator must have sent or dropped."""
OVERLOAD_SHARE = 0.01
"""Of requests that failed, or of arrivals that were dropped: beyond, the times are of those that got through."""
LEFT_OUT_SHARE = 0.25
"""Of the rounds, as many may be disturbed in the generator and are left out; with more it is no disturbance."""


class MarkKind(StrEnum):
    """What a mark says of a window."""

    GENERATOR_LIMITED = "generator-limited"
    """The generator, not the application, may have set the figures."""
    OVERLOAD = "overload"
    LOST_WORKER = "lost-worker"


class Breach(StrEnum):
    """Which limit a window went beyond, and in which unit value and limit are."""

    CEILING = "share of the generator's ceiling"
    CPU = "share of a core used by the generator"
    LATE = "share of arrivals sent late"
    SENT = "share of arrivals sent"
    ERRORS = "share of requests that failed"
    DROPPED = "share of arrivals dropped"
    WORKERS = "workers lost"


DISTURBED = (Breach.LATE, Breach.SENT)
"""What may befall a generator in a single round, whatever the sides do. Its ceiling and its processor are reached
because a side answers fast: to leave out such rounds would be to choose rounds by their outcome."""


@dataclass(frozen=True)
class Mark:
    """A reason why a window has no winner."""

    kind: MarkKind
    what: Breach
    value: float
    limit: float


def marks(window: WindowReading, ceiling_per_s: float | None) -> tuple[Mark, ...]:
    """Return what forbids this window a winner; nothing in most.

    An arrival is dropped because as many requests as are allowed wait for the application: that is the application's
    overload. An arrival that was neither sent nor dropped was lost by the generator.

    Args:
        window: What the window came to.
        ceiling_per_s: Requests per second of this generator to an endpoint that does nothing; None if not measured.
    """
    return (*_generator(window, ceiling_per_s), *_application(window), *_workers(window))


def is_disturbed(found: Iterable[Mark]) -> bool:
    """Say whether a round with these marks is left out of a comparison."""
    return any(mark.what in DISTURBED for mark in found)


def forbid_winner(rounds: Sequence[Sequence[Mark]]) -> bool:
    """Say whether the marks of some rounds forbid a winner: one that is no disturbance, or too many that are."""
    others = any(mark.what not in DISTURBED for found in rounds for mark in found)
    return others or sum(map(is_disturbed, rounds)) > LEFT_OUT_SHARE * len(rounds)


def _generator(window: WindowReading, ceiling_per_s: float | None) -> Iterator[Mark]:
    kind = MarkKind.GENERATOR_LIMITED
    share = window.requests / window.measured_s / ceiling_per_s if ceiling_per_s else 0.0
    if share > CEILING_SHARE:
        yield Mark(kind, Breach.CEILING, share, CEILING_SHARE)
    if window.generator_cpu > BUSY_CPU:
        yield Mark(kind, Breach.CPU, window.generator_cpu, BUSY_CPU)
    late_share = window.late / window.begun if window.begun else 0.0
    if late_share > LATE_SHARE:
        yield Mark(kind, Breach.LATE, late_share, LATE_SHARE)
    if window.achieved_share is not None and window.achieved_share + window.dropped_share < ACHIEVED_SHARE:
        yield Mark(kind, Breach.SENT, window.achieved_share + window.dropped_share, ACHIEVED_SHARE)


def _application(window: WindowReading) -> Iterator[Mark]:
    if window.error_share > OVERLOAD_SHARE:
        yield Mark(MarkKind.OVERLOAD, Breach.ERRORS, window.error_share, OVERLOAD_SHARE)
    if window.dropped_share > OVERLOAD_SHARE:
        yield Mark(MarkKind.OVERLOAD, Breach.DROPPED, window.dropped_share, OVERLOAD_SHARE)


def _workers(window: WindowReading) -> Iterator[Mark]:
    if window.lost_workers:
        yield Mark(MarkKind.LOST_WORKER, Breach.WORKERS, len(window.lost_workers), 0)
