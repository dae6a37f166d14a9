"""What an experiment says about its claims, driver by driver."""

from __future__ import annotations

from collections.abc import Iterator

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
    surprise = "; unexpected" if result.as_expected is False else ""
    if result.upheld[number]:
        return Outcome(Decision.UPHELD, f"{result.words}{surprise}")
    return Outcome(Decision.REFUTED, f"{result.words}{surprise}; claimed: {result.predicted[number]}")
