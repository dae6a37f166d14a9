"""The three proofs that must hold before anything is timed, and the exact counts that they yield."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from itertools import groupby, zip_longest
from random import Random
from typing import Any

from bench.core.cases import Case, Group
from bench.core.caught import is_lost_connection
from bench.core.claims import Claim, Raises
from bench.core.contract import Scenario, Variant
from bench.core.drivers import Driver
from bench.core.traffic import Traffic
from bench.measure.answers import Answer, digest
from bench.measure.awaited import everything_awaited
from bench.measure.own_tables import foreign_writes, looked_beside
from bench.measure.patience import TimeIsUpError, limited
from bench.measure.recorder import Recording, recorded
from bench.measure.same_code import code_difference
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench

KEYS = 2
"""Answers are compared for so many keys: the second one catches a body that ignores its key."""

ROUNDS_OF_A_RUSH = 4
"""Where a variant has several operations in flight, each variant performs so many for each of the most that there are,
and what they left behind together is compared."""

OPERATION = "operation"
"""The stage of a failure that is no comparison: the body did not come to its end, or left something open."""


@dataclass(frozen=True)
class Failure:
    """A proof that a case did not pass; the case is void."""

    case: str
    stage: str
    """Which proof: same code, same SQL, same answer; own tables where it writes elsewhere, operation where the body
    raised, leaked or hung."""
    message: str


@dataclass(frozen=True)
class Counts:
    """What one operation of a case does, exactly."""

    case: Case
    statements: int | None
    """None for a variant that goes past SQLAlchemy: its statements are not heard."""
    sql: tuple[tuple[str, int], ...]
    """Each statement with how often it was sent in a row."""
    rows: int
    """Rows of the answer."""
    rows_read: int | None
    """Rows that the server returned for it."""
    digest: str
    traffic: Traffic | None
    """What went over the wire, where that was listened to."""


@dataclass
class Proof:
    """The outcome of the proofs: counts of the cases that passed and the failures of the others."""

    counts: list[Counts] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def valid(self, cases: Iterable[Case]) -> list[Case]:
        """Return the cases that passed; an A/A twin is as valid as the baseline that it repeats."""
        void = {failure.case for failure in self.failures}
        return [case for case in cases if replace(case, twin=False).id not in void]

    def copy_to(self, copy: Group, original: Group) -> None:
        """Take what was proved of a group for a copy of it that differs in the network delay alone."""
        new_names = {case.id: copy.case(case.variant, case.driver) for case in original.cases()}
        self.counts += [
            replace(each, case=new_names[each.case.id]) for each in self.counts if each.case.id in new_names
        ]
        self.failures += [
            replace(each, case=new_names[each.case].id) for each in self.failures if each.case in new_names
        ]


@dataclass(frozen=True)
class _Work:
    """What one operation did for each key, and what was heard: the statements of the first key."""

    answers: tuple[Answer, ...]
    outcomes: tuple[Answer, ...]
    """What the operations left behind: each alone, and many at a time."""
    recording: Recording
    traffic: Traffic | None
    changes: Sequence[str]
    """What a variant that is not heard changed beside the tables of its dataset."""


References = dict[tuple[str, str, str], _Work]
"""The work that others are compared with, by scenario, parameters and what is answered."""


Outcomes = dict[tuple[str, str], dict[str, str | None]]
"""What an operation raised where an exception was claimed, by scenario and claim id, and by backend and driver."""


@dataclass(frozen=True)
class Prover:
    """Where the cases of one dataset on one backend are performed, and what watches them."""

    bench: Workbench
    steward: Steward
    size: Any
    """See Dataset.size."""
    seed: int
    references: References
    """Carried from group to group and from backend to backend: answers are compared with the first case that answers
    the same, wherever that was. Statements are compared with the variant's first driver on this backend."""
    traffic: Callable[[], Traffic] | None = None
    """Reads the counts of the wire between the bench and its server."""
    cut: Callable[[], object] | None = None
    """Takes all connections of the bench away, where they go by way of a proxy: what ends an operation that hangs."""

    def prove(self, group: Group, *, keys: int = KEYS) -> Proof:
        """Perform every case of the group once per key, outside of any clock, and compare."""
        proof = Proof()
        random = Random(f"{self.seed}/{group.scenario.name}/{sorted(group.parameters.items())}")
        asked = [group.scenario.key(group.parameters, self.size, random) for _ in range(keys)]
        rush = self._keys_of_a_rush(group)
        for variant in group.scenario.variants:
            first: tuple[Driver, _Work] | None = None
            for driver in group.able(variant.name):
                case = group.case(variant.name, driver.name)
                try:
                    with limited(group.scenario.limit_s, self.cut):
                        work = self._tried_twice(group, variant, driver, asked, rush)
                except TimeIsUpError as error:
                    proof.failures.append(Failure(case.id, OPERATION, str(error)))
                    self._begin_anew()
                    continue
                except Exception as error:  # noqa: BLE001 - a scenario may raise anything; it is reported as that
                    proof.failures.append(Failure(case.id, OPERATION, f"{type(error).__name__}: {error}"))
                    continue
                proof.failures += self._elsewhere(case, group.scenario, variant, work)
                if driver.name not in variant.other_sql:
                    first = first or (driver, work)
                reference = self.references.setdefault((case.scenario, case.parameters, variant.answers), work)
                proof.failures += _differences(case, variant, work, first or (driver, work), reference)
                proof.counts.append(_counts(case, variant, work))
        return proof

    def _tried_twice(
        self, group: Group, variant: Variant, driver: Driver, keys: Sequence[Any], rush: Sequence[Any]
    ) -> _Work:
        """Perform, on new connections once more where one is lost: that may be the network's doing."""
        try:
            return self._perform(group, variant, driver, keys, rush)
        except Exception as error:
            if not is_lost_connection(error):
                raise
        self._begin_anew()
        return self._perform(group, variant, driver, keys, rush)

    def _perform(
        self, group: Group, variant: Variant, driver: Driver, keys: Sequence[Any], rush: Sequence[Any]
    ) -> _Work:
        conditions = group.scenario.surroundings(variant.name, group.parameters)
        answers: list[Answer] = []
        outcomes: list[Answer] = []
        recording, traffic, changes = Recording(), None, list[str]()
        own = group.scenario.dataset.metadata.tables
        # One at a time: the pool of a crowd gives its connections out in turn, and the last key would meet a cold one.
        alone = conditions.alone
        with self.bench.under([(driver.name, alone)]), everything_awaited():
            for number, key in enumerate(keys):
                self.steward.arrange(group.scenario, [key])
                before = self.traffic() if self.traffic else None
                with (
                    looked_beside(self.steward, own, changes) if variant.bare else nullcontext(),
                    self.bench.leaks_refused(driver.name, alone),
                    recorded(self.bench.engine(driver.name, alone)) as heard,
                ):
                    answers.append(Answer.of(self.bench.perform(variant, driver.name, key, alone)))
                # The last key's: by then statements are prepared, as they are in a timed block.
                traffic = self.traffic() - before if self.traffic and before else None
                recording = heard if number == 0 else recording
                outcomes.append(Answer.of(self.steward.outcome(group.scenario, key)))
        if rush:
            self.steward.arrange(group.scenario, rush)
            with (
                self.bench.under([(driver.name, conditions)]),
                everything_awaited(),
                self.bench.leaks_refused(driver.name, conditions),
            ):
                self.bench.rush(variant, driver.name, rush, conditions)
            outcomes.append(Answer.of(self.steward.outcome(group.scenario, rush[0])))
        return _Work(tuple(answers), tuple(outcomes), recording, traffic, changes)

    def _begin_anew(self) -> None:
        """Leave the next case no connection that was cut, and no operation that still waits for the server."""
        with self.bench.emptied():
            if self.cut is not None:
                self.cut()

    def _elsewhere(self, case: Case, scenario: Scenario, variant: Variant, work: _Work) -> Iterator[Failure]:
        """Yield a failure where the case wrote outside of the tables of its dataset."""
        own = scenario.dataset.metadata.tables
        for found in (*foreign_writes(work.recording.statements, own), *work.changes):
            message = f"{variant.name!r} on {case.driver} writes outside of the tables of {scenario.dataset.name!r}:"
            yield Failure(case.id, "own tables", f"{message}\n{found}")
            break

    def _keys_of_a_rush(self, group: Group) -> list[Any]:
        """Return what many operations at a time ask for; none where nothing is in flight together or left behind."""
        scenario = group.scenario
        in_flight = max(scenario.surroundings(each.name, group.parameters).in_flight for each in scenario.variants)
        if in_flight == 1 or scenario.outcome is None:
            return []
        random = Random(f"{self.seed}/rush/{scenario.name}/{sorted(group.parameters.items())}")
        return [scenario.key(group.parameters, self.size, random) for _ in range(ROUNDS_OF_A_RUSH * in_flight)]

    def attempt(self, group: Group, claim: Claim, check: Raises, driver: Driver) -> str | None:
        """Return the class of the exception that an operation ends in, or None where it ends well."""
        random = Random(f"{self.seed}/{claim.id}/{sorted(group.parameters.items())}")
        key = group.scenario.key(group.parameters, self.size, random)
        attempt = Variant(claim.id, check.body, check.body_async)
        conditions = group.scenario.conditions(group.parameters)
        self.steward.arrange(group.scenario, [key])
        try:
            with limited(group.scenario.limit_s, self.cut), self.bench.under([(driver.name, conditions)]):
                self.bench.perform(attempt, driver.name, key, conditions)
        except TimeIsUpError as error:
            self._begin_anew()
            return str(error)
        except Exception as error:  # noqa: BLE001 - which exception it is, is what we want to know
            return type(error).__name__
        return None


