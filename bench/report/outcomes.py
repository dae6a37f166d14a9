"""What a claim came to under each set of parameters on one driver, and why it was left open where it was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from bench.core.cases import parameters_id, without_delay
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import equivalence_band
from bench.report import labels
from bench.report.analysis import Analysis, CaseResult, GroupResult, ratio_of
from bench.report.checks import ClaimUsed, DriverFasterCheck, ExperimentCheck, FasterCheck, RaisesCheck, StatementsCheck
from bench.report.records import BackendUsed, ScenarioUsed

DECIMALS = (2, 3, 4)
"""Of a ratio that is held against a limit: the fewest that tell its ends from the limit."""
WIDE_REASON = 80
"""Characters of the reason why a case is not valid."""


class Decision(StrEnum):
    """What became of a claim."""

    UPHELD = "upheld"
    REFUTED = "refuted"
    DEPENDS = "depends"
    """Upheld under some of the conditions and refuted under others."""
    UNDECIDED = "undecided"


class Cause(StrEnum):
    """Why a ratio or an experiment decides nothing."""

    WIDE = "too wide to tell"
    """The interval holds the limit, and ratios that differ from it by more than anybody would overlook."""
    NEAR = "too near the limit to tell"
    """The interval is narrow and holds the limit: more measuring would hardly matter."""
    SINGLE = "without an interval"
    """Of one pass alone."""
    NOT_VALID = "not valid"
    FAILED = "failed"
    """An experiment that came to no outcome."""


@dataclass(frozen=True)
class Outcome:
    """What a claim came to under one set of parameters, with what was found."""

    decision: Decision
    text: str
    cause: Cause | None = None
    """Why it is undecided."""


def outcomes(
    analysis: Analysis, scenario: ScenarioUsed, claim: ClaimUsed, backend: BackendUsed, driver: str
) -> Iterator[Outcome]:
    """Yield what a claim came to on a driver, wherever the run put it to the test there.

    Where a driver or a set of parameters lacks one of the two cases of a claim on time, nothing was put to the test.
    """
    match claim.check:
        case StatementsCheck():
            yield from _statements(analysis, scenario.name, claim.check, backend.label, driver)
        case FasterCheck() | DriverFasterCheck():
            for group in asked(analysis, scenario, claim.check):
                if group.backend.label == backend.label and (sides := _sides(group, claim.check, driver)):
                    yield _faster(analysis, group, claim.check, *sides)
        case RaisesCheck():
            place = f"{backend.label}+{driver}"
            if place in claim.check.outcomes:
                yield _raised(claim.check, claim.check.outcomes[place])
        case ExperimentCheck():
            pass  # What experiments say stands in experiments.json, see experiment_outcomes.


def asked(analysis: Analysis, scenario: ScenarioUsed, check: FasterCheck | DriverFasterCheck) -> Iterator[GroupResult]:
    """Yield the groups whose parameters a claim on time is about."""
    for group in analysis.groups:
        if group.scenario.name == scenario.name and without_delay(parameters_id(group.used.parameters)) in check.where:
            yield group


def limit(check: FasterCheck | DriverFasterCheck) -> str:
    """Return the highest ratio that upholds a claim on time, `0.625x`."""
    return f"{1 / check.times:.3g}x"


def _statements(
    analysis: Analysis, scenario: str, check: StatementsCheck, backend: str, driver: str
) -> Iterator[Outcome]:
    where = (scenario, check.variant, backend, driver)
    by_outcome: dict[tuple[int, int], list[str]] = {}
    for count in analysis.run.manifest.counts:
        case, parameters, seen = count.case, without_delay(count.case.parameters), count.statements
        here = (case.scenario, case.variant, case.backend, case.driver) == where
        if here and parameters in check.expected and seen is not None:
            by_outcome.setdefault((check.expected[parameters], seen), []).append(case.parameters)
    for (expected, seen), places in sorted(by_outcome.items()):
        decision = Decision.UPHELD if expected == seen else Decision.REFUTED
        said = f"{seen} as predicted" if expected == seen else f"{seen}, not {expected}"
        yield Outcome(decision, f"{said} ({_places(places)})")


def _places(places: list[str]) -> str:
    shown = labels.shortened(places[0] or "no parameters", 60)
    return shown if len(places) == 1 else f"{shown} and {len(places) - 1} more"


def _sides(
    group: GroupResult, check: FasterCheck | DriverFasterCheck, driver: str
) -> tuple[CaseResult, CaseResult] | None:
    """Return the two cases that are compared; None where the group has not both."""
    if isinstance(check, FasterCheck):
        than = check.than, driver
    elif driver in check.pairs:
        than = check.variant, check.pairs[driver]
    else:
        return None
    above, below = group.result(check.variant, driver), group.result(*than)
    return (above, below) if above and below else None


def _faster(
    analysis: Analysis,
    group: GroupResult,
    check: FasterCheck | DriverFasterCheck,
    above: CaseResult,
    below: CaseResult,
) -> Outcome:
    """Compare the interval of the one over the other with the limit `1 / times`."""
    place = f"{labels.parameters(group.used.parameters)}: ".removeprefix(": ")
    ratio = ratio_of(analysis.run, above.case, below.case)
    if ratio is None:
        void = [f"{each.case.variant} on {each.case.driver}, {each.void}" for each in (above, below) if each.void]
        why = labels.shortened(void[0], WIDE_REASON) if void else "no pass measured both"
        return Outcome(Decision.UNDECIDED, f"{place}{Cause.NOT_VALID} ({why})", Cause.NOT_VALID)
    most, interval = 1 / check.times, ratio.interval
    said = f"{place}{interval_against(ratio, most)}"
    if interval.high <= most:
        return Outcome(Decision.UPHELD, said)
    if interval.low > most:
        return Outcome(Decision.REFUTED, said)
    cause = _cause(interval, most)
    return Outcome(Decision.UNDECIDED, said if cause is Cause.SINGLE else f"{said}, {cause}", cause)


def interval_against(ratio: Ratio, most: float) -> str:
    """Return the interval with the decimals that show on which side of the limit its ends lie."""
    ends = [end for end in (ratio.interval.low, ratio.interval.high) if end != most]
    shown = (number for number in DECIMALS if all(f"{end:.{number}f}" != f"{most:.{number}f}" for end in ends))
    return labels.interval(ratio, next(shown, DECIMALS[-1]))


def _cause(interval: Interval, most: float) -> Cause:
    if not math.isfinite(interval.high):
        return Cause.SINGLE
    around = Interval(interval.low / most, interval.high / most)
    return Cause.NEAR if around.within(equivalence_band(None)) else Cause.WIDE


def _raised(check: RaisesCheck, outcome: str | None) -> Outcome:
    if outcome == check.exception:
        return Outcome(Decision.UPHELD, f"{outcome} as predicted")
    return Outcome(Decision.REFUTED, f"{outcome or 'no exception'}, not {check.exception}")
