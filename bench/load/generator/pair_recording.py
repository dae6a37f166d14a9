"""What becomes of the requests of both sides of each pair while somebody plays in the web UI, side by side."""

from __future__ import annotations

import math
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bench.core.histograms import Histogram
from bench.core.load_pairs import Pair
from bench.core.ratios import Ratio, ratio_over_passes
from bench.load.generator.recording import endpoint_name

USER_CLASS = "ormbench user class"
DUE = "ormbench due"
"""In the context of a request: who sent it, and when it was meant to be sent, where that was decided beforehand."""

SLICE_S = 5.0
FEWEST_REQUESTS = 10
"""Of each side in a slice, for its medians to be compared: fewer are a matter of luck."""
FEWEST_SLICES = 3
"""From here on a ratio is shown."""
_KEPT_SLICES = 720
"""An hour: ratios are over that at most."""
_SHOWN_SLICES = 120
"""Ten minutes, in the chart."""
ALL = "all"

Packed = dict[str, dict[str, list[Any]]]
"""Counts and packed histograms by user class and endpoint, as they travel from a worker."""


@dataclass
class Cell:
    """What one class asked of one endpoint since the last cut."""

    service_ns: list[float] = field(default_factory=list)
    response_ns: list[float] = field(default_factory=list)
    errors: int = 0


class PairRecorder:
    """The listener of one process for the requests of all user classes that belong to a pair."""

    def __init__(self, clock_s: Callable[[], float] = perf_counter) -> None:
        self._clock_s = clock_s
        self._cells: defaultdict[tuple[str, str], Cell] = defaultdict(Cell)

    def on_request(
        self,
        request_type: str,
        name: str,
        response_time: float,
        context: Mapping[str, Any],
        exception: BaseException | None = None,
        **_: Any,  # noqa: ANN401 - what else Locust tells of a request
    ) -> None:
        """Record a request that has ended just now; a listener of Locust's `request` event."""
        user_class = context.get(USER_CLASS)
        if user_class is None:
            return
        cell = self._cells[user_class, endpoint_name(request_type, name)]
        cell.service_ns.append(response_time * 1e6)
        waited_s = max(0.0, self._clock_s() - context[DUE] - response_time / 1e3) if DUE in context else 0.0
        cell.response_ns.append(response_time * 1e6 + waited_s * 1e9)
        cell.errors += exception is not None

    def cut(self) -> Packed:
        """Return what was recorded since the last cut, and begin anew."""
        cells, self._cells = self._cells, defaultdict(Cell)
        packed: Packed = {}
        for (user_class, endpoint), cell in cells.items():
            times = [_histogram(values_ns).encode() for values_ns in (cell.service_ns, cell.response_ns)]
            packed.setdefault(user_class, {})[endpoint] = [cell.errors, *times]
        return packed


@dataclass
class Side:
    """One side of a row: all of it, and the slice that is under way."""

    errors: int = 0
    service: Histogram = field(default_factory=Histogram)
    response: Histogram = field(default_factory=Histogram)
    in_slice: Histogram = field(default_factory=Histogram)
    slices: deque[tuple[int, float]] = field(default_factory=lambda: deque(maxlen=_KEPT_SLICES))
    """Requests and the median of their service times in ns, of each slice that is over; NaN where there are too few."""

    def end_slice(self) -> None:
        """Put the slice that is under way to the others."""
        few = self.in_slice.total < FEWEST_REQUESTS
        self.slices.append((self.in_slice.total, math.nan if few else self.in_slice.median_ns))
        self.in_slice = Histogram()


