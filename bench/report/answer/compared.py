"""Which drivers a run compared across the modes, and what the two of each pair have in common."""

from __future__ import annotations

from bench.core.contrasts import Question
from bench.core.drivers import kinship
from bench.report.findings.analysis import Analysis

STACKS = "stacks"
KINDS = {
    "same library": "one library in both modes",
    "same family": "of one family and differ in more than the mode",
    STACKS: "stacks, in which mode and library change together",
}
"""What is said of pairs of each kind, in the order in which they are told."""


def pairs(analysis: Analysis) -> str:
    """Return the pairs of drivers by what they share, in a sentence; empty where no mode met another."""
    found: dict[str, dict[str, None]] = {}
    for finding in analysis.findings(Question.MODE, Question.STACK):
        awaited, blocking = finding.contrast.numerator.driver, finding.contrast.denominator.driver
        kind = STACKS if finding.contrast.question is Question.STACK else kinship(awaited, blocking)
        found.setdefault(kind, {})[f"{blocking} and {awaited}"] = None
    told = [f"{', '.join(found[kind])} are {what}" for kind, what in KINDS.items() if kind in found]
    return f"{'; '.join(told)}." if told else ""
