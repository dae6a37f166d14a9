"""The network delay of a run as it was measured: what a round trip takes more than on the direct way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from bench.report.reading.records import DelayMeasured, Unit


@dataclass(frozen=True)
class Delay:
    """What one network delay came to, as medians over the passes."""

    asked_ms: float
    """In each direction."""
    select_1_ns: float
    """`SELECT 1`, a single round trip, through the proxy."""
    added_ns: float
    """What that is more than on the direct way: the measured delay of a round trip."""

    @property
    def added_ms(self) -> float:
        """Return the measured delay of a round trip in ms."""
        return self.added_ns / 1e6


def measured(units: Iterable[Unit]) -> dict[tuple[str, float], Delay]:
    """Return the delays by backend and by what was asked for, in ascending order of it."""
    found: dict[tuple[str, float], list[DelayMeasured]] = defaultdict(list)
    for unit in units:
        for each in unit.delays:
            found[unit.backend, each.asked_ms].append(each)
    return {place: _over_passes(place[1], members) for place, members in sorted(found.items())}


def _over_passes(asked_ms: float, members: list[DelayMeasured]) -> Delay:
    return Delay(
        asked_ms,
        median(each.select_1_ns for each in members),
        median(each.select_1_ns - each.direct_ns for each in members),
    )
