"""SELECT of experiments: by their name, their theme, the id of a claim, or a glob on their names."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from bench.core.errors import UsageError
from bench.core.experiments import Experiment
from bench.core.names import nearest


def select(patterns: Sequence[str], experiments: Sequence[Experiment]) -> list[Experiment]:
    """Return the experiments that any of the patterns picks, all of them without a pattern.

    Raises:
        UsageError: A pattern picks nothing; the message suggests the nearest word.
    """
    for pattern in patterns:
        if not any(_picks(pattern, each) for each in experiments):
            hint = nearest(pattern, {word for each in experiments for word in _words(each)})
            message = f"{pattern!r} matches no experiment; {hint}"
            raise UsageError(message)
    return [each for each in experiments if not patterns or any(_picks(pattern, each) for pattern in patterns)]


def _words(experiment: Experiment) -> set[str]:
    return {experiment.name, experiment.theme, *(said.id for said in experiment.claims)}


def _picks(pattern: str, experiment: Experiment) -> bool:
    return pattern in _words(experiment) or fnmatchcase(experiment.name, pattern)
