"""What HTTP adds to an operation, as http_layer.json holds it: blocks of requests by pass, driver and parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from bench.core.claims import Value
from bench.core.ratios import Pass


@dataclass(frozen=True)
class Series:
    """The blocks of one driver under one combination of parameters in one pass."""

    driver: str
    parameters: dict[str, Value]
    requests: int
    """In a block."""
    total_ns: tuple[int, ...]
    """Of all requests of a block together, as their client saw them."""
    operation_ns: tuple[int, ...]
    """Of the scenario's operations in them, as the service told."""

    def __post_init__(self) -> None:
        if self.requests < 1 or not self.total_ns or len(self.total_ns) != len(self.operation_ns):
            blocks = f"{len(self.total_ns)} blocks of requests and {len(self.operation_ns)} of operations"
            message = f"{blocks}, {self.requests} requests in each"
            raise ValueError(message)

    @property
    def per_request(self) -> Pass:
        """Return the times of a request and of the operation in it, block by block, in ns."""
        total_ns = [each / self.requests for each in self.total_ns]
        return total_ns, [each / self.requests for each in self.operation_ns]


@dataclass(frozen=True)
class HttpPass:
    """One fresh start of the service."""

    number: int
    series: tuple[Series, ...]


@dataclass(frozen=True)
class HttpLayer:
    """The content of http_layer.json."""

    format: Literal[1]
    backend: str
    """The label of the only backend that it was measured on."""
    passes: tuple[HttpPass, ...] = ()
    finished: bool = False
    failures: tuple[str, ...] = ()
    """Why it was not finished."""

    def blocks(self, driver: str, parameters: Mapping[str, Value]) -> Iterator[Pass]:
        """Yield what each pass measured of a driver under these parameters: requests, and the operations in them."""
        for each in self.passes:
            for series in each.series:
                if (series.driver, series.parameters) == (driver, parameters):
                    yield series.per_request
