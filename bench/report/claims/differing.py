"""In what an outcome of an experiment differs from what is claimed of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.core.experiments import told
from bench.report.claims.repetitions import counted
from bench.report.reading.experiments import Result


def differing(result: Result, claimed: str) -> str:
    """Return the fields of an outcome that are other than claimed; nothing where the claim does not name fields."""
    fields = dict(_fields(claimed))
    found: dict[str, int] = {}
    for each in result.outcomes:
        if other := _others(each.outcome, fields):
            words = told(other)
            found[words] = found.get(words, 0) + each.times
    said = "; ".join(counted(words, times, result.repetitions) for words, times in found.items())
    return f"{said}; claimed: {claimed}" if said else ""


def _fields(claimed: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of what is claimed in the words of an outcome, `refresh: 1` or `items, notes: nothing`."""
    for part in claimed.split("; "):
        names, colon, value = part.partition(": ")
        if colon:
            yield from ((name, value) for name in names.split(", "))


def _others(outcome: Any, fields: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON can hold
    """Return the part of an outcome whose fields have another value than claimed, wherever in it they are."""
    if not isinstance(outcome, dict):
        return {}
    found: dict[str, Any] = {}
    for name, value in outcome.items():
        if name in fields:
            found |= {name: value} if told(value) != fields[name] else {}
        elif inner := _others(value, fields):
            found[name] = inner
    return found
