"""Tell what came out of several repetitions as one: what they agree in, and how often each of what they differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.core.experiments import told

Counted = tuple[Any, int]
"""An outcome, or a part of one, and in how many repetitions it was found."""


def together(found: Sequence[Counted]) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return the value that all repetitions have, or words: `0 (2 of 3), 4 (1 of 3)`, of seconds `0.4 to 0.6`.

    What has the same names everywhere is taken apart, so that the words stand where the difference is.
    """
    values = [value for value, _ in found]
    if all(value == values[0] for value in values):
        return values[0]
    if all(isinstance(value, dict) and value.keys() == values[0].keys() for value in values):
        return {name: together([(value[name], times) for value, times in found]) for name in values[0]}
    if all(isinstance(value, float) for value in values):
        return f"{told(min(values))} to {told(max(values))}"
    tally = Counter[str]()
    for value, times in found:
        tally[told(value)] += times
    return ", ".join(counted(words, times, tally.total()) for words, times in tally.most_common())


def counted(words: str, times: int, repetitions: int) -> str:
    """Return words with the number of repetitions that they are true of, unless it is all of them."""
    return words if times == repetitions else f"{words} ({times} of {repetitions})"
