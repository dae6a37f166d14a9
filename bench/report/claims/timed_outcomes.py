"""What a claim on time came to in each of its comparisons, corrected for how many there are."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from bench.core.cases import parameters_id, without_delay
from bench.core.multiplicity import holm
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import Verdict, equivalence_band, verdict
from bench.report import labels
from bench.report.claims.outcomes import Cause, Decision, Outcome, Outcomes, Spot
from bench.report.findings.analysis import Analysis, CaseResult, GroupResult, floor_between, ratio_of
from bench.report.reading.checks import DriverFasterCheck, FasterCheck

DECIMALS = (2, 3, 4)
"""Of a ratio that is held against a limit: the fewest that tell its ends from the limit."""
WIDE_REASON = 80
"""Characters of the reason why a case is not valid."""
DECIDED = {
    Verdict.FASTER: Decision.UPHELD,
    Verdict.SLOWER: Decision.REFUTED,
    Verdict.EQUIVALENT: Decision.REFUTED,
    Verdict.INCONCLUSIVE: Decision.UNDECIDED,
}

TimedCheck = FasterCheck | DriverFasterCheck


@dataclass(frozen=True, eq=False)
class _Compared:
    """Two cases that a claim on time compares: `above`, which is claimed to be faster, over `below`."""

    group: GroupResult
    driver: str
    above: CaseResult
    below: CaseResult
    ratio: Ratio | None
    """None where no pass measured both, or one is void."""

    @property
    def spot(self) -> Spot:
        return self.group.backend.label, self.driver

    def outcome(self, decision: Decision, text: str, cause: Cause | None = None) -> Outcome:
        """Return the outcome with the place that it was found at."""
        parameters = self.group.used.parameters
        place = f"{labels.parameters(parameters)}: " if parameters else ""
        return Outcome(decision, place + text, cause, (without_delay(parameters_id(parameters)),), self.group.used.id)


def timed(analysis: Analysis, scenario: str, check: TimedCheck) -> Outcomes:
    """Return what a claim on time came to, wherever the run put it to the test.

    A comparison comes to the verdict that the tables would give it, but against the limit `1 / times` in the place of
    1, and with all comparisons of the claim as Holm's family. Where a driver or a set of parameters lacks one of the
    two cases, nothing was put to the test.
    """
    compared = list(_compared(analysis, scenario, check))
    ratios = {each: each.ratio for each in compared if each.ratio}
    p_values = holm([ratio.over(1 / check.times).p_value for ratio in ratios.values()])
    adjusted = dict(zip(ratios, p_values, strict=True))
    found: dict[Spot, list[Outcome]] = defaultdict(list)
    for each in compared:
        ratio = ratios.get(each)
        found[each.spot].append(_judged(each, ratio, adjusted[each], check.times) if ratio else _not_valid(each))
    return {spot: tuple(outcomes) for spot, outcomes in found.items()}


def asked(analysis: Analysis, scenario: str, check: TimedCheck) -> Iterator[GroupResult]:
    """Yield the groups whose parameters a claim on time is about."""
    for group in analysis.groups:
        if group.scenario.name == scenario and without_delay(parameters_id(group.used.parameters)) in check.where:
            yield group


def how(check: TimedCheck) -> str:
    """Return what is measured and what is claimed of it, `the time of echo over plain, claimed: at least 2x`.

    Beside "1.7 times as long" stands the ratio of the longer time over the shorter one, here and in the outcomes.
    """
    pairs = {check.variant: check.than} if isinstance(check, FasterCheck) else check.pairs
    sides = ((than, one) if check.times > 1 else (one, than) for one, than in pairs.items())
    of = "the time of" if isinstance(check, FasterCheck) else f"the time of {check.variant},"
    told = f"{of} " + ", ".join(f"{above} over {below}" for above, below in sides)
    if check.times == 1:
        return told
    limit = f"at least {check.times:.3g}x" if check.times > 1 else f"at most {1 / check.times:.3g}x"
    return f"{told}, claimed: {limit}"


def interval_against(ratio: Ratio, limit: float) -> str:
    """Return the interval with the decimals that show on which side of the limit its ends lie."""
    ends = [end for end in (ratio.interval.low, ratio.interval.high) if end != limit]
    shown = (number for number in DECIMALS if all(f"{end:.{number}f}" != f"{limit:.{number}f}" for end in ends))
    return labels.interval(ratio, next(shown, DECIMALS[-1]))


def _compared(analysis: Analysis, scenario: str, check: TimedCheck) -> Iterator[_Compared]:
    for group in asked(analysis, scenario, check):
        for driver in group.drivers:
            if not check.is_about(driver):
                continue
            than = (check.than, driver) if isinstance(check, FasterCheck) else (check.variant, check.pairs[driver])
            above, below = group.result(check.variant, driver), group.result(*than)
            if above and below:
                yield _Compared(group, driver, above, below, ratio_of(analysis.run, above.case, below.case))


def _not_valid(each: _Compared) -> Outcome:
    void = [f"{side.case.variant} on {side.case.driver}, {side.void}" for side in (each.above, each.below) if side.void]
    why = labels.shortened(void[0], WIDE_REASON) if void else "no pass measured both"
    return each.outcome(Decision.UNDECIDED, f"{Cause.NOT_VALID} ({why})", Cause.NOT_VALID)


def _judged(each: _Compared, ratio: Ratio, adjusted_p: float, times: float) -> Outcome:
    """Return the outcome of a comparison by its ratio over the limit.

    "Faster" is refuted by a difference that is too small to matter. A number that is claimed is a limit, and no
    difference from it is too small.
    """
    over = ratio.over(1 / times)
    floor = floor_between(each.group.floors, each.above.case.driver, each.below.case.driver)
    said = verdict(over, adjusted_p, floor) if times == 1 else verdict(over, adjusted_p, None, margin=0)
    text = _told(ratio, times)
    if said is Verdict.INCONCLUSIVE:
        cause = _cause(over.interval)
        return each.outcome(Decision.UNDECIDED, text if cause is Cause.SINGLE else f"{text}, {cause}", cause)
    return each.outcome(DECIDED[said], f"{text}, {said}" if said is Verdict.EQUIVALENT else text)


def _told(ratio: Ratio, times: float) -> str:
    """Return the ratio in the direction of the claim: one of "1.7 times as long" is that of the longer time."""
    return interval_against(ratio.inverse(), times) if times > 1 else interval_against(ratio, 1 / times)


def _cause(over: Interval) -> Cause:
    if not math.isfinite(over.high):
        return Cause.SINGLE
    if not over.contains(1):
        return Cause.MANY
    return Cause.NEAR if over.within(equivalence_band(None)) else Cause.WIDE
