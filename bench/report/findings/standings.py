"""Which of several rivals is the fastest, and which of the others are not behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.core.cases import Case
from bench.core.contrasts import Question
from bench.core.multiplicity import holm
from bench.core.verdicts import Verdict, verdict
from bench.report.findings.analysis import DECIDED, Analysis, GroupResult, ratio_of
from bench.report.reading.records import Run

NOT_TOLD_APART = "not told apart"
"""The word for a rival whose ratio to the fastest is inconclusive."""
BESIDE = (
    "Who is not behind the fastest stands beside it. Equivalent is a verdict on the ratio of the two, block by block. "
    f"{NOT_TOLD_APART.capitalize()} is where that ratio is inconclusive: its interval holds 1, by itself or corrected "
    "for the number of comparisons. It is no finding that nothing differs."
)
"""What the words mean, for readers."""

Standings = Mapping[Case, float]
"""The time of each rival over that of the one that all are divided by."""
Verdicts = Mapping[frozenset[Case], Verdict]
"""What is known of pairs of cases, whichever of the two is the numerator."""


def leaders(run: Run, standings: Standings, verdicts: Verdicts) -> dict[Case, Verdict]:
    """Return the fastest rival first, then those that are not behind it: equivalent to it, or inconclusive.

    The two are held against each other and not by way of the case that all are divided by: its own noise is in both of
    those ratios, and two that touch may well differ. What a verdict leaves open among many is not decided here either.
    """
    if not standings:
        return {}
    first = min(standings, key=lambda case: standings[case])
    ratios = {case: ratio for case in standings if case != first and (ratio := ratio_of(run, case, first))}
    adjusted = dict(zip(ratios, holm([ratio.p_value for ratio in ratios.values()]), strict=True))
    found = {first: Verdict.EQUIVALENT}
    for case in standings:
        if case == first:
            continue
        said = verdicts.get(frozenset((case, first)), Verdict.SLOWER)
        if said in DECIDED:
            said = verdict(ratios[case], adjusted[case], None) if case in ratios else Verdict.INCONCLUSIVE
        if said not in DECIDED:
            found[case] = said
    return found


def beside(verdicts: Sequence[Verdict]) -> str:
    """Return how many stand beside the fastest, and how: `1 equivalent, 2 not told apart`; empty for nobody."""
    equivalent = verdicts.count(Verdict.EQUIVALENT)
    numbers = {str(Verdict.EQUIVALENT): equivalent, NOT_TOLD_APART: len(verdicts) - equivalent}
    return ", ".join(f"{number} {word}" for word, number in numbers.items() if number)


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
