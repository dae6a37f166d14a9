"""The values of options that hold several: users, rates, pairs, factors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeVar

from bench.core.errors import UsageError
from bench.core.load_pairs import parse_pairs
from bench.load.target.factors import Level, parse_factor

FOUND_OUT = "max"
"""Instead of levels: they are doubled until neither side gains."""

_Number = TypeVar("_Number", int, float)


def parse_users(text: str) -> tuple[int, ...]:
    """Return the users of closed windows that `1,2,4` names; none for `max`.

    Raises:
        UsageError: One is no whole number from 1, or comes twice.
    """
    if text.strip() == FOUND_OUT:
        return ()
    return _numbers(text, "--users", "whole numbers from 1, such as 1,4,16, or max", int)


def parse_rates(text: str | None) -> tuple[float, ...]:
    """Return the rates per second of open windows that `100,200` names.

    Raises:
        UsageError: One is no number above 0, or comes twice.
    """
    return () if text is None else _numbers(text, "--rate", "requests per second above 0, such as 100,200", float)


def parse_own_pairs(texts: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Return the user classes of the pairs that `NAME=A,B` names.

    Raises:
        UsageError: One is malformed.
    """
    joined = next((text for text in texts if ";" in text), None)
    if joined is not None:
        message = f"--pair {joined!r} has a semicolon; give --pair once for each pair"
        raise UsageError(message)
    return parse_pairs(";".join(texts))


def parse_factors(texts: Sequence[str]) -> dict[str, tuple[Level, ...]]:
    """Return the levels of the factors that are to be swept.

    Raises:
        UsageError: One is malformed, or given twice.
    """
    factors: dict[str, tuple[Level, ...]] = {}
    for text in texts:
        name, levels = parse_factor(text)
        if name in factors:
            message = f"--sweep {name} is given twice; give all of its values at once"
            raise UsageError(message)
        factors[name] = levels
    return factors


def _numbers(text: str, option: str, wanted: str, kind: Callable[[str], _Number]) -> tuple[_Number, ...]:
    try:
        values = tuple(kind(word) for word in text.split(","))
    except ValueError:
        values = ()
    if not values or any(not 0 < value < math.inf for value in values):
        message = f"{option} {text!r} makes no sense; give {wanted}"
        raise UsageError(message)
    if len(set(values)) < len(values):
        message = f"{option} {text!r} names a value twice; give each once"
        raise UsageError(message)
    return values
