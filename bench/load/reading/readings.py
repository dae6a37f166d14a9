"""What a stage of load came to: its windows with their counts and histograms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from bench.core.histograms import Histogram
from bench.core.load_plan import Model, Stage, Subject, Window

ALL = "all"
"""The name under which the endpoints of a window are added up."""


@dataclass(frozen=True)
class EndpointReading:
    """What one endpoint answered in the measured part of a window, or what all of them did."""

    name: str
    """Without the prefix of its mode, so that both sides have the same names: `GET /users/{user_id}`."""
    ok: int
    errors: Mapping[str, int]
    """Requests that failed, by status or by the name of the exception."""
    packed_service: bytes = field(repr=False)
    """Histograms are kept packed: unpacked, those of a long stage would take hundreds of megabytes."""
    packed_response: bytes = field(repr=False)

    @property
    def failed(self) -> int:
        """Return the number of errors of every kind."""
        return sum(self.errors.values())

    @property
    def service(self) -> Histogram:
        """Return the times from the send to the end of the answer, of failed requests too."""
        return Histogram.decode(self.packed_service)

    @property
    def response(self) -> Histogram:
        """Return the times from the intended start; a closed window has none and gives the service times."""
        return Histogram.decode(self.packed_response)


@dataclass(frozen=True)
class SecondReading:
    """One second of a window, in both of its parts; for traces, not for figures."""

    second: float
    """When it began, since the epoch."""
    part: str
    """`discarded` or `measured`."""
    ok: int
    errors: int
    p50_ns: float | None
    """Of the response time; None where so few values cannot bear it."""
    p99_ns: float | None
    highest_ns: float


@dataclass(frozen=True)
class WindowReading:
    """What one window came to in its measured part."""

    window: Window
    subject: Subject
    began: float
    """Since the epoch, as are the times of the measured part."""
    measured_from: float
    measured_until: float
    users: int
    """Users that a closed window reached."""
    endpoints: tuple[EndpointReading, ...]
    total: EndpointReading
    scheduled: int
    """Arrivals that were due in the measured part of an open window."""
    dropped: int
    """Of them, those that found as many requests under way as are allowed."""
    late: int
    """Of them, those that the generator sent more than 5 ms after their intended start."""
    lag: Histogram | None
    """How long after their intended start the requests of an open window were sent."""
    generator_cpu: float
    """Share of one core that the busiest generator process used."""
    lost_workers: tuple[str, ...]
    seconds: tuple[SecondReading, ...] = field(repr=False)

    @property
    def measured_s(self) -> float:
        """Return how long the measured part took."""
        return self.measured_until - self.measured_from

    @property
    def requests(self) -> int:
        """Return how many requests were answered or failed."""
        return self.total.ok + self.total.failed

    @property
    def begun(self) -> int:
        """Return how many arrivals of an open window became a task of a user, which sends one request or several."""
        return 0 if self.lag is None else self.lag.total

    @property
    def throughput_per_s(self) -> float:
        """Return the good answers per second to requests that began in the measured part."""
        return self.total.ok / self.measured_s

    @property
    def error_share(self) -> float:
        """Return the share of requests that failed; 0 where there was none."""
        return self.total.failed / self.requests if self.requests else 0.0

    @property
    def dropped_share(self) -> float:
        """Return the share of the arrivals that were dropped; 0 in a closed window."""
        return self.dropped / self.scheduled if self.scheduled else 0.0

    @property
    def achieved_share(self) -> float | None:
        """Return the share of the arrivals that were begun; a closed window promised none."""
        return self.begun / self.scheduled if self.window.model is Model.OPEN and self.scheduled else None


@dataclass(frozen=True)
class LoopReading:
    """How late the event loop of an application woke a task, every time between two questions."""

    until: float | None
    """When it was woken for the last time, since the epoch; None where it never was."""
    interval_s: float
    """It asked to be woken so long after it was woken."""
    lags_s: tuple[float, ...]
    """By how much it was too late, the oldest first."""

    def wakes(self) -> Iterator[tuple[float, float]]:
        """Yield when it was woken, since the epoch, and by how much it was too late, in s; the latest first."""
        if self.until is None:
            return
        moment = self.until
        for lag_s in reversed(self.lags_s):
            yield moment, lag_s
            moment -= self.interval_s + lag_s


@dataclass(frozen=True)
class VitalReading:
    """How the machine and the applications were at one moment."""

    time: float
    """Since the epoch."""
    load1: float
    cpu: Mapping[str, float]
    """Share of one core that `app`, `database` and `generator` used, each with all of its processes."""
    pools: Mapping[str, Mapping[str, Any]]
    """What the connection pools of each host said of themselves."""
    loops: Mapping[str, LoopReading]
    """Of the event loop of each host; older runs have none."""


@dataclass(frozen=True)
class StageReading:
    """What one stage came to."""

    stage: Stage
    windows: tuple[WindowReading, ...]
    """Those that were measured to their end, in the order of the stage."""
    vitals: tuple[VitalReading, ...]

    @cached_property
    def missing(self) -> tuple[int, ...]:
        """Return the numbers of the windows that were not measured to their end."""
        found = {each.window.number for each in self.windows}
        return tuple(each.number for each in self.stage.windows if each.number not in found)

    @cached_property
    def lost_workers(self) -> tuple[str, ...]:
        """Return the generator's workers that vanished in the stage."""
        return tuple(dict.fromkeys(name for each in self.windows for name in each.lost_workers))


def merged(name: str, readings: Sequence[EndpointReading]) -> EndpointReading:
    """Return several readings added up under one name."""
    errors: Counter[str] = Counter()
    service, response = Histogram(), Histogram()
    for each in readings:
        errors.update(each.errors)
        service.add_encoded(each.packed_service)
        response.add_encoded(each.packed_response)
    return EndpointReading(name, sum(each.ok for each in readings), dict(errors), service.encode(), response.encode())