class PairTable:
    """The rows of the tab: each pair as a whole, and by endpoint where it asks for several."""

    def __init__(self, pairs: Iterable[Pair], clock_s: Callable[[], float] = perf_counter) -> None:
        self._places = {name: (pair.name, side) for pair in pairs for side, name in pair.sides}
        self._sides = {pair.name: [side for side, _ in pair.sides] for pair in pairs}
        self._clock_s = clock_s
        self.clear()

    def clear(self) -> None:
        """Begin anew."""
        self._rows: dict[tuple[str, str], dict[str, Side]] = {}
        self._started_s = self._slice_s = self._seen_s = self._clock_s()

    def add(self, packed: Packed) -> None:
        """Add what a process recorded, to the slice that is under way."""
        self._end_slices()
        for user_class, endpoints in packed.items():
            pair, side = self._places.get(user_class, (None, None))
            if pair is None or side is None:
                continue
            for endpoint, (errors, service, response) in endpoints.items():
                for name in (ALL, endpoint):
                    self._add(self._side(pair, name, side), errors, service, response)
            self._seen_s = self._clock_s()

    def as_data(self) -> dict[str, Any]:
        """Return the rows for the page, times in ms."""
        self._end_slices()
        return {"slice_s": SLICE_S, "rows": [self._row(*key, sides) for key, sides in self._shown()]}

    def _shown(self) -> Iterator[tuple[tuple[str, str], dict[str, Side]]]:
        for (pair, endpoint), sides in sorted(self._rows.items(), key=_whole_first):
            several = sum(each == pair for each, _ in self._rows) > 2  # noqa: PLR2004 - all, and the only one
            if endpoint == ALL or several:
                yield (pair, endpoint), sides

    def _row(self, pair: str, endpoint: str, sides: Mapping[str, Side]) -> dict[str, Any]:
        passed_s = max(self._seen_s - self._started_s, 1.0)
        shown = [{"name": name, **_side_data(sides[name], passed_s)} for name in self._sides[pair]]
        first, second = (sides[name] for name in self._sides[pair])
        paired = [(a, b) for a, b in zip(first.slices, second.slices, strict=True) if not math.isnan(a[1] + b[1])]
        service = _ratio((b[1], a[1]) for a, b in paired)
        # Inverted, as times are: below 1 the second side is the faster one.
        throughput = _ratio((a[0], b[0]) for a, b in paired)
        return {"pair": pair, "endpoint": endpoint, "sides": shown, "service_ratio": service, "rate_ratio": throughput}

    def _side(self, pair: str, endpoint: str, side: str) -> Side:
        if (pair, endpoint) not in self._rows:
            over = int((self._slice_s - self._started_s) / SLICE_S)
            self._rows[pair, endpoint] = {each: Side() for each in self._sides[pair]}
            for each in self._rows[pair, endpoint].values():
                each.slices.extend([(0, math.nan)] * min(over, _KEPT_SLICES))
        return self._rows[pair, endpoint][side]

    def _add(self, side: Side, errors: int, service: bytes, response: bytes) -> None:
        served = Histogram.decode(service)
        side.errors += errors
        side.service.add(served)
        side.in_slice.add(served)
        side.response.add(Histogram.decode(response))

    def _end_slices(self) -> None:
        while self._clock_s() - self._slice_s >= SLICE_S:
            self._slice_s += SLICE_S
            for sides in self._rows.values():
                for side in sides.values():
                    side.end_slice()


def _whole_first(row: tuple[tuple[str, str], Any]) -> tuple[str, bool, str]:
    (pair, endpoint), _ = row
    return pair, endpoint != ALL, endpoint


def _histogram(values_ns: Iterable[float]) -> Histogram:
    histogram = Histogram()
    histogram.record(values_ns)
    return histogram


def _side_data(side: Side, passed_s: float) -> dict[str, Any]:
    times = {
        kind: {f"p{percent}": _in_ms(histogram.percentile_ns(percent)) for percent in (50, 95, 99)}
        for kind, histogram in (("service", side.service), ("response", side.response))
    }
    shown = [*side.slices][-_SHOWN_SLICES:]
    points = [[count / SLICE_S, None if math.isnan(median) else median / 1e6] for count, median in shown]
    return {"per_s": side.service.total / passed_s, "errors": side.errors, **times, "points": points}


def _in_ms(time_ns: float | None) -> float | None:
    return None if time_ns is None else time_ns / 1e6


def _ratio(pairs: Iterable[tuple[float, float]]) -> dict[str, float] | None:
    passes = [((over,), (under,)) for over, under in pairs]
    if len(passes) < FEWEST_SLICES:
        return None
    ratio: Ratio = ratio_over_passes(passes)
    return {"estimate": ratio.estimate, "low": ratio.interval.low, "high": ratio.interval.high, "slices": len(passes)}
