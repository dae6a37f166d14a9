"""Network delay times operations in flight: where async and sync change places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.core.claims import Value
from bench.core.contract import DELAY
from bench.core.contrasts import Contrast, Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.findings.analysis import Analysis, Finding, GroupResult
from bench.report.reading.delays import Delay

IN_FLIGHT = "in_flight"
"""The parameter that sets how many operations are under way at a time."""
FEWEST = 2
"""Levels of each axis: a line between them needs two."""

Spot = tuple[float, int]
"""The delay that was asked for, in ms, and the operations in flight."""


@dataclass(frozen=True)
class Plane:
    """Async over sync for one pair of drivers, at every delay and number of operations in flight."""

    contrast: Contrast
    """Of the first spot: the drivers and the variant are the same at all of them."""
    findings: Mapping[Spot, Finding]

    @property
    def pair(self) -> str:
        """Return what is divided by what, `psycopg_async / psycopg`."""
        return f"{self.contrast.numerator.driver} / {self.contrast.denominator.driver}"

    def times(self, verdict: Verdict) -> int:
        """Return at how many spots the comparison came to the verdict."""
        return sum(each.verdict is verdict for each in self.findings.values())


@dataclass(frozen=True)
class CrowdMap:
    """The groups of one scenario and backend that differ in their delay and in the operations in flight alone."""

    groups: tuple[GroupResult, ...]
    parameters: dict[str, Value]
    """All others."""
    delays: tuple[Delay, ...]
    """In ascending order."""
    in_flight: tuple[int, ...]
    """In ascending order."""
    planes: tuple[Plane, ...]
    """One library in two modes first, then two stacks where there are any."""

    @property
    def place(self) -> str:
        """Return what it was measured under, `PostgreSQL 18.6 · concurrency · wait_ms=5`."""
        first = self.groups[0]
        parts = (labels.backend(first.backend), first.scenario.name, labels.parameters(self.parameters))
        return " · ".join(part for part in parts if part)

    @property
    def sentences(self) -> list[str]:
        """Return every ratio, a sentence for each pair of drivers and number of operations in flight."""
        return [
            f"{each.pair}, {number} in flight: {'; '.join(self._told(each, number)) or 'not measured'}."
            for each in self.planes
            for number in self.in_flight
        ]

    def _told(self, plane: Plane, in_flight: int) -> Iterator[str]:
        for delay in self.delays:
            if finding := plane.findings.get((delay.asked_ms, in_flight)):
                said = f"{labels.interval(finding.ratio)}, " if finding.ratio else ""
                yield f"{said}{finding.verdict} at {delay_ms(delay)}"

    @property
    def title(self) -> str:
        """Return how often async is the faster one, as the title of the figure."""
        first = self.planes[0]
        valid = sum(each.ratio is not None for each in first.findings.values())
        if not valid:
            return f"{first.pair} has no valid comparison"
        if not first.times(Verdict.FASTER) + first.times(Verdict.SLOWER):
            return f"{first.pair}: no clear difference in any of {valid} places"
        faster, slower = first.times(Verdict.FASTER), first.times(Verdict.SLOWER)
        return f"{first.contrast.numerator.driver} is faster in {faster} of {valid} places and slower in {slower}"


def delay_ms(delay: Delay) -> str:
    """Return a measured delay with its unit; it is measured no better than to two digits."""
    return f"{delay.added_ms:.2g} ms"


def crowd_maps(analysis: Analysis) -> list[CrowdMap]:
    """Return a map for all groups that span at least two delays and two numbers of operations in flight."""
    together: dict[tuple[str, str, tuple[tuple[str, Value], ...]], list[GroupResult]] = {}
    for group in analysis.groups:
        if group.delay is not None and IN_FLIGHT in group.used.parameters:
            others = [item for item in group.used.parameters.items() if item[0] not in {DELAY, IN_FLIGHT}]
            together.setdefault((group.scenario.name, group.backend.label, tuple(others)), []).append(group)
    found = [_crowd_map(groups, dict(others)) for (*_, others), groups in together.items()]
    return [each for each in found if len(each.delays) >= FEWEST <= len(each.in_flight) and each.planes]


def _crowd_map(groups: Sequence[GroupResult], parameters: dict[str, Value]) -> CrowdMap:
    delays = {group.delay.asked_ms: group.delay for group in groups if group.delay}
    return CrowdMap(
        groups=tuple(groups),
        parameters=parameters,
        delays=tuple(delays[asked_ms] for asked_ms in sorted(delays)),
        in_flight=tuple(sorted({int(group.used.parameters[IN_FLIGHT]) for group in groups})),
        planes=tuple(_planes(groups)),
    )


def _planes(groups: Sequence[GroupResult]) -> Iterator[Plane]:
    """Yield the first pair of drivers of each kind, for the baseline."""
    for question in (Question.MODE, Question.STACK):
        found: dict[str, dict[Spot, Finding]] = {}
        first: dict[str, Contrast] = {}
        for group in groups:
            spot = (group.delay.asked_ms if group.delay else 0.0, int(group.used.parameters[IN_FLIGHT]))
            for each in group.of(question):
                if each.contrast.numerator.variant == group.used.baseline:
                    drivers = f"{each.contrast.numerator.driver} / {each.contrast.denominator.driver}"
                    first.setdefault(drivers, each.contrast)
                    found.setdefault(drivers, {})[spot] = each
        for drivers, findings in list(found.items())[:1]:
            yield Plane(first[drivers], findings)
