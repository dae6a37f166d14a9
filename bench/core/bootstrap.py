"""Take the interval of a ratio a second way: a hierarchical bootstrap over passes and pairs."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from statistics import fmean

from bench.core.ratios import CONFIDENCE, Interval, Pass, interquartile_mean, log_ratios

FEWEST_PASSES_TO_TRUST = 10
"""Below ten passes the percentile interval is too narrow by a tenth and more: it lacks both the factor
sqrt(n / (n - 1)) and the t quantile's width. Verdicts use `ratios.ratio_over_passes`."""


def bootstrap_interval(
    passes: Sequence[Pass], seed: int, draws: int = 2000, confidence: float = CONFIDENCE
) -> Interval:
    """Return the percentile interval of the ratio over redrawn passes and, within each, redrawn pairs.

    It assumes no distribution and so checks the t interval, from FEWEST_PASSES_TO_TRUST on. The same passes and seed
    give the same interval.

    Raises:
        UsageError: A pass is malformed (see `ratios.pass_log_ratio`).
    """
    rng = random.Random(seed)
    logs = [log_ratios(*sides) for sides in passes]
    centres = sorted(
        fmean(interquartile_mean(rng.choices(pairs, k=len(pairs))) for pairs in rng.choices(logs, k=len(logs)))
        for _ in range(draws)
    )
    cut = round(draws * (1 - confidence) / 2)
    return Interval(math.exp(centres[cut]), math.exp(centres[-1 - cut]))
