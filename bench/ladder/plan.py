"""What the ladder measures in which order, and what is kept of every window."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from random import Random
from typing import Any, Self

from bench.core.drivers import Mode
from bench.ladder.generator import Load
from bench.ladder.rung import Rung

IDS = 20
"""Users of a request to `/users/one-by-one`."""


class Endpoint(StrEnum):
    """One of the two requests that are measured."""

    GET = "get"
    """`/users/{user_id}`."""
    ONE_BY_ONE = "one-by-one"
    """`/users/one-by-one?ids=`: a SELECT for every id, what public framework benchmarks call multiple queries."""

    @property
    def ids(self) -> int:
        """Return how many users one request is about."""
        return 1 if self is Endpoint.GET else IDS


@dataclass(frozen=True)
class Group:
    """The windows that are compared with each other, and interleaved: one endpoint in one mode."""

    mode: Mode
    endpoint: Endpoint


@dataclass(frozen=True)
class Slot:
    """A window to be measured."""

    group: Group
    round_number: int
    """0 for the round that warms up and is not kept."""
    rung: Rung
    seed: int
    """Of the ids; all windows of a round draw the same ones."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How much is measured of what."""

    passes: int = 3
    """Each starts both processes afresh."""
    rounds: int = 12
    """Windows of each rung, endpoint and mode in a pass."""
    seconds: int = 1
    """Of a window; wrk counts in whole ones."""
    connections: int = 16
    """Requests under way at a time, and connections of every pool: nobody waits for one."""
    seed: int = 1
    size: str = "small"
    modes: tuple[Mode, ...] = tuple(Mode)
    rungs: tuple[Rung, ...] = tuple(Rung)

    @property
    def total_s(self) -> int:
        """Return the time of all windows together, those that warm up among them."""
        windows = len(self.modes) * len(Endpoint) * len(self.rungs) * (self.rounds + 1)
        return self.passes * windows * self.seconds

    @property
    def command(self) -> str:
        """Return the command that measures the same again."""
        numbers = {name: getattr(self, name) for name in ("passes", "rounds", "seconds", "connections", "seed")}
        chosen: list[tuple[str, str]] = [("mode", mode) for mode in self.modes if len(self.modes) < len(Mode)]
        chosen += [("rung", rung) for rung in self.rungs if len(self.rungs) < len(Rung)]
        words = [f"--{name} {value}" for name, value in [*numbers.items(), *chosen]]
        return f"python -m bench.ladder {' '.join(words)}"

    def order(self, pass_number: int) -> Iterator[Slot]:
        """Yield the windows of a pass: group by group, round by round, the rungs of a round in random order."""
        random = Random(f"{self.seed}/{pass_number}")
        groups = [Group(mode, endpoint) for mode in self.modes for endpoint in Endpoint]
        for group in random.sample(groups, len(groups)):
            for round_number in range(self.rounds + 1):
                seed = random.randrange(2**31)
                for rung in random.sample(self.rungs, len(self.rungs)):
                    yield Slot(group, round_number, rung, seed)

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class Window:
    """One window that was measured."""

    pass_number: int
    round_number: int
    mode: Mode
    endpoint: Endpoint
    rung: Rung
    requests: int
    errors: int
    duration_us: int
    p50_us: float
    p99_us: float

    @classmethod
    def of(cls, pass_number: int, slot: Slot, load: Load) -> Self:
        """Return what is kept of a slot whose load is over."""
        return cls(
            pass_number=pass_number,
            round_number=slot.round_number,
            mode=slot.group.mode,
            endpoint=slot.group.endpoint,
            rung=slot.rung,
            **asdict(load),
        )

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the window that `as_data` described."""
        names: dict[str, Any] = {
            "mode": Mode(data["mode"]),
            "endpoint": Endpoint(data["endpoint"]),
            "rung": Rung(data["rung"]),
        }
        return cls(**{**data, **names})

    @property
    def group(self) -> Group:
        """Return the group of the window."""
        return Group(self.mode, self.endpoint)

    @property
    def elapsed_ns(self) -> float:
        """Return the time of the window divided by its requests: the inverse of the throughput."""
        return self.duration_us * 1e3 / self.requests

    @property
    def rate(self) -> float:
        """Return the requests per second."""
        return 1e9 / self.elapsed_ns

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)
