"""Tell some places from all others in the fewest words: `children=100`, `parents >= 500 on asyncpg`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations

from bench.core.claims import Value
from bench.report import labels

Place = Mapping[str, Value]
"""Everything that a comparison was made under: parameters, backend, driver."""

MOST_VALUES = 3
"""A rule that lists more values is no rule to remember."""
MOST_NAMES = 2


def rule(inside: Sequence[Place], outside: Sequence[Place]) -> str | None:
    """Return what all places inside have in common and none outside has; None where no short rule parts them.

    A rule gives one or two names with the values that they take inside. It parts the places exactly.
    """
    names = list(dict.fromkeys(name for place in [*inside, *outside] for name in place))
    for size in range(1, MOST_NAMES + 1):
        found = []
        for chosen in combinations(names, size):
            taken = {name: _distinct(place.get(name) for place in inside) for name in chosen}
            if not any(all(place.get(name) in taken[name] for name in chosen) for place in outside):
                every = {name: _distinct(place.get(name) for place in [*inside, *outside]) for name in chosen}
                words = [_words(name, taken[name], every[name]) for name in chosen]
                if all(words):
                    found.append((sum(map(len, taken.values())), " and ".join(word for word in words if word)))
        if found:
            return min(found, key=lambda each: each[0])[1]
    return None


def _distinct(values: Iterable[Value | None]) -> list[Value | None]:
    return list(dict.fromkeys(values))


def _words(name: str, taken: Sequence[Value | None], every: Sequence[Value | None]) -> str | None:
    """Return `name=a or b`, of numbers also `name >= a`; None where the values are too many or missing."""
    numbers = sorted(value for value in every if isinstance(value, int | float) and not isinstance(value, bool))
    if len(numbers) == len(every) and len(taken) > 1:
        if set(numbers[-len(taken) :]) == set(taken):
            return f"{name} >= {numbers[-len(taken)]:g}"
        if set(numbers[: len(taken)]) == set(taken):
            return f"{name} <= {numbers[len(taken) - 1]:g}"
    if None in taken or len(taken) > MOST_VALUES:
        return None
    first, *rest = [labels.parameter(name, value) for value in taken if value is not None]
    return " or ".join([first, *(text.removeprefix(f"{name}=") for text in rest)])
