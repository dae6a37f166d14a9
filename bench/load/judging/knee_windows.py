"""Lay out the windows of a knee search, and say of each whether the subject kept to the SLO in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random

from bench.core.load_plan import Model, Window
from bench.load.judging.conditions import Condition, Outcome, judge, requests_needed
from bench.load.judging.knee import Met, Probe, Trial
from bench.load.reading.guards import Breach, MarkKind, marks
from bench.load.reading.readings import StageReading, WindowReading
from bench.load.schedule import Timing, renumbered

LONGEST_S = 60.0
"""A window is not made longer than this to hold enough requests; below that rate the SLO cannot be judged."""
_SPARE = 1.15
"""Where 1,150 arrivals are due, a Poisson schedule has fewer than 1,000 in 3 of a million windows."""
_SEEDS = 2**31


def met(window: WindowReading, slo: Iterable[Condition], ceiling_per_s: float | None) -> Met:
    """Return whether a window kept to the SLO.

    Overload is a miss, whatever the SLO says of errors: times of the few that got through prove nothing. A generator at
    its limit makes response times longer and never shorter, so what met the SLO in spite of it did meet it, if as many
    requests were sent as were intended.
    """
    found = marks(window, ceiling_per_s)
    outcomes = {judge(each, window.total, window.dropped_share).outcome for each in slo}
    limited = any(mark.kind is MarkKind.GENERATOR_LIMITED for mark in found)
    unasked = any(mark.what is Breach.SENT or mark.kind is MarkKind.LOST_WORKER for mark in found)
    overloaded = any(mark.kind is MarkKind.OVERLOAD for mark in found)
    if unasked or (limited and (overloaded or Outcome.FAILED in outcomes)):
        return Met.GENERATOR_LIMITED
    if overloaded or Outcome.FAILED in outcomes:
        return Met.NO
    return Met.TOO_FEW if Outcome.NOT_JUDGED in outcomes else Met.YES


def trials(stages: Iterable[StageReading], slo: Sequence[Condition], ceiling_per_s: float | None) -> tuple[Trial, ...]:
    """Return what the windows of the search came to; the round of a window is the repeat."""
    return tuple(
        Trial(Probe(each.subject.id, each.window.round, each.window.rate_per_s), met(each, slo, ceiling_per_s))
        for stage in stages
        for each in stage.windows
    )


def probe_windows(probes: Sequence[Probe], slo: Sequence[Condition], timing: Timing, step: int) -> tuple[Window, ...]:
    """Return the windows of one step of the search, in random order; the repeat is the round.

    A window is as long as the SLO needs: a p99 asks for 1,000 requests.

    Args:
        probes: What to try.
        slo: By what it is judged.
        timing: Its rounds are not used.
        step: How many steps came before, so that each has its own order and schedules.
    """
    random = Random(f"{timing.seed} {step}")
    wanted = requests_needed(tuple(slo)) * _SPARE
    windows = [
        Window(
            number=0,
            round=each.repeat,
            subject=each.subject,
            model=Model.OPEN,
            rate_per_s=each.rate_per_s,
            arrivals=timing.arrivals,
            seed=random.randrange(_SEEDS),
            discard_s=timing.discard_s,
            measure_s=max(timing.measure_s, min(LONGEST_S, wanted / each.rate_per_s)),
        )
        for each in probes
    ]
    return renumbered(random.sample(windows, len(windows)))
