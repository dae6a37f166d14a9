"""Say why a window or a cell has no winner."""

from __future__ import annotations

from collections.abc import Iterable

from bench.load.reading.guards import Breach, Mark
from bench.report import labels
from bench.report.findings.load import words

_TEXTS = {
    Breach.CEILING: lambda value: f"at {labels.percent(value)} of the generator's ceiling",
    Breach.CPU: lambda value: f"generator used {labels.percent(value)} of a core",
    Breach.LATE: lambda value: f"{labels.percent(value)} of the arrivals sent late",
    Breach.SENT: lambda value: f"{labels.percent(value)} of the arrivals sent",
    Breach.ERRORS: lambda value: f"{words.share(value)} of the requests failed",
    Breach.DROPPED: lambda value: f"{words.share(value)} of the arrivals dropped",
    Breach.WORKERS: lambda value: f"{labels.plural(round(value), 'worker')} lost",
}


def said(marks: Iterable[Mark]) -> str:
    """Return the marks, each breach once with its worst value: `overload (2.3 % of the requests failed)`."""
    worst: dict[Breach, Mark] = {}
    for mark in marks:
        known = worst.get(mark.what)
        if known is None or abs(mark.value - mark.limit) > abs(known.value - known.limit):
            worst[mark.what] = mark
    kinds = dict.fromkeys(mark.kind for mark in worst.values())
    return "; ".join(f"{kind} ({', '.join(_of(kind, worst.values()))})" for kind in kinds)


def _of(kind: str, worst: Iterable[Mark]) -> list[str]:
    return [_TEXTS[mark.what](mark.value) for mark in worst if mark.kind == kind]


def kinds(marks: Iterable[Mark]) -> str:
    """Return the kinds of the marks alone, for a cell of a table."""
    return ", ".join(dict.fromkeys(str(mark.kind) for mark in marks))
