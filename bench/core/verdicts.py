"""Turn a ratio and the noise floor into one of five words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from bench.core.errors import UsageError
from bench.core.ratios import CONFIDENCE, Interval, Ratio, passes_needed

MARGIN = 0.03
"""Differences up to this share count as none, fixed before measuring. Identical code comes out ±2 to 3 % apart even
with careful tools (faster-cpython/ideas, issues 480 and 551), so less is nothing to choose a driver by."""
FLOOR_CAP = 0.05
"""However noisy the machine, the A/A floor widens the margin no further than this: noise must not become evidence
of equality, and a contrast on a machine that bad is inconclusive."""
ALPHA = 0.05
"""Accepted probability of a wrong "faster" or "slower" anywhere in a family of contrasts."""


class Verdict(StrEnum):
    """What a contrast came to, as said about its numerator."""

    FASTER = "faster"
    SLOWER = "slower"
    EQUIVALENT = "equivalent"
    """The difference, if any, is too small to matter: a finding, unlike INCONCLUSIVE."""
    INCONCLUSIVE = "inconclusive"
    NOT_VALID = "not valid"
    """A proof failed or a doubt forbids an answer: given by whoever knows of it, and no ratio is judged."""


def verdict(ratio: Ratio, adjusted_p: float, floor: Interval | None, margin: float = MARGIN) -> Verdict:
    """Return the verdict on the numerator of a contrast.

    Equivalent comes first: where the whole interval lies inside of the margin, or of the A/A floor up to FLOOR_CAP,
    a difference that is certain is still too small to matter. With a 95 % interval that is two one-sided tests at 2.5 %
    each (Schuirmann 1987), per contrast: it is not corrected for their number. Faster and slower need the adjusted
    p-value (`multiplicity.holm`) below ALPHA and 1 outside of the interval. All else is inconclusive.
    """
    if ratio.interval.within(equivalence_band(floor, margin)):
        return Verdict.EQUIVALENT
    if adjusted_p < ALPHA and not ratio.interval.contains(1):
        return Verdict.FASTER if ratio.estimate < 1 else Verdict.SLOWER
    return Verdict.INCONCLUSIVE


def equivalence_band(floor: Interval | None, margin: float = MARGIN) -> Interval:
    """Return the band of ratios that count as no difference: the margin, or the A/A floor up to FLOOR_CAP if wider."""
    noise = 0.0 if floor is None else min(floor.reach, FLOOR_CAP)
    return Interval.around_one(max(margin, noise))


def noise_floor(twins: Sequence[Ratio]) -> Interval:
    """Return the narrowest band symmetric around 1 (in log) that holds the intervals of all A/A twins given.

    Raises:
        UsageError: No A/A twin is given.
    """
    if not twins:
        message = "a noise floor needs at least one A/A twin: measure the baseline's group as a whole"
        raise UsageError(message)
    return Interval.around_one(max(twin.interval.reach for twin in twins))


def passes_to_decide(ratio: Ratio, contrasts: int, floor: Interval | None) -> int:
    """Return about how many further passes would decide an inconclusive contrast if its estimate stayed where it is.

    Either the interval comes to lie inside of the equivalence band, or it leaves 1 at the confidence that Holm asks of
    the smallest p-value among that many contrasts; the nearer of the two counts. See `passes_needed` for its worth.
    """
    effect = abs(math.log(ratio.estimate))
    room = math.log1p(equivalence_band(floor).reach) - effect
    ways = ((room, CONFIDENCE), (effect, 1 - ALPHA / contrasts))
    return max(1, min(passes_needed(ratio, math.sinh(reach), level) for reach, level in ways if reach > 0))
