"""Search the highest open rate at which a subject keeps to an SLO: which rates to try next, and what they came to."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bench.core.errors import UsageError
from bench.core.ratios import FEWEST_PASSES
from bench.load.reading.means import geometric_mean

REPEATS = 3
RESOLUTION = 1.1
"""A repeat ends when the lowest rate that missed is at most this many times the highest that met."""
REACH = 16.0
"""A repeat looks no further than this many times above and below its first rate."""


class Met(StrEnum):
    """Whether the subject kept to the SLO in one window."""

    YES = "yes"
    NO = "no"
    GENERATOR_LIMITED = "generator-limited"
    """It missed, or was not asked as often as intended, and the generator may be why."""
    TOO_FEW = "too few requests"
    """So few that a percentile of the SLO cannot be told."""


class Bound(StrEnum):
    """What a knee's rate says of the true one."""

    WITHIN = "within"
    AT_LEAST = "at least"
    """No higher rate was tried, or could be judged."""
    BELOW = "below"
    """No lower rate was tried, or could be judged."""
    UNKNOWN = "unknown"
    """The repeats contradict each other, or no window could be judged."""


@dataclass(frozen=True)
class Probe:
    """A rate to try."""

    subject: str
    repeat: int
    rate_per_s: float


@dataclass(frozen=True)
class Trial:
    """What a probe came to."""

    probe: Probe
    met: Met


@dataclass(frozen=True)
class Bracket:
    """Where the knee of one repeat lies: it met the lower rate and missed the upper one."""

    low_per_s: float | None
    high_per_s: float | None
    limited: bool = False
    """Whether the upper end is the generator's limit and no miss of the subject."""


@dataclass(frozen=True)
class Knee:
    """The highest rate at which a subject kept to the SLO, over its repeats."""

    subject: str
    bound: Bound
    rate_per_s: float | None
    low_per_s: float | None
    """Of the 95 % interval over the repeats, at least as wide as their mean bracket; None where there is none."""
    high_per_s: float | None
    repeats: int

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


def next_probes(start_per_s: Mapping[str, float], done: Sequence[Trial], repeats: int = REPEATS) -> tuple[Probe, ...]:
    """Return what to try next: one rate for each subject and repeat that has no narrow bracket yet; none at the end.

    All of them belong into one stage, so that the subjects take turns. What is next follows from the trials alone, so
    an interrupted search goes on where it was. The repeats begin a fraction of RESOLUTION apart, else all of them
    would try the same rates and agree by construction.

    Args:
        start_per_s: Where the search of each subject begins, such as the peak of its closed sweep.
        done: What was tried.
        repeats: How many searches each subject gets.

    Raises:
        UsageError: A start is not above 0, or there is no repeat.
    """
    if repeats < 1 or any(not 0 < start < math.inf for start in start_per_s.values()):
        message = f"a knee search needs one repeat and rates above 0 to start from, not {repeats} and {start_per_s}"
        raise UsageError(message)
    probes = []
    for subject, start in start_per_s.items():
        for repeat in range(repeats):
            rate = _next_rate(start * RESOLUTION ** (repeat / repeats), _of(done, subject, repeat))
            if rate is not None:
                probes.append(Probe(subject, repeat, rate))
    return tuple(probes)


def bracket(done: Iterable[Trial]) -> Bracket:
    """Return where the trials of one repeat place the knee.

    A window that cannot be judged ends the search on its side: too few requests below, the generator's limit above.
    """
    done = list(done)
    highs = {trial.probe.rate_per_s: trial.met for trial in done if trial.met in (Met.NO, Met.GENERATOR_LIMITED)}
    lows = [trial.probe.rate_per_s for trial in done if trial.met is Met.YES]
    high = min(highs, default=None)
    return Bracket(max(lows, default=None), high, high is not None and highs[high] is Met.GENERATOR_LIMITED)


def knee(subject: str, done: Sequence[Trial]) -> Knee:
    """Return the knee of a subject: the geometric mean of its repeats' brackets."""
    repeats = sorted({trial.probe.repeat for trial in done if trial.probe.subject == subject})
    found = [bracket(_of(done, subject, repeat)) for repeat in repeats]
    lows = [each.low_per_s for each in found if each.low_per_s is not None]
    highs = [each.high_per_s for each in found if each.high_per_s is not None and not each.limited]
    if found and len(lows) == len(highs) == len(found):
        return _within(subject, lows, highs)
    if found and len(lows) == len(found):
        return Knee(subject, Bound.AT_LEAST, geometric_mean(lows).estimate, None, None, len(found))
    if found and len(highs) == len(found):
        return Knee(subject, Bound.BELOW, geometric_mean(highs).estimate, None, None, len(found))
    return Knee(subject, Bound.UNKNOWN, None, None, None, len(found))


def _within(subject: str, lows: Sequence[float], highs: Sequence[float]) -> Knee:
    middle = geometric_mean([math.sqrt(low * high) for low, high in zip(lows, highs, strict=True)])
    if len(lows) < FEWEST_PASSES:
        return Knee(subject, Bound.WITHIN, middle.estimate, None, None, len(lows))
    low = min(middle.interval.low, geometric_mean(lows).estimate)
    high = max(middle.interval.high, geometric_mean(highs).estimate)
    return Knee(subject, Bound.WITHIN, middle.estimate, low, high, len(lows))


def _next_rate(start: float, done: Sequence[Trial]) -> float | None:
    """Return the next rate of one repeat: twice or half as much until both ends are known, then between them."""
    if not done:
        return start
    high = bracket(done).high_per_s
    floor = max((each.probe.rate_per_s for each in done if each.met in (Met.YES, Met.TOO_FEW)), default=None)
    if floor is None:
        halved = (high or start) / 2
        return halved if halved * REACH >= start else None
    if high is None:
        return floor * 2 if floor * 2 <= start * REACH else None
    return None if _is_narrow(floor, high) else math.sqrt(floor * high)


def _is_narrow(low: float, high: float) -> bool:
    return high <= low * RESOLUTION * (1 + 1e-9)


def _of(done: Iterable[Trial], subject: str, repeat: int) -> list[Trial]:
    return [trial for trial in done if trial.probe.subject == subject and trial.probe.repeat == repeat]
