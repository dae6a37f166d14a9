"""What an experiment says about its claims, driver by driver."""

from __future__ import annotations

from collections.abc import Iterator

from bench.report.claims.differing import differing
from bench.report.claims.outcomes import Cause, Decision, Outcome
from bench.report.reading.experiments import ExperimentUsed, Result


def outcomes_of(experiment: ExperimentUsed, number: int) -> Iterator[tuple[Result, tuple[Outcome, ...]]]:
    """Yield every result that the claim of that number is about, with what it means for the claim."""
    for result in experiment.results:
        if result.left_out is not None:
            yield result, ()
        elif result.predicted[number] is not None:
            yield result, (_outcome(result, number),)


def _outcome(result: Result, number: int) -> Outcome:
    if result.error is not None:
        return Outcome(Decision.UNDECIDED, f"failed: {result.error}", Cause.FAILED)
    claimed = result.predicted[number] or ""
    found = f"{result.words}{'; unexpected' if result.as_expected is False else ''}"
    match result.upheld[number]:
        case True:
            return Outcome(Decision.UPHELD, found, differing="")
        case "not seen":
            text = f"{found}; claimed: {claimed}, {Cause.NOT_SEEN}"
            return Outcome(Decision.UNDECIDED, text, Cause.NOT_SEEN, differing=str(Cause.NOT_SEEN))
        case "in part":
            decision = Decision.DEPENDS
        case _:
            decision = Decision.REFUTED
    return Outcome(decision, f"{found}; claimed: {claimed}", differing=differing(result, claimed))
