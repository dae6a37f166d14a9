"""Hold outcomes against what was written down before: what we expect, and what each claim predicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.core.contract import Place
from bench.core.errors import UsageError
from bench.core.experiments import Experiment, Prediction, Says, Upheld, prediction_at, told


@dataclass(frozen=True)
class Judgement:
    """What an outcome means at one place."""

    expected: str | None
    """In words; None where nothing is expected."""
    as_expected: bool | None
    predicted: tuple[str | None, ...]
    """By claim, in words; None where a claim is not about this place."""
    upheld: tuple[Upheld, ...]
    """By claim, see `Says`."""


def judge(experiment: Experiment, place: Place, outcomes: Sequence[Any]) -> Judgement:
    """Judge the outcomes of all repetitions at a place.

    Raises:
        UsageError: What was written down before does not fit an outcome.
    """
    expected = prediction_at(experiment.expects, place)
    predictions = [prediction_at(said.predicts, place) for said in experiment.claims]
    return Judgement(
        expected.words if expected else None,
        all(_is_so(expected, outcome) for outcome in outcomes) if expected else None,
        tuple(each.words if each else None for each in predictions),
        tuple(_upheld(each, outcomes) for each in predictions),
    )


def _upheld(prediction: Prediction | None, outcomes: Sequence[Any]) -> Upheld:
    if prediction is None:
        return None
    found = [_is_so(prediction, outcome) for outcome in outcomes]
    match prediction.says:
        case Says.EVER:
            return True if any(found) else "not seen"
        case Says.EACH if any(found) and not all(found):
            return "in part"
        case _:
            return all(found)


def _is_so(prediction: Prediction, outcome: object) -> bool:
    try:
        return bool(prediction.holds(outcome))
    except Exception as error:  # noqa: BLE001 - the test of an outcome is the author's code and may raise anything
        why = f"{type(error).__name__}: {error}"
        message = f"{told(outcome)} cannot be held against {prediction.words!r} ({why}); mend the prediction"
        raise UsageError(message) from None


def tally(outcomes: Sequence[Any]) -> list[tuple[Any, int]]:
    """Return each outcome with how often it was found, the most frequent first."""
    found: list[tuple[Any, int]] = []
    for outcome in outcomes:
        if all(outcome != each for each, _ in found):
            found.append((outcome, sum(outcome == other for other in outcomes)))
    return sorted(found, key=lambda each: -each[1])
