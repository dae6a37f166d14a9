"""Cases and the groups in which they are compared, with the ids that users type and results carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.core.claims import Parameters
from bench.core.conditions import Conditions
from bench.core.contract import DELAY, Place, Scenario
from bench.core.drivers import Driver

TWIN_MARK = "~aa"
"""Ends the variant's name in the id of an A/A twin: the baseline, measured a second time."""


def parameters_id(parameters: Parameters) -> str:
    """Return the parameters as they stand in ids, `parents=20,children=10`."""
    return ",".join(f"{name}={value:g}" if name == DELAY else f"{name}={value}" for name, value in parameters.items())


def without_delay(identifier: str) -> str:
    """Return a `parameters_id` without the network delay: what the scenario itself says."""
    return ",".join(part for part in identifier.split(",") if not part.startswith(f"{DELAY}="))


@dataclass(frozen=True, slots=True)
class Case:
    """Scenario x variant x driver x parameters: the smallest thing that gets a time."""

    scenario: str
    parameters: str
    variant: str
    backend: str
    driver: str
    twin: bool = False

    @property
    def group(self) -> str:
        """Return the id of the group: everything but variant and driver."""
        return f"{self.scenario}/{self.parameters}@{self.backend}"

    @property
    def id(self) -> str:
        """Return the id that users type and results carry."""
        mark = TWIN_MARK if self.twin else ""
        return f"{self.scenario}/{self.parameters}[{self.variant}{mark}]@{self.backend}+{self.driver}"

    def as_data(self) -> dict[str, Any]:
        """Return plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Case:
        """Return the case that `as_data` described."""
        return cls(**data)


@dataclass(frozen=True)
class Group:
    """The cases that are compared with each other on one backend, measured interleaved."""

    scenario: Scenario
    parameters: Parameters
    backend: str
    kind: str
    drivers: Sequence[Driver]
    delay_ms: float | None = None
    """Network delay added to each direction; None for the direct way to the server."""

    @property
    def id(self) -> str:
        """Return the id that all cases of the group share."""
        return f"{self.scenario.name}/{self._parameters_id}@{self.backend}"

    @property
    def all_parameters(self) -> Parameters:
        """Return the parameters with the network delay among them, where there is one."""
        return dict(self.parameters) | ({} if self.delay_ms is None else {DELAY: self.delay_ms})

    def able(self, variant: str) -> list[Driver]:
        """Return the drivers on which a variant can run."""
        return [driver for driver in self.drivers if self.hindrance(variant, driver) is None]

    def hindrance(self, variant: str, driver: Driver) -> str | None:
        """Return why a variant cannot run on a driver, or None where it can."""
        return self.scenario.hindrance(variant, Place(self.kind, driver), self.parameters)

    def case(self, variant: str, driver: str, *, twin: bool = False) -> Case:
        """Return the case of this group for a variant on a driver."""
        return Case(self.scenario.name, self._parameters_id, variant, self.backend, driver, twin)

    def cases(self) -> Iterator[Case]:
        """Yield the case of every variant on every driver that can run it, without the A/A twins."""
        for variant in self.scenario.variants:
            for driver in self.able(variant.name):
                yield self.case(variant.name, driver.name)

    def twins(self) -> Iterator[Case]:
        """Yield the A/A twin of the baseline on every driver: each driver has a noise floor of its own."""
        for driver in self.able(self.scenario.baseline):
            yield self.case(self.scenario.baseline, driver.name, twin=True)

    @property
    def most_connections(self) -> int:
        """Return how many connections the cases can have open at a time: a pool for each driver and its conditions."""
        pools: dict[tuple[str, Conditions], int] = {}
        for variant in self.scenario.variants:
            conditions = self.scenario.surroundings(variant.name, self.parameters)
            for driver in self.able(variant.name):
                place = (driver.name, conditions.of_engine)
                pools[place] = max(conditions.most_connections, pools.get(place, 0))
        return sum(pools.values())

    @property
    def _parameters_id(self) -> str:
        return parameters_id(self.all_parameters)


def every_case(scenarios: Iterable[Scenario], backends: Mapping[str, tuple[str, Sequence[Driver]]]) -> list[Case]:
    """Return all cases that there can be on backends, each with its kind and drivers, whatever the data can bear."""
    return [
        case
        for scenario in scenarios
        for parameters in scenario.combinations()
        for backend, (kind, drivers) in backends.items()
        for case in Group(scenario, parameters, backend, kind, drivers).cases()
    ]
