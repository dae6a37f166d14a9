"""SELECT: pick cases by scenario name or by a glob on their ids."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from bench.core.cases import Case
from bench.core.errors import UsageError
from bench.core.names import nearest


def matches(pattern: str, case: Case) -> bool:
    """Say whether SELECT picks the case: by the scenario's name, or by a glob on the case id.

    Only `*` and `?` are wildcards. Brackets stand for themselves, because ids hold the variant in brackets.
    """
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return pattern == case.scenario or re.fullmatch(expression, case.id) is not None


def select(patterns: Sequence[str], cases: Iterable[Case]) -> list[Case]:
    """Return the cases that any of the patterns picks, all of them without a pattern.

    Raises:
        UsageError: A pattern picks nothing; the message suggests the nearest scenario or case.
    """
    everything = list(cases)
    for pattern in patterns:
        if not any(matches(pattern, case) for case in everything):
            hint = _hint(pattern, everything)
            message = f"{pattern!r} matches no case; {hint}"
            raise UsageError(message)
    return [case for case in everything if not patterns or any(matches(pattern, case) for pattern in patterns)]


def _hint(pattern: str, cases: Sequence[Case]) -> str:
    if "/" not in pattern:
        return nearest(pattern, {case.scenario for case in cases})
    suggestion = nearest(pattern, {case.id for case in cases})
    # A list of every case id would be pages long.
    return suggestion if suggestion.startswith("did you mean") else "`ormbench list SCENARIO` shows its cases"
