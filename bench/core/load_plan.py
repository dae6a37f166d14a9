"""What a load generator is told to do: subjects, the windows in which they are asked, and the stage that holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from bench.core.errors import UsageError

FORMAT = 1
"""Version of a stage's plan.json; history: 1 (2026-11) first."""


class Model(StrEnum):
    """How requests come: what is measured depends on it, so each figure names it."""

    CLOSED = "closed"
    """So many users, each of whom sends its next request when the last was answered: a slow server is asked less."""
    OPEN = "open"
    """Arrivals by a schedule that knows nothing of responses: a slow server builds a queue."""


class Arrivals(StrEnum):
    """The gaps between the arrivals of an open window."""

    CONSTANT = "constant"
    POISSON = "poisson"
    """Exponential gaps, as of many users who know nothing of each other."""


@dataclass(frozen=True, kw_only=True)
class Subject:
    """Who is asked, how: one side of a pair on one served application. Subjects take turns, window by window."""

    id: str
    """Unique in its stage; an A/A twin has one of its own."""
    pair: str
    """What is asked for, on both sides: `Shopper`, `UserById`."""
    side: str
    """`sync` or `async`, or as the user named the two sides of a pair of their own."""
    user_class: str
    """Name of the Locust user class."""
    host: str
    """Base URL of the application."""
    setting: Mapping[str, str | float] = field(default_factory=dict)
    """What sets its application apart from others of the stage: `pool size`: 10, `delay ms`: 1..."""
    twin_of: str | None = None
    """Of an A/A twin, the subject that it is measured a second time of."""


@dataclass(frozen=True, kw_only=True)
class Window:
    """One subject, asked for a few seconds; the first of them are discarded by rule."""

    number: int
    """In the order of the stage, from 0."""
    round: int
    """Windows of a round are compared with each other; their order within is random."""
    subject: str
    model: Model
    users: int = 0
    """Of a closed window."""
    rate_per_s: float = 0.0
    """Intended arrivals of an open window, of all workers together."""
    arrivals: Arrivals = Arrivals.POISSON
    seed: int = 0
    """Of the schedule and of what users choose."""
    discard_s: float = 1.0
    """Requests that were (to be) sent before are kept and never reported."""
    measure_s: float = 5.0

    @property
    def level(self) -> float:
        """Return the users of a closed window, or the rate of an open one."""
        return self.users if self.model is Model.CLOSED else self.rate_per_s


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What one generator does from its start to its end; complete or lost as a whole, like a unit of a micro run."""

    name: str
    """Also of its folder: `results/<run>/load/<name>/`."""
    subjects: tuple[Subject, ...]
    windows: tuple[Window, ...]
    workers: int = 1
    """Generator processes besides the master; 1 for a single process without one."""
    max_in_flight: int = 200
    """Requests of an open window under way at a time, of all workers together; an arrival beyond is dropped."""
    connections: int | None = None
    """Of an open window, of all workers together; None for as many as may be under way. With fewer, as in a client
    with a pool, an arrival waits for a free one: its service time begins with the send, its response time before."""

    def __post_init__(self) -> None:
        """Refuse a stage that refers to what it does not have.

        Raises:
            UsageError: A window names no subject of the stage, or two subjects share an id.
        """
        ids = [subject.id for subject in self.subjects]
        if len(set(ids)) != len(ids):
            message = f"stage {self.name} has two subjects of one id: {sorted(ids)}"
            raise UsageError(message)
        unknown = next((window.subject for window in self.windows if window.subject not in ids), None)
        if unknown is not None:
            message = f"stage {self.name} has no subject {unknown!r}, only {', '.join(ids)}"
            raise UsageError(message)

    def subject(self, name: str) -> Subject:
        """Return a subject by its id."""
        return next(subject for subject in self.subjects if subject.id == name)

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return {"format": FORMAT} | asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the stage that `as_data` described.

        Raises:
            UsageError: The data are of another format.
        """
        if data.get("format") != FORMAT:
            message = f"the plan of a stage has format {data.get('format')}, this version reads {FORMAT}"
            raise UsageError(message)
        subjects = tuple(Subject(**each) for each in data["subjects"])
        windows = tuple(
            Window(**each | {"model": Model(each["model"]), "arrivals": Arrivals(each["arrivals"])})
            for each in data["windows"]
        )
        rest = {name: data[name] for name in ("name", "workers", "max_in_flight", "connections") if name in data}
        return cls(subjects=subjects, windows=windows, **rest)

    @classmethod
    def read(cls, file: Path) -> Self:
        """Return the stage whose plan a file holds.

        Raises:
            UsageError: The file is of another format.
        """
        return cls.from_data(json.loads(file.read_text(encoding="utf-8")))
