"""The three proofs that must hold before anything is timed, and the exact counts that they yield."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from random import Random
from typing import Any

from bench.core.cases import Case, Group
from bench.core.contract import Scenario, Variant
from bench.core.drivers import Driver
from bench.measure.answers import answer_difference, digest, row_count
from bench.measure.recorder import recorded
from bench.measure.same_code import code_difference
from bench.measure.workbench import Workbench

KEYS = 2
"""Answers are compared for so many keys: the second one catches a body that ignores its key."""

_NEVER_AWAITED = "coroutine .* was never awaited"
"""Python's own words, as a RuntimeWarning, when a coroutine goes out of use before it began."""


@dataclass(frozen=True)
class Failure:
    """A proof that a case did not pass; the case is void."""

    case: str
    stage: str
    """Which proof: same code, same SQL, same answer, or operation where the body raised."""
    message: str


@dataclass(frozen=True)
class Counts:
    """What one operation of a case does, exactly."""

    case: Case
    statements: int
    sql: tuple[str, ...]
    rows: int
    digest: str


@dataclass
class Proof:
    """The outcome of the proofs: counts of the cases that passed and the failures of the others."""

    counts: list[Counts] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def valid(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases that passed; an A/A twin is as valid as the baseline that it repeats."""
        void = {failure.case for failure in self.failures}
        return [case for case in cases if replace(case, twin=False).id not in void]


@dataclass(frozen=True)
class _Work:
    """What one operation did for each key: its answers, and the statements of the first key."""

    answers: tuple[Any, ...]
    statements: tuple[str, ...]


References = dict[tuple[str, str, str], _Work]
"""The work that others are compared with, by scenario, parameters and what is answered."""


def prove_group(  # noqa: PLR0913 - one group needs its data, its place and what came before
    group: Group,
    size: Any,  # noqa: ANN401 - see Dataset.size
    seed: int,
    bench: Workbench,
    references: References,
    *,
    keys: int = KEYS,
) -> Proof:
    """Perform every case of the group once per key, outside of any clock, and compare.

    Answers are compared with the first case that answers the same, on whatever backend that was: `references`
    is carried from group to group. Statements are compared with the variant's first driver on this backend.
    """
    proof = Proof()
    random = Random(f"{seed}/{group.scenario.name}/{sorted(group.parameters.items())}")
    asked = [group.scenario.key(group.parameters, size, random) for _ in range(keys)]
    for variant in group.scenario.variants:
        first: tuple[Driver, _Work] | None = None
        for driver in group.drivers:
            case = group.case(variant.name, driver.name)
            try:
                work = _perform(bench, variant, driver, asked)
            except Exception as error:  # noqa: BLE001 - a scenario may raise anything; it is reported as that
                proof.failures.append(Failure(case.id, "operation", f"{type(error).__name__}: {error}"))
                continue
            first = first or (driver, work)
            reference = references.setdefault((case.scenario, case.parameters, variant.answers), work)
            proof.failures += _differences(case, variant, work, first, reference)
            answers = work.answers
            counts = Counts(case, len(work.statements), work.statements, row_count(answers[0]), digest(answers))
            proof.counts.append(counts)
    return proof


def prove_code(scenario: Scenario, groups: Sequence[Group]) -> Iterator[Failure]:
    """Yield a failure for every case whose twins are different programs without a declared divergence."""
    for variant in scenario.variants:
        difference = None if variant.divergence else code_difference(variant.body, variant.body_async)
        if difference is None:
            continue
        for group in groups:
            for driver in group.drivers:
                message = f"the twins of {variant.name!r} are different programs:\n{difference}"
                yield Failure(group.case(variant.name, driver.name).id, "same code", message)


def _perform(bench: Workbench, variant: Variant, driver: Driver, keys: list[Any]) -> _Work:
    with _everything_awaited():
        with recorded(bench.engine(driver.name)) as statements:
            answers = [bench.perform(variant, driver.name, keys[0])]
        answers += [bench.perform(variant, driver.name, key) for key in keys[1:]]
    return _Work(tuple(answers), tuple(statements))


@contextmanager
def _everything_awaited() -> Iterator[None]:
    """Raise where a coroutine was dropped: without its `await`, work is left undone that no other proof misses.

    The trees of the twins are equal then, and a COMMIT that is not sent is no statement. Other warnings pass.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.filterwarnings("always", _NEVER_AWAITED, RuntimeWarning)
        yield
    for warning in caught:
        if re.match(_NEVER_AWAITED, str(warning.message)):
            raise RuntimeError(warning.message)
        warnings.showwarning(warning.message, warning.category, warning.filename, warning.lineno)


def _differences(
    case: Case, variant: Variant, work: _Work, first: tuple[Driver, _Work], reference: _Work
) -> Iterator[Failure]:
    first_driver, first_work = first
    for number, (sent, expected) in enumerate(zip_longest(work.statements, first_work.statements), start=1):
        if sent != expected:
            totals = f"{len(work.statements)} statements on {case.driver}, {len(first_work.statements)} on"
            message = (
                f"{variant.name!r} on {case.driver} sends other SQL than on {first_driver.name} "
                f"({totals} {first_driver.name}); statement {number}:\n"
                f"{case.driver}: {sent or '(none)'}\n{first_driver.name}: {expected or '(none)'}"
            )
            yield Failure(case.id, "same SQL", message)
            break
    for answer, expected in zip(work.answers, reference.answers, strict=True):
        difference = answer_difference(answer, expected)
        if difference is not None:
            yield Failure(
                case.id, "same answer", f"{variant.name!r} on {case.driver} returns other rows:\n{difference}"
            )
            break
