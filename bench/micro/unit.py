"""One (pass, backend) unit of a run as plain data: all that a fresh process needs to measure it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bench.core.cases import Case
from bench.core.connections import Routes

UnitGroup = tuple[str, Mapping[str, Any], float | None, Sequence[Case]]
"""Scenario name, parameters, network delay and cases of a group."""

AGAINST = "-against"
"""Ends the name of a unit of a run's second side."""


def unit_name(pass_number: int, backend: str, *, against: bool = False) -> str:
    """Return the name of a unit, which is also the name of its file."""
    return f"pass{pass_number:02d}-{backend}{AGAINST if against else ''}"


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
    groups: Sequence[UnitGroup]
    routes: Mapping[str, Routes] = field(repr=False)
    """Routes by dataset name; they hold passwords, so a unit is handed over in a pipe."""
    histograms: str | None = None
    """Where the process writes its histogram log, if it has any."""
    against: bool = False
    """Whether the second side of a run measures it; its seeds are those of the first side's unit."""

    @property
    def name(self) -> str:
        """Return the name of the unit."""
        return unit_name(self.pass_number, self.backend, against=self.against)

    @property
    def order_seed(self) -> int:
        """Return the seed of every random order in this unit."""
        return derived_seed(self.seed, "order", self.pass_number, self.backend)

    @property
    def hash_seed(self) -> int:
        """Return the PYTHONHASHSEED of the process: the layout of dicts and sets is a source of variance too."""
        return derived_seed(self.seed, "hash", self.pass_number, self.backend)

    def without(self, case_ids: Collection[str]) -> Unit:
        """Return the unit without these cases and their A/A twins, and without groups that have no other."""

        def left(cases: Sequence[Case]) -> list[Case]:
            return [each for each in cases if not {each.id, replace(each, twin=False).id} & set(case_ids)]

        groups = [(name, parameters, delay_ms, left(cases)) for name, parameters, delay_ms, cases in self.groups]
        return replace(self, groups=[group for group in groups if group[3]])

    def as_data(self) -> dict[str, Any]:
        """Return plain data, passwords included."""
        return {
            **{
                name: getattr(self, name)
                for name in ("pass_number", "backend", "seed", "budget_s", "block_ms", "size", "histograms", "against")
            },
            "rounds": list(self.rounds),
            "files": list(self.files),
            "groups": [
                [scenario, dict(parameters), delay_ms, [case.as_data() for case in cases]]
                for scenario, parameters, delay_ms, cases in self.groups
            ],
            "routes": {dataset: routes.as_data() for dataset, routes in self.routes.items()},
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Unit:
        """Return the unit that `as_data` described."""
        groups = [
            (scenario, parameters, delay_ms, [Case.from_data(case) for case in cases])
            for scenario, parameters, delay_ms, cases in data["groups"]
        ]
        routes = {dataset: Routes.from_data(each) for dataset, each in data["routes"].items()}
        return cls(**{**data, "rounds": tuple(data["rounds"]), "groups": groups, "routes": routes})
