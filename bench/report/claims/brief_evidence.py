"""What was found on a driver, in few words and never in half an outcome."""

from __future__ import annotations

from bench.report.claims.decisions import DriverDecision, sets
from bench.report.claims.outcomes import Decision, Outcome

WIDE = 42
"""Characters beyond which the page of the run is left to tell the rest; a single comparison is told however wide."""


def brief(decided: DriverDecision) -> str:
    """Return what was found: all of it where that is short, and else whole outcomes and how many more there are.

    Of an experiment with a long outcome it is that in which it differs from the claim, or nothing where that cannot be
    told: a piece of it could be the piece that went as claimed.
    """
    by_decision: dict[Decision, list[Outcome]] = {}
    for each in decided.outcomes:
        by_decision.setdefault(each.decision, []).append(each)
    if len(by_decision) == 1:
        return _whole(decided.outcomes)
    often, all_sets = sorted(by_decision.items(), key=lambda item: -sets(item[1])), sets(decided.outcomes)
    return "; ".join(f"{decision} at {sets(alike)} of {all_sets}, as {_told(alike[0])}" for decision, alike in often)


def _whole(outcomes: tuple[Outcome, ...]) -> str:
    """Return as many outcomes as there is room for, one at least, and the number of the others."""
    shown = [_told(outcomes[0])]
    for each in outcomes[1:]:
        if len("; ".join([*shown, _told(each)])) > WIDE:
            break
        shown.append(_told(each))
    left = len(outcomes) - len(shown)
    return "; ".join([*shown, f"{left} more"] if left else shown)


def _told(outcome: Outcome) -> str:
    is_whole = outcome.differing is None or len(outcome.text) <= WIDE
    return outcome.text if is_whole else outcome.differing or ""
