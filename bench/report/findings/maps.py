"""The ratio map of a scenario on a backend: parameters against variants, each cell over all drivers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.core.contrasts import Question
from bench.core.verdicts import Verdict
from bench.report import labels
from bench.report.findings.analysis import Finding, GroupResult

HEATS = (1.0, 1.25, 2.0)
"""From these ratios on (or their inverses) a cell is a shade stronger."""
MIXED = "mixed"
"""In the place of a verdict where drivers have unlike ones."""


@dataclass(frozen=True)
class Cell:
    """The ratios of one variant, or of one pair of drivers, under one set of parameters."""

    text: str
    heat: str
    """`f1` to `f3` where all findings are faster, `s1` to `s3` where all are slower, `e` where none differs, else
    nothing."""
    word: str = ""
    """The verdict where all findings have the same; nothing where there is no ratio."""


@dataclass(frozen=True)
class RatioMap:
    """A table of ratios."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Cell, ...]], ...]


def ratio_map(groups: Sequence[GroupResult]) -> RatioMap:
    """Return the map of groups that differ in parameters alone: variants over the baseline, async over sync."""
    found = [_columns(group) for group in groups]
    names = {name for columns in found for name in columns}
    order = [*(variant.name for variant in groups[0].scenario.variants), *sorted(names)]
    columns = tuple(name for name in dict.fromkeys(order) if name in names)
    rows = [
        (labels.parameters(group.used.parameters), tuple(_cell(findings.get(name, [])) for name in columns))
        for group, findings in zip(groups, found, strict=True)
    ]
    return RatioMap(columns, tuple(rows))


def _columns(group: GroupResult) -> dict[str, list[Finding]]:
    """Return the findings by column: each variant over the baseline, and each pair of modes for the baseline."""
    found: dict[str, list[Finding]] = {}
    for finding in group.of(Question.VARIANT, Question.MODE):
        numerator, denominator = finding.contrast.numerator, finding.contrast.denominator
        if finding.contrast.question is Question.VARIANT:
            found.setdefault(numerator.variant, []).append(finding)
        elif numerator.variant == group.used.baseline:
            found.setdefault(f"{numerator.driver} / {denominator.driver}", []).append(finding)
    return found


def _cell(findings: Sequence[Finding]) -> Cell:
    estimates = [finding.ratio.estimate for finding in findings if finding.ratio]
    if not estimates:
        return Cell(Verdict.NOT_VALID if findings else "", "")
    verdicts = {finding.verdict for finding in findings}
    word = MIXED if len(verdicts) > 1 else str(*verdicts)
    return Cell(labels.ratios(estimates), _heat(findings, estimates), word)


def _heat(findings: Sequence[Finding], estimates: Sequence[float]) -> str:
    verdicts = {finding.verdict for finding in findings}
    if verdicts == {Verdict.EQUIVALENT}:
        return "e"
    sign = {Verdict.FASTER: "f", Verdict.SLOWER: "s"}.get(next(iter(verdicts))) if len(verdicts) == 1 else None
    if sign is None:
        return ""
    return f"{sign}{strength(estimates)}"


def strength(estimates: Sequence[float]) -> int:
    """Return how strong the shade of some ratios is: 1 to 3, by the one that is nearest to 1."""
    distance = min(abs(math.log(estimate)) for estimate in estimates)
    return sum(distance >= math.log(limit) for limit in HEATS)