def prove_code(scenario: Scenario, groups: Sequence[Group]) -> Iterator[Failure]:
    """Yield a failure for every case whose twins are different programs without a declared divergence."""
    for variant in scenario.variants:
        difference = None if variant.divergence else code_difference(variant.body, variant.body_async)
        if difference is None:
            continue
        for group in groups:
            for driver in group.able(variant.name):
                message = f"the twins of {variant.name!r} are different programs:\n{difference}"
                yield Failure(group.case(variant.name, driver.name).id, "same code", message)


def _counts(case: Case, variant: Variant, work: _Work) -> Counts:
    heard = work.recording
    return Counts(
        case,
        statements=None if variant.bare else len(heard.statements),
        sql=tuple((statement, len(list(same))) for statement, same in groupby(heard.statements)),
        rows=work.answers[0].rows,
        rows_read=None if variant.bare else heard.rows_read,
        digest=digest([each.digest for each in (*work.answers, *work.outcomes)]),
        traffic=work.traffic,
    )


def _differences(
    case: Case, variant: Variant, work: _Work, first: tuple[Driver, _Work], reference: _Work
) -> Iterator[Failure]:
    if case.driver not in variant.other_sql:
        yield from _other_statements(case, variant, work.recording.statements, *first)
    yield from _other_rows(case, f"{variant.name!r} on {case.driver} returns", work.answers, reference.answers)
    yield from _other_rows(case, f"{variant.name!r} on {case.driver} leaves", work.outcomes, reference.outcomes)


def _other_rows(case: Case, what: str, found: Sequence[Answer], expected: Sequence[Answer]) -> Iterator[Failure]:
    for mine, theirs in zip(found, expected, strict=True):
        difference = mine.difference(theirs)
        if difference is not None:
            yield Failure(case.id, "same answer", f"{what} other rows:\n{difference}")
            break


def _other_statements(
    case: Case, variant: Variant, statements: Sequence[str], first: Driver, first_work: _Work
) -> Iterator[Failure]:
    others = first_work.recording.statements
    for number, (sent, expected) in enumerate(zip_longest(statements, others), start=1):
        if sent != expected:
            totals = f"{len(statements)} statements on {case.driver}, {len(others)} on {first.name}"
            message = (
                f"{variant.name!r} on {case.driver} sends other SQL than on {first.name} ({totals}); "
                f"statement {number}:\n{case.driver}: {sent or '(none)'}\n{first.name}: {expected or '(none)'}"
            )
            yield Failure(case.id, "same SQL", message)
            break
