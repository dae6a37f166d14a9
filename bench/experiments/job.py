"""What a worker is asked to do: experiments on one driver of one backend. It holds passwords and travels in a pipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from bench.core.connections import Routes
from bench.core.contract import Place
from bench.core.drivers import DRIVERS


@dataclass(frozen=True)
class Job:
    """Experiments in the order in which they are performed."""

    kind: str
    driver: str
    experiments: Sequence[str]
    files: Sequence[str]
    size: str
    seed: int
    routes: Mapping[str, Routes]
    """By dataset."""
    address: tuple[str, int] | None
    """Where a wire can stand in front of the server."""

    @property
    def place(self) -> Place:
        """Return the kind of backend and the driver."""
        return Place(self.kind, DRIVERS[self.driver])

    @property
    def paths(self) -> list[Path]:
        """Return the experiment files that the user gave."""
        return [Path(file) for file in self.files]

    def as_data(self) -> dict[str, Any]:
        """Return plain data with passwords in it, see `Connection.as_data`."""
        return {
            "kind": self.kind,
            "driver": self.driver,
            "experiments": list(self.experiments),
            "files": list(self.files),
            "size": self.size,
            "seed": self.seed,
            "routes": {name: routes.as_data() for name, routes in self.routes.items()},
            "address": self.address,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the job that `as_data` described."""
        routes = {name: Routes.from_data(each) for name, each in data["routes"].items()}
        address = None if data["address"] is None else (data["address"][0], data["address"][1])
        return cls(**{**data, "routes": routes, "address": address})
