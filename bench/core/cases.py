"""Cases and the groups in which they are compared, with the ids that users type and results carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.core.claims import Parameters
from bench.core.contract import Scenario
from bench.core.drivers import Driver

TWIN_MARK = "~aa"
"""Ends the variant's name in the id of an A/A twin: the baseline, measured a second time."""


def parameters_id(parameters: Parameters) -> str:
    """Return the parameters as they stand in ids, `parents=20,children=10`."""
    return ",".join(f"{name}={value}" for name, value in parameters.items())


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
    drivers: Sequence[Driver]

    @property
    def id(self) -> str:
        """Return the id that all cases of the group share."""
        return f"{self.scenario.name}/{parameters_id(self.parameters)}@{self.backend}"

    def case(self, variant: str, driver: str, *, twin: bool = False) -> Case:
        """Return the case of this group for a variant on a driver."""
        return Case(self.scenario.name, parameters_id(self.parameters), variant, self.backend, driver, twin)

    def cases(self) -> Iterator[Case]:
        """Yield the case of every variant on every driver, without the A/A twins."""
        for variant in self.scenario.variants:
            for driver in self.drivers:
                yield self.case(variant.name, driver.name)

    def twins(self) -> Iterator[Case]:
        """Yield the A/A twin of the baseline on every driver: each driver has a noise floor of its own."""
        for driver in self.drivers:
            yield self.case(self.scenario.baseline, driver.name, twin=True)


def every_case(scenarios: Iterable[Scenario], backends: Mapping[str, Sequence[Driver]]) -> list[Case]:
    """Return all cases that there can be on backends with these drivers, whatever the data can bear."""
    return [
        case
        for scenario in scenarios
        for parameters in scenario.grid("full")
        for backend, drivers in backends.items()
        for case in Group(scenario, parameters, backend, drivers).cases()
    ]
