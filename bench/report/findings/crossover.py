"""At which network delay does a ratio cross 1? The arithmetic on groups that differ in their delay alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from bench.core.claims import Value
from bench.core.contract import DELAY
from bench.core.contrasts import Question
from bench.core.drivers import Mode
from bench.core.ratios import Ratio
from bench.core.verdicts import Verdict
from bench.report.findings.analysis import Analysis, Finding, GroupResult
from bench.report.reading.delays import Delay

FEWEST_DELAYS = 2


@dataclass(frozen=True)
class Point:
    """A ratio at a measured delay."""

    added_ms: float
    """What the delay adds to a round trip, as measured."""
    ratio: Ratio
    verdict: Verdict


@dataclass(frozen=True)
class Crossing:
    """Where a ratio crosses 1, in ms of measured round-trip delay.

    An end of the interval is None where the bound of the ratio's interval crosses 1 outside of what was measured.
    """

    at_ms: float
    low_ms: float | None
    high_ms: float | None
    rising: bool
    """Whether the numerator is the faster one before the crossing and the slower one behind it."""
    until_ms: float | None
    """The last measured delay before it at which the verdict names the winner."""
    from_ms: float | None
    """The first measured delay behind it at which the verdict names the other one."""


@dataclass(frozen=True)
class Curve:
    """One ratio over all delays of a series."""

    question: Question
    variant: str
    driver: str
    than: str
    """The baseline variant, or the sync driver."""
    points: tuple[Point, ...]
    """In ascending order of the measured delay."""

    @property
    def crossings(self) -> tuple[Crossing, ...]:
        """Return where the ratio crosses 1."""
        return crossings(self.points)


@dataclass(frozen=True)
class Series:
    """The groups of one scenario, backend and parameters under several delays, with the curves of interest."""

    groups: tuple[GroupResult, ...]
    parameters: dict[str, Value]
    delays: tuple[Delay, ...]
    sync: tuple[Curve, ...]
    """Variants over the baseline on the first sync driver."""
    async_: tuple[Curve, ...]
    """Variants over the baseline on the first async driver."""
    modes: tuple[Curve, ...]
    """Async over sync of each variant, in one library."""

    @property
    def curves(self) -> tuple[Curve, ...]:
        """Return all curves."""
        return *self.sync, *self.async_, *self.modes


def series(analysis: Analysis) -> list[Series]:
    """Return every series of at least two delays that were measured."""
    together: dict[tuple[str, str, tuple[tuple[str, Value], ...]], list[GroupResult]] = {}
    for group in analysis.groups:
        if group.delay is not None:
            others = tuple((name, value) for name, value in group.used.parameters.items() if name != DELAY)
            together.setdefault((group.scenario.name, group.backend.label, others), []).append(group)
    return [_series(groups, dict(others)) for (*_, others), groups in together.items() if len(groups) >= FEWEST_DELAYS]


def crossings(points: Sequence[Point]) -> tuple[Crossing, ...]:
    """Return where the ratio crosses 1, each with the delays at which the bounds of its interval do.

    Between two measured delays the log of the ratio, and of each bound, is taken to be a straight line. The bound that
    meets 1 first is looked for before the crossing, the other one behind it: between them, 1 lies in the interval.
    These bounds are of one ratio by itself; who is faster on either side is what the verdicts say, which are corrected.
    """
    return tuple(_crossings(points))


def _crossings(points: Sequence[Point]) -> Iterator[Crossing]:
    places = [point.added_ms for point in points]
    low = _zeros(places, [_log(point.ratio.interval.low) for point in points])
    high = _zeros(places, [_log(point.ratio.interval.high) for point in points])
    crossed = _zeros(places, [math.log(point.ratio.estimate) for point in points])
    sides = list(pairwise([-math.inf, *(at_ms for at_ms, _ in crossed), math.inf]))
    for number, (at_ms, rising) in enumerate(crossed):
        first, last = (high, low) if rising else (low, high)
        before = [place for place, upward in first if place <= at_ms and upward is rising]
        behind = [place for place, upward in last if place >= at_ms and upward is rising]
        first_word, last_word = (Verdict.FASTER, Verdict.SLOWER) if rising else (Verdict.SLOWER, Verdict.FASTER)
        yield Crossing(
            at_ms,
            max(before, default=None),
            min(behind, default=None),
            rising,
            until_ms=max(_decided(points, first_word, *sides[number]), default=None),
            from_ms=min(_decided(points, last_word, *sides[number + 1]), default=None),
        )


def _decided(points: Sequence[Point], word: Verdict, after_ms: float, before_ms: float) -> list[float]:
    """Return the delays on one side of a crossing, up to the next one, at which the verdict is that word."""
    return [each.added_ms for each in points if each.verdict is word and after_ms <= each.added_ms <= before_ms]


def _zeros(places: Sequence[float], values: Sequence[float]) -> list[tuple[float, bool]]:
    """Return where the line through the values changes its sign, and whether it rises there.

    A value of 0 belongs to the side that the line comes from, so that touching 0 is no crossing.
    """
    found = []
    known = [(place, value) for place, value in zip(places, values, strict=True) if value != 0]
    for (place, value), (next_place, next_value) in pairwise(known):
        if (value < 0) == (next_value < 0):
            continue
        between = [each for each, zero in zip(places, values, strict=True) if zero == 0 and place < each < next_place]
        if between:
            found.append((between[0], next_value > 0))
        elif math.isfinite(value) and math.isfinite(next_value):
            found.append((place + (next_place - place) * value / (value - next_value), next_value > 0))
    return found


def _log(bound: float) -> float:
    return math.log(bound) if bound > 0 else -math.inf


def _series(groups: Sequence[GroupResult], parameters: dict[str, Value]) -> Series:
    ordered = sorted(groups, key=lambda group: group.delay.added_ns if group.delay else 0.0)
    first = ordered[0]
    drivers = {mode: [name for name in first.drivers if first.modes[name] is mode] for mode in Mode}
    variants = [variant.name for variant in first.variants if not variant.is_for_scale]
    others = [name for name in variants if name != first.used.baseline]

    def over_baseline(mode: Mode) -> tuple[Curve, ...]:
        return tuple(_curves(ordered, Question.VARIANT, others, drivers[mode][:1]))

    return Series(
        groups=tuple(ordered),
        parameters=parameters,
        delays=tuple(group.delay for group in ordered if group.delay),
        sync=over_baseline(Mode.SYNC),
        async_=over_baseline(Mode.ASYNC),
        modes=tuple(_curves(ordered, Question.MODE, variants, drivers[Mode.ASYNC])),
    )


def _curves(
    groups: Sequence[GroupResult], question: Question, variants: Sequence[str], drivers: Sequence[str]
) -> Iterator[Curve]:
    for driver in drivers:
        for variant in variants:
            found = [(group, group.finding(question, variant, driver)) for group in groups]
            points = [
                Point(group.delay.added_ms, finding.ratio, finding.verdict)
                for group, finding in found
                if group.delay and finding and finding.ratio
            ]
            if len(points) >= FEWEST_DELAYS:
                yield Curve(question, variant, driver, _than(question, found), tuple(points))


def _than(question: Question, found: Sequence[tuple[GroupResult, Finding | None]]) -> str:
    denominator = next(finding.contrast.denominator for _, finding in found if finding)
    return denominator.variant if question is Question.VARIANT else denominator.driver
