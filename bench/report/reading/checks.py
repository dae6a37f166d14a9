"""Claims and their tests as run.json holds them: as they were written down before measuring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bench.core.experiments import Saying


@dataclass(frozen=True)
class StatementsCheck:
    """A claim on the number of statements, by parameters id."""

    kind: Literal["statements"]
    variant: str
    expected: dict[str, int]


@dataclass(frozen=True)
class FasterCheck:
    """A claim that a variant takes at most `1 / times` of the time of another."""

    kind: Literal["faster"]
    variant: str
    than: str
    times: float
    where: tuple[str, ...] = ()
    drivers: tuple[str, ...] = ()
    """The drivers that it is about; all where it is empty."""

    def is_about(self, driver: str) -> bool:
        """Say whether the claim is about a driver."""
        return not self.drivers or driver in self.drivers


@dataclass(frozen=True)
class DriverFasterCheck:
    """A claim that a driver takes at most `1 / times` of the time of another, by the name of the first."""

    kind: Literal["driver faster"]
    variant: str
    pairs: dict[str, str]
    times: float
    where: tuple[str, ...] = ()

    def is_about(self, driver: str) -> bool:
        """Say whether the claim is about a driver."""
        return driver in self.pairs


@dataclass(frozen=True)
class RaisesCheck:
    """A claim on an exception, with what each backend+driver raised (None where nothing was raised)."""

    kind: Literal["raises"]
    exception: str
    outcomes: dict[str, str | None]


@dataclass(frozen=True)
class ExperimentCheck:
    """A claim that an experiment decides; what came out stands in experiments.json."""

    kind: Literal["experiment"]
    experiment: str


CheckUsed = StatementsCheck | FasterCheck | DriverFasterCheck | RaisesCheck | ExperimentCheck


@dataclass(frozen=True)
class ClaimUsed:
    """A claim of a scenario, as it was written down before measuring."""

    id: str
    text: str
    check: CheckUsed
    advice: str = ""
    expected: str = ""
    """The decision that was expected, where one was and the run tells."""
    explained: str = ""
    """Why it came out other than expected in a published run."""
    saying: Saying | None = None
    """What people say, of which it is a reading; None where the catalogue did not have it, or the run does not tell."""
