"""Decide each claim, driver by driver, from exact counts, intervals and exceptions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bench.core.cases import parameters_id, without_delay
from bench.report import labels
from bench.report.analysis import Analysis, GroupResult, ratio_of
from bench.report.checks import ClaimUsed, DriverFasterCheck, FasterCheck, RaisesCheck, StatementsCheck
from bench.report.records import BackendUsed, ScenarioUsed

MOST_EVIDENCE = 4
"""Outcomes on one driver that are all told; of more, one of each kind is."""


class Decision(StrEnum):
    """What became of a claim."""

    UPHELD = "upheld"
    REFUTED = "refuted"
    DEPENDS = "depends"
    """Upheld under some of the conditions and refuted under others."""
    UNDECIDED = "undecided"


NOT_MEASURED = "not measured"
"""The evidence where a claim was not put to the test on a driver: it cannot run there, or was not asked for."""


@dataclass(frozen=True)
class DriverDecision:
    """What became of a claim on one driver, and by what evidence."""

    backend: str
    driver: str
    decision: Decision
    evidence: str


@dataclass(frozen=True)
class ClaimResult:
    """A claim with its decisions."""

    scenario: str
    claim: ClaimUsed
    drivers: tuple[DriverDecision, ...]

    @property
    def decision(self) -> Decision:
        """Return the decision over all drivers on which it was put to the test."""
        return combine(each.decision for each in self.drivers if each.evidence != NOT_MEASURED)

    @property
    def alike(self) -> list[tuple[str, DriverDecision]]:
        """Return the decisions with drivers of equal decision and evidence put together."""
        together: dict[tuple[str, Decision, str], list[DriverDecision]] = {}
        for each in self.drivers:
            together.setdefault((each.backend, each.decision, each.evidence), []).append(each)
        return [(", ".join(each.driver for each in members), members[0]) for members in together.values()]


def decide(analysis: Analysis) -> list[ClaimResult]:
    """Return every claim of the run with its decision for every driver that was measured."""
    return [
        ClaimResult(scenario.name, claim, tuple(_drivers(analysis, scenario, claim)))
        for scenario in analysis.run.manifest.scenarios
        for claim in scenario.claims
    ]


def combine(decisions: Iterable[Decision]) -> Decision:
    """Return the decision over several conditions: one left open leaves the whole open, unless others disagree."""
    found = set(decisions)
    if Decision.DEPENDS in found or {Decision.UPHELD, Decision.REFUTED} <= found:
        return Decision.DEPENDS
    if Decision.UNDECIDED in found or not found:
        return Decision.UNDECIDED
    return found.pop()


def _drivers(analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed) -> Iterator[DriverDecision]:
    for backend in analysis.run.manifest.backends:
        title = labels.backend(backend)
        for driver in backend.drivers:
            if isinstance(claim.check, DriverFasterCheck) and driver.name not in claim.check.pairs:
                continue
            outcomes = list(_outcomes(analysis, scenario, claim, backend, driver.name))
            decision = combine(each for each, _ in outcomes)
            yield DriverDecision(title, driver.name, decision, _evidence(outcomes))


def _evidence(outcomes: Sequence[tuple[Decision, str]]) -> str:
    """Return all that was found or, where it is too much to read, how often and the first of each kind."""
    texts = list(dict.fromkeys(text for _, text in outcomes))
    if len(texts) <= MOST_EVIDENCE:
        return "; ".join(texts) or NOT_MEASURED
    tally = Counter(decision for decision, _ in outcomes)
    firsts = dict(reversed(outcomes))
    return "; ".join(
        f"{decision} in {number} of {len(outcomes)}, as {firsts[decision]}" for decision, number in tally.most_common()
    )


def _outcomes(
    analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed, backend: BackendUsed, driver: str
) -> Iterator[tuple[Decision, str]]:
    match claim.check:
        case StatementsCheck():
            yield from _statements(analysis, scenario.name, claim.check, backend.label, driver)
        case FasterCheck() | DriverFasterCheck():
            for group in analysis.groups:
                fits = (group.scenario.name, group.backend.label) == (scenario.name, backend.label)
                if fits and without_delay(parameters_id(group.used.parameters)) in claim.check.where:
                    yield from _faster(analysis, group, claim.check, driver)
        case RaisesCheck():
            place = f"{backend.label}+{driver}"
            if place in claim.check.outcomes:
                yield _raised(claim.check, claim.check.outcomes[place])


def _statements(
    analysis: Analysis, scenario: str, check: StatementsCheck, backend: str, driver: str
) -> Iterator[tuple[Decision, str]]:
    where = (scenario, check.variant, backend, driver)
    by_outcome: dict[tuple[int, int], list[str]] = {}
    for count in analysis.run.manifest.counts:
        case, asked, seen = count.case, without_delay(count.case.parameters), count.statements
        here = (case.scenario, case.variant, case.backend, case.driver) == where
        if here and asked in check.expected and seen is not None:
            by_outcome.setdefault((check.expected[asked], seen), []).append(case.parameters)
    for (expected, seen), places in sorted(by_outcome.items()):
        decision = Decision.UPHELD if expected == seen else Decision.REFUTED
        said = f"{seen} as predicted" if expected == seen else f"{seen}, not {expected}"
        yield decision, f"{said} ({_places(places)})"


def _places(places: list[str]) -> str:
    shown = labels.shortened(places[0] or "no parameters", 60)
    return shown if len(places) == 1 else f"{shown} and {len(places) - 1} more"


def _faster(
    analysis: Analysis, group: GroupResult, check: FasterCheck | DriverFasterCheck, driver: str
) -> Iterator[tuple[Decision, str]]:
    """Compare the interval of the one over the other with the limit `1 / times`."""
    if isinstance(check, FasterCheck):
        than = check.than, driver
    elif driver in check.pairs:
        than = check.variant, check.pairs[driver]
    else:
        return
    sides = group.result(check.variant, driver), group.result(*than)
    ratio = ratio_of(analysis.run, sides[0].case, sides[1].case) if sides[0] and sides[1] else None
    place = labels.parameters(group.used.parameters) or "no parameters"
    if ratio is None:
        yield Decision.UNDECIDED, f"no valid ratio ({place})"
        return
    limit = 1 / check.times
    said = f"{labels.interval(ratio)} against at most {labels.ratio(limit)} ({place})"
    if ratio.interval.high <= limit:
        yield Decision.UPHELD, said
    else:
        yield (Decision.REFUTED if ratio.interval.low > limit else Decision.UNDECIDED), said


def _raised(check: RaisesCheck, outcome: str | None) -> tuple[Decision, str]:
    if outcome == check.exception:
        return Decision.UPHELD, f"{outcome} as predicted"
    return Decision.REFUTED, f"{outcome or 'no exception'}, not {check.exception}"
