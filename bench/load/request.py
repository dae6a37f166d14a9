"""What the user asked for: everything that a run of load needs to know and that `--resume` needs to find again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model
from bench.load.target.factors import Level, Setting, level_text, settings_of
from bench.load.target.options import TargetOptions

LEAST_DISCARD_S = 0.5
DISCARD_SHARE = 0.25
"""The first part of a window, which is discarded: a quarter of what is measured, half a second at least."""


@dataclass(frozen=True, kw_only=True)
class LoadRequest:
    """One call of `ormbench load`."""

    pairs: tuple[str, ...] = ()
    """Names of pairs; empty for the one that says most."""
    own_pairs: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """User classes of both sides of pairs that the user named."""
    model: Model | None = None
    """None for closed windows and then open ones."""
    users: tuple[int, ...] = ()
    """Levels of the closed windows; empty for 1, 2, 4... until neither side gains."""
    rates_per_s: tuple[float, ...] = ()
    """Levels of the open windows; empty for fractions of what the slower side bore in closed windows."""
    arrivals: Arrivals = Arrivals.POISSON
    slo: str | None = None
    thresholds: tuple[str, ...] = ()
    factors: Mapping[str, tuple[Level, ...]] = field(default_factory=dict)
    rounds: int = 6
    window_s: float = 1.0
    """Measured part of a window. More rounds narrow the intervals more than longer windows do (docs/load.md)."""
    workers: int = 1
    """Generator processes."""
    seed: int = 1
    backend: str | None = None
    database: str | None = field(default=None, repr=False)
    """URL of a server of the user's own."""
    target: TargetOptions = field(default_factory=TargetOptions)
    delay_ms: float = 0.0
    app_url: str | None = None
    """The user's own application; none of ours is started."""
    locustfile: Path | None = None

    @property
    def discard_s(self) -> float:
        """Return how long the discarded part of a window takes."""
        return max(LEAST_DISCARD_S, DISCARD_SHARE * self.window_s)

    @property
    def models(self) -> tuple[Model, ...]:
        """Return the models of load in the order in which they are measured."""
        return (Model.CLOSED, Model.OPEN) if self.model is None else (self.model,)

    @property
    def settings(self) -> tuple[Setting, ...]:
        """Return the settings of all applications that are up at once."""
        return settings_of(self.target, self.delay_ms, self.factors)

    def as_data(self) -> dict[str, Any]:
        """Return plain data for load.json; a password is masked."""
        shown = None if self.database is None else make_url(self.database).render_as_string(hide_password=True)
        file = None if self.locustfile is None else str(self.locustfile.resolve())
        return asdict(self) | {"database": shown, "locustfile": file}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], database: str | None) -> LoadRequest:
        """Return the request of an earlier run.

        Raises:
            UsageError: The password of its database is needed again, or another database is given.
        """
        asked = data["database"]
        if database is None and asked is not None and make_url(asked).password:
            message = f"passwords are not stored; give the URL again: --database {asked}"
            raise UsageError(message)
        if database is not None and make_url(database).render_as_string(hide_password=True) != asked:
            message = f"this run measured on {asked or 'a private server'}; give that --database or none"
            raise UsageError(message)
        tuples = {name: tuple(data[name]) for name in ("pairs", "users", "rates_per_s", "thresholds")}
        target = data["target"] | {"drivers": tuple(data["target"]["drivers"])}
        return cls(**{
            **data,
            **tuples,
            "own_pairs": {name: (first, second) for name, (first, second) in data["own_pairs"].items()},
            "model": None if data["model"] is None else Model(data["model"]),
            "arrivals": Arrivals(data["arrivals"]),
            "factors": {name: tuple(levels) for name, levels in data["factors"].items()},
            "database": database or asked,
            "target": TargetOptions(**target),
            "locustfile": None if data["locustfile"] is None else Path(data["locustfile"]),
        })  # fmt: skip

    @property
    def command(self) -> str:
        """Return the command line that asks for the same again."""
        return shlex.join(["ormbench", "load", *self.pairs, *_words(self)])


def _words(request: LoadRequest) -> Iterator[str]:
    data, usual = request.as_data(), LoadRequest()
    for option, name in _OPTIONS.items():
        if data[name] != getattr(usual, name):
            yield from (f"--{option}", str(data[name]))
    for option, numbers in (("users", request.users), ("rate", request.rates_per_s)):
        if numbers:
            yield from (f"--{option}", ",".join(f"{number:g}" for number in numbers))
    for threshold in request.thresholds:
        yield from ("--threshold", threshold)
    for name, classes in request.own_pairs.items():
        yield from ("--pair", f"{name}={','.join(classes)}")
    for name, levels in request.factors.items():
        yield from ("--sweep", f"{name}={','.join(level_text(level) for level in levels)}")
    yield from _words_of_target(request.target)
    yield from ("--seed", str(request.seed))


def _words_of_target(target: TargetOptions) -> Iterator[str]:
    for driver in target.drivers:
        yield from ("--driver", driver)
    for option, name in _TARGET_OPTIONS.items():
        if getattr(target, name) != getattr(TargetOptions(), name):
            yield from (f"--{option}", str(getattr(target, name)))


_OPTIONS = {
    "model": "model",
    "arrivals": "arrivals",
    "slo": "slo",
    "rounds": "rounds",
    "window": "window_s",
    "workers": "workers",
    "backend": "backend",
    "database": "database",
    "delay": "delay_ms",
    "url": "app_url",
    "locustfile": "locustfile",
}
_TARGET_OPTIONS = {
    "pool-size": "pool_size",
    "max-overflow": "max_overflow",
    "threads": "thread_tokens",
    "app-workers": "workers",
    "size": "size",
}
