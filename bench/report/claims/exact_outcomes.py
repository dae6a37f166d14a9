"""What claims on counts and exceptions came to: exact, driver by driver."""

from __future__ import annotations

from collections import defaultdict

from bench.core.cases import without_delay
from bench.report import labels
from bench.report.claims.outcomes import Decision, Outcome, Outcomes, Spot
from bench.report.reading.checks import RaisesCheck, StatementsCheck
from bench.report.reading.records import Count

WIDE_PLACE = 60
"""Characters of a set of parameters."""


def counted(counts: tuple[Count, ...], scenario: str, check: StatementsCheck) -> Outcomes:
    """Return what a claim on the number of statements came to: an outcome for each pair of predicted and seen."""
    seen: dict[Spot, dict[tuple[int, int], list[str]]] = defaultdict(lambda: defaultdict(list))
    for count in counts:
        case, parameters = count.case, without_delay(count.case.parameters)
        if (case.scenario, case.variant) != (scenario, check.variant) or parameters not in check.expected:
            continue
        if count.statements is not None:
            numbers = (check.expected[parameters], count.statements)
            seen[case.backend, case.driver][numbers].append(case.parameters)
    return {
        spot: tuple(_counted(*numbers, places) for numbers, places in sorted(found.items()))
        for spot, found in seen.items()
    }


def raised(check: RaisesCheck) -> Outcomes:
    """Return what a claim on an exception came to."""
    found: dict[Spot, tuple[Outcome, ...]] = {}
    for place, outcome in check.outcomes.items():
        backend, _, driver = place.rpartition("+")
        found[backend, driver] = (_raised(check.exception, outcome),)
    return found


def _counted(expected: int, seen: int, places: list[str]) -> Outcome:
    decision = Decision.UPHELD if expected == seen else Decision.REFUTED
    said = f"{seen} as predicted" if expected == seen else f"{seen}, not {expected}"
    shown = labels.shortened(places[0] or "no parameters", WIDE_PLACE)
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    sets = tuple(dict.fromkeys(map(without_delay, places)))
    return Outcome(decision, f"{said} ({shown}{more})", parameters=sets)


def _raised(expected: str, outcome: str | None) -> Outcome:
    if outcome == expected:
        return Outcome(Decision.UPHELD, f"{outcome} as predicted")
    return Outcome(Decision.REFUTED, f"{outcome or 'no exception'}, not {expected}")
