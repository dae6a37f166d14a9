"""The language in which limits for load are written, `p99<200ms,errors<0.1%`, and whether figures keep to them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import NoReturn

from bench.core.errors import UsageError
from bench.core.histograms import Histogram
from bench.core.names import nearest
from bench.core.summaries import SAMPLES_BEYOND
from bench.load.reading.readings import ALL, EndpointReading

PERCENTILES = {"p50": 50.0, "p90": 90.0, "p95": 95.0, "p99": 99.0, "p99.9": 99.9}
LONGEST = "max"
ERRORS = "errors"
DROPPED = "dropped"
METRICS = (*PERCENTILES, LONGEST, ERRORS, DROPPED)

_NS = {"us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9}
_SHARES = {ERRORS, DROPPED}
_SHAPE = re.compile(
    r"(?:(?P<clock>\w+)\s+)?(?P<metric>[\w.]+)\s*(?P<sign><=?)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>.*)"
)
_EXAMPLE = "p99<200ms"


class Clock(StrEnum):
    """When the time of a request begins."""

    RESPONSE = "response"
    """At its intended start; what a user feels, and what is meant where nothing is said."""
    SERVICE = "service"
    """When it was sent."""


class Outcome(StrEnum):
    """What became of a condition."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Condition:
    """One limit that a figure must stay below."""

    text: str
    metric: str
    limit: float
    """In ns for a time, as a share of 1 for errors and dropped arrivals."""
    clock: Clock = Clock.RESPONSE
    or_equal: bool = False

    def requests_needed(self) -> int:
        """Return how many requests must be seen before this can be judged."""
        if self.metric not in PERCENTILES:
            return 1
        return ceil(round(SAMPLES_BEYOND * 100 / (100 - PERCENTILES[self.metric]), 6))

    def holds(self, value: float) -> bool:
        """Return whether a value, in the unit of the limit, keeps to it."""
        return value < self.limit or (self.or_equal and value == self.limit)


@dataclass(frozen=True)
class Judgement:
    """A condition, what was seen, and what became of it."""

    condition: Condition
    value: float | None
    """In the unit of the limit; None where it was not judged, or lies beyond every limit."""
    outcome: Outcome
    reason: str = ""
    """Why there is no value."""


def parse_conditions(text: str) -> tuple[Condition, ...]:
    """Return the conditions of a text such as `p99<200ms,errors<0.1%`; all of them must hold.

    Metrics are p50, p90, p95, p99, p99.9 and max with us, ms or s, and errors and dropped with %. `service` before a
    time counts it from the send instead of the intended start.

    Raises:
        UsageError: A part is malformed; the message names it.
    """
    return tuple(_condition(part.strip(), text) for part in text.split(","))


def requests_needed(conditions: tuple[Condition, ...]) -> int:
    """Return how many requests a window must have for all of the conditions to be judged."""
    return max(each.requests_needed() for each in conditions)


def judge(condition: Condition, reading: EndpointReading, dropped_share: float | None) -> Judgement:
    """Return whether what was read keeps to a condition.

    Args:
        condition: The limit.
        reading: One endpoint, or all of them added up.
        dropped_share: Of the arrivals of the window; None in a closed one, which has none.
    """
    if condition.metric == DROPPED:
        if dropped_share is None or reading.name != ALL:
            return Judgement(condition, None, Outcome.NOT_JUDGED, "only an open window as a whole drops arrivals")
        return _compared(condition, dropped_share)
    if condition.metric == ERRORS:
        requests = reading.ok + reading.failed
        return _compared(condition, reading.failed / requests) if requests else _too_few(condition, requests)
    return _judged_by_time(condition, reading, dropped_share or 0.0)


def time_ns(condition: Condition, reading: EndpointReading, dropped_share: float) -> float | None:
    """Return the time that a condition limits; infinite where it is that of a dropped arrival.

    A dropped arrival was never served, and is one of those that would have waited longest: it counts as beyond every
    time, in each endpoint by its share of the requests, for nobody knows what it would have asked. None where fewer
    requests were asked for than bear the percentile.
    """
    times = reading.response if condition.clock is Clock.RESPONSE else reading.service
    if condition.metric == LONGEST:
        return math.inf if dropped_share else times.highest_ns
    return with_dropped_ns(times, dropped(reading, dropped_share), PERCENTILES[condition.metric])


def with_dropped_ns(times: Histogram, lost: int, percent: float) -> float | None:
    """Return a percentile of times to which so many dropped requests are added; infinite where it is that of one."""
    highest_ns = times.highest_ns
    times.record([math.inf] * lost)
    found_ns = times.percentile_ns(percent)
    return math.inf if found_ns is not None and found_ns > highest_ns else found_ns


def _judged_by_time(condition: Condition, reading: EndpointReading, dropped_share: float) -> Judgement:
    if (value := time_ns(condition, reading, dropped_share)) == math.inf:
        reason = f"{dropped_share:.3%} of the arrivals were dropped, and each of them is beyond every limit"
        return Judgement(condition, None, Outcome.FAILED, reason)
    asked = reading.ok + reading.failed + dropped(reading, dropped_share)
    return _too_few(condition, asked) if asked < condition.requests_needed() else _compared(condition, value)


def dropped(reading: EndpointReading, share: float) -> int:
    """Return how many requests were dropped, where an arrival of the reading sends as many as any other."""
    return round((reading.ok + reading.failed) * share / (1 - share)) if share < 1 else 0


def _too_few(condition: Condition, requests: int) -> Judgement:
    reason = f"{condition.metric} needs {condition.requests_needed():,} requests, there were {requests:,}"
    return Judgement(condition, None, Outcome.NOT_JUDGED, reason)


def _compared(condition: Condition, value: float | None) -> Judgement:
    if value is None:
        return Judgement(condition, None, Outcome.NOT_JUDGED, f"too few times were recorded for {condition.metric}")
    return Judgement(condition, value, Outcome.PASSED if condition.holds(value) else Outcome.FAILED)


def _condition(part: str, whole: str) -> Condition:
    found = _SHAPE.fullmatch(part)
    if found is None:
        what = f"{part!r} is no condition" if part else "a condition is empty"
        _reject(f"{what} in {whole!r}; write METRIC<LIMIT with a number and a unit")
    metric, unit = found["metric"], found["unit"]
    if metric not in METRICS:
        _reject(f"unknown metric {metric!r} in {part!r}; {nearest(metric, METRICS)}")
    scales = {"%": 0.01} if metric in _SHARES else _NS
    if unit not in scales:
        named = f"unknown unit {unit!r}" if unit else "a unit is missing"
        _reject(f"{named} in {part!r}; {metric} takes {', '.join(scales)}")
    clock = found["clock"] or Clock.RESPONSE
    if clock not in list(Clock) or (metric in _SHARES and found["clock"]):
        _reject(f"{clock!r} cannot stand before {metric} in {part!r}; before a time it is response or service")
    limit = float(found["number"]) * scales[unit]
    return Condition(part, metric, limit, Clock(clock), or_equal=found["sign"] == "<=")


def _reject(reason: str) -> NoReturn:
    message = f"{reason}, as in {_EXAMPLE}"
    raise UsageError(message)
