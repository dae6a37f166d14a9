"""The formats by name, and what has to be said beside a file because its format cannot hold it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shlex import quote

from bench.core.errors import UsageError
from bench.core.names import nearest
from bench.export import bencher, github_action, junit, pytest_json, table
from bench.report import labels
from bench.report.findings.analysis import Analysis

MOST_NAMED = 3
"""Void cases that are named; `ormbench export --format csv` has them all."""


@dataclass(frozen=True)
class Format:
    """How a run is written for one tool."""

    text: Callable[[Analysis], str]
    shows_void: bool = False
    """Whether void cases are in it; elsewhere they are left out."""


FORMATS = {
    "pytest-benchmark": Format(pytest_json.text),
    "github-action": Format(github_action.text),
    "bencher": Format(bencher.text),
    "junit": Format(junit.text, shows_void=True),
    "csv": Format(table.text, shows_void=True),
}


def find(name: str) -> Format:
    """Return the format of that name.

    Raises:
        UsageError: There is none; the message names the nearest.
    """
    if name not in FORMATS:
        message = f"unknown format {name!r}; {nearest(name, FORMATS)}"
        raise UsageError(message)
    return FORMATS[name]


def notes(analysis: Analysis, chosen: Format) -> Iterator[str]:
    """Yield what a reader of the file must know, each on a line."""
    run = analysis.run
    if not run.manifest.profile.evidence:
        yield f"not evidence: the profile {run.manifest.profile.name!r} only proves that the plumbing works"
    if len(run.units) < len(run.manifest.units):
        yield (
            f"{len(run.units)} of {len(run.manifest.units)} units are complete; "
            f"the others: ormbench run --resume {quote(str(run.folder))}"
        )
    if run.second is not None:
        yield "what the run was measured against (--against) is not in the file; `ormbench report` compares the two"
    if analysis.load is not None:
        yield "what the run measured under load is not in the file; `ormbench report` shows it"
    void = _void(analysis)
    if void and not chosen.shows_void:
        rest = f" and {len(void) - MOST_NAMED} more" if len(void) > MOST_NAMED else ""
        yield f"left out as not valid, {labels.plural(len(void), 'case')}: {', '.join(void[:MOST_NAMED])}{rest}"


def _void(analysis: Analysis) -> list[str]:
    """Return the ids of the cases without a valid time, those first that are of a timed group."""
    timed = [result.case.id for group in analysis.groups for result in group.cases.values() if result.void]
    return list(dict.fromkeys([*timed, *(failure.case for failure in analysis.run.manifest.failures)]))
