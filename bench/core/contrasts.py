"""Which pairs of cases of a group are divided by each other, and what question each ratio answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.core.cases import Case
from bench.core.drivers import DRIVERS, Driver, Mode


class Question(StrEnum):
    """What differs between the two cases of a contrast; all else is equal."""

    NOISE = "noise"
    """Nothing differs: the A/A twin over the baseline."""
    VARIANT = "variant"
    """The variant, on one driver."""
    MODE = "mode"
    """Async over sync, in one library: the controlled pair."""
    DRIVER = "driver"
    """The driver, in one mode."""
    STACK = "stack"
    """Mode and library at once: what a migration changes, not what async costs."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A pair of cases whose ratio answers a question; below 1 the numerator is the faster one."""

    question: Question
    numerator: Case
    denominator: Case

    @property
    def id(self) -> str:
        """Return an id that is unique in a run."""
        return f"{self.numerator.id} / {self.denominator.id}"


def contrasts(cases: Iterable[Case], baseline: str) -> Iterator[Contrast]:
    """Yield every contrast of one group, in the order in which the report shows them."""
    measured = {(case.variant, case.driver, case.twin): case for case in cases}
    variants = list(dict.fromkeys(variant for variant, _, twin in measured if not twin))
    names = {driver for _, driver, _ in measured}
    drivers = [driver for driver in DRIVERS.values() if driver.name in names]

    def pair(
        question: Question, numerator: tuple[str, str, bool], denominator: tuple[str, str, bool]
    ) -> Iterator[Contrast]:
        if numerator in measured and denominator in measured:
            yield Contrast(question, measured[numerator], measured[denominator])

    for driver in drivers:
        yield from pair(Question.NOISE, (baseline, driver.name, True), (baseline, driver.name, False))
    for driver in drivers:
        for variant in variants:
            if variant != baseline:
                yield from pair(Question.VARIANT, (variant, driver.name, False), (baseline, driver.name, False))
    for question, numerator, denominator in driver_pairs(drivers):
        for variant in variants:
            yield from pair(question, (variant, numerator.name, False), (variant, denominator.name, False))


def driver_pairs(drivers: list[Driver]) -> Iterator[tuple[Question, Driver, Driver]]:
    """Yield the pairs of drivers that are compared, numerator first.

    A stack contrast pairs an async driver that has no sync twin with a sync driver that has no async twin:
    psycopg2 and asyncpg are what people migrate between, yet library and mode change at once.
    """
    by_mode = {mode: [driver for driver in drivers if driver.mode is mode] for mode in Mode}
    for blocking in by_mode[Mode.SYNC]:
        for awaited in by_mode[Mode.ASYNC]:
            if blocking.library == awaited.library:
                yield Question.MODE, awaited, blocking
    for members in by_mode.values():
        for other in members[1:]:
            yield Question.DRIVER, other, members[0]
    paired = {driver.library for driver in by_mode[Mode.SYNC]} & {driver.library for driver in by_mode[Mode.ASYNC]}
    for awaited in by_mode[Mode.ASYNC]:
        for blocking in by_mode[Mode.SYNC]:
            if awaited.library not in paired and blocking.library not in paired:
                yield Question.STACK, awaited, blocking
