"""One (pass, backend) unit of a run as plain data: all that a fresh process needs to measure it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.core.cases import Case
from bench.core.connections import Connection


def unit_name(pass_number: int, backend: str) -> str:
    """Return the name of a unit, which is also the name of its file."""
    return f"pass{pass_number:02d}-{backend}"


def derived_seed(*parts: object) -> int:
    """Return a seed that follows from the run's seed and the names given, the same on every machine."""
    text = "/".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4])


@dataclass(frozen=True)
class Unit:
    """What one fresh process measures: every group of one backend, once."""

    pass_number: int
    backend: str
    seed: int
    budget_s: float
    rounds: tuple[int, int]
    block_ms: float
    size: str
    files: Sequence[str]
    """Scenario files given by path; empty for the catalogue."""
    groups: Sequence[tuple[str, Mapping[str, Any], Sequence[Case]]]
    """Scenario name, parameters and cases of each group."""
    connections: Mapping[str, Sequence[Connection]] = field(repr=False)
    """Connections by dataset name; they hold passwords, so a unit is handed over in a pipe."""

    @property
    def name(self) -> str:
        """Return the name of the unit."""
        return unit_name(self.pass_number, self.backend)

    @property
    def order_seed(self) -> int:
        """Return the seed of every random order in this unit."""
        return derived_seed(self.seed, "order", self.pass_number, self.backend)

    @property
    def hash_seed(self) -> int:
        """Return the PYTHONHASHSEED of the process: the layout of dicts and sets is a source of variance too."""
        return derived_seed(self.seed, "hash", self.pass_number, self.backend)

    def as_data(self) -> dict[str, Any]:
        """Return plain data, passwords included."""
        return {
            **{
                name: getattr(self, name) for name in ("pass_number", "backend", "seed", "budget_s", "block_ms", "size")
            },
            "rounds": list(self.rounds),
            "files": list(self.files),
            "groups": [
                [scenario, dict(parameters), [case.as_data() for case in cases]]
                for scenario, parameters, cases in self.groups
            ],
            "connections": {
                dataset: [connection.as_data() for connection in connections]
                for dataset, connections in self.connections.items()
            },
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Unit:
        """Return the unit that `as_data` described."""
        groups = [
            (scenario, parameters, [Case.from_data(case) for case in cases])
            for scenario, parameters, cases in data["groups"]
        ]
        connections = {
            dataset: [Connection.from_data(each) for each in connections]
            for dataset, connections in data["connections"].items()
        }
        return cls(**{**data, "rounds": tuple(data["rounds"]), "groups": groups, "connections": connections})
