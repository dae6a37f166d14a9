"""Which of several rivals is the fastest, and which of the others are level with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.core.cases import Case
from bench.core.contrasts import Question
from bench.core.multiplicity import holm
from bench.core.ratios import Ratio
from bench.core.verdicts import ALPHA, MARGIN, Verdict
from bench.report.findings.analysis import DECIDED, Analysis, GroupResult, ratio_of
from bench.report.reading.records import Run

LEVEL = (
    "Level with the fastest is what nothing parts from it: block by block, its ratio to the fastest is at most "
    f"{MARGIN * 100:g} % above 1, or has an interval that holds 1, by itself or corrected for their number."
)
"""What the word means, for readers."""

Standings = Mapping[Case, float]
"""The time of each rival over that of the one that all are divided by."""
Verdicts = Mapping[frozenset[Case], Verdict]
"""What is known of pairs of cases, whichever of the two is the numerator."""


def leaders(run: Run, standings: Standings, verdicts: Verdicts) -> tuple[Case, ...]:
    """Return the fastest rival first, then those that are level with it."""
    if not standings:
        return ()
    first = min(standings, key=lambda case: standings[case])
    ratios = {case: ratio for case in standings if case != first and (ratio := ratio_of(run, case, first))}
    adjusted = dict(zip(ratios, holm([ratio.p_value for ratio in ratios.values()]), strict=True))
    behind = {
        case
        for case, ratio in ratios.items()
        if adjusted[case] < ALPHA and not _is_level(ratio, verdicts.get(frozenset((case, first))))
    }
    return first, *(case for case in standings if case != first and case not in behind)


def _is_level(ratio: Ratio, said: Verdict | None) -> bool:
    """Say whether nothing that matters tells a rival from the fastest.

    The two are held against each other and not by way of the case that all are divided by: its own noise is in both of
    those ratios, and two that touch may well differ. What a verdict leaves open among many is not decided here either.
    """
    is_open = said is not None and said not in DECIDED
    return is_open or ratio.estimate <= 1 + MARGIN or ratio.interval.contains(1)


def variants(group: GroupResult, driver: str) -> dict[Case, float]:
    """Return how the variants that give the full answer stand on a driver, over the baseline of the group."""
    baseline = group.result(group.used.baseline, driver)
    if baseline is None or baseline.void:
        return {}
    found = {baseline.case: 1.0}
    for variant in group.variants:
        finding = group.finding(Question.VARIANT, variant.name, driver)
        if finding and finding.ratio and not variant.is_for_scale:
            found[finding.contrast.numerator] = finding.ratio.estimate
    return found


def drivers(analysis: Analysis, group: GroupResult, variant: str) -> dict[Case, float]:
    """Return how the drivers stand for a variant, over the first of them."""
    return dict(_drivers(analysis, group, variant))


def _drivers(analysis: Analysis, group: GroupResult, variant: str) -> Iterator[tuple[Case, float]]:
    cases = [result.case for driver in group.drivers if (result := group.result(variant, driver)) and not result.void]
    for case in cases:
        if case == cases[0]:
            yield case, 1.0
        elif ratio := ratio_of(analysis.run, case, cases[0]):
            yield case, ratio.estimate
