"""Simulate contrasts with a known ratio to learn how often each verdict is reached."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from statistics import median

import numpy as np

from bench.core.multiplicity import holm
from bench.core.ratios import Pass, Ratio, ratio_over_passes
from bench.core.verdicts import Verdict, verdict


@dataclass(frozen=True, slots=True)
class Noise:
    """What disturbs the blocks of a simulated machine; standard deviations are shares, of the log."""

    block_sd: float = 0.03
    """Of one block's time, within a pass; the ratio of a pair has sqrt(2) times as much."""
    pass_sd: float = 0.005
    """Of the true ratio from one fresh process to the next."""
    spike_share: float = 0.05
    """Blocks that another tenant of the machine disturbs."""
    spike_factor: float = 2.0
    """How many times longer a disturbed block takes."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of a contrast is measured."""

    passes: int
    pairs: int
    """Of blocks, in each pass."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What an effort finds out on a machine with that noise: shares of contrasts, rounded down, and a half width."""

    effort: Effort
    noise: Noise
    half_width: float
    """Median."""
    found_alone: float
    """Of contrasts with a true ratio of 1.05: called slower as the only contrast of the family."""
    found_among_20: float
    """The same as one of 20 contrasts, corrected by Holm, when the other 19 do not differ."""
    equivalent: float
    """Of contrasts between identical code: called equivalent, at the margin alone."""


QUIET = Noise(spike_share=0.0)
BUSY = Noise()

STATEMENTS = (
    Statement(Effort(8, 4), QUIET, 0.019, 0.99, 0.80, 0.70),
    Statement(Effort(8, 6), QUIET, 0.016, 0.99, 0.90, 0.85),
    Statement(Effort(8, 10), QUIET, 0.012, 0.99, 0.99, 0.99),
    Statement(Effort(8, 6), Noise(spike_share=0.02), 0.017, 0.99, 0.85, 0.80),
    Statement(Effort(8, 6), BUSY, 0.018, 0.95, 0.75, 0.70),
    Statement(Effort(8, 10), BUSY, 0.014, 0.99, 0.95, 0.90),
    Statement(Effort(8, 20), BUSY, 0.010, 0.99, 0.99, 0.99),
    Statement(Effort(8, 20), Noise(block_sd=0.06), 0.019, 0.99, 0.75, 0.65),
    Statement(Effort(8, 20), Noise(pass_sd=0.015), 0.015, 0.99, 0.95, 0.90),
    Statement(Effort(5, 20), BUSY, 0.015, 0.99, 0.80, 0.90),
    Statement(Effort(3, 40), BUSY, 0.020, 0.95, 0.15, 0.65),
)
"""What docs/methodology.md says about power; tests/core/test_power.py simulates every line."""


def statements_table() -> str:
    """Return STATEMENTS as the Markdown table of docs/methodology.md."""
    head = (
        "| passes | pairs in each | block sd | pass sd | disturbed blocks | half-width | 5 % slower found, alone "
        "| 5 % slower found, among 20 | identical code called equivalent |"
    )
    return "\n".join([head, "|" + "---:|" * 9, *(_row(each) for each in STATEMENTS)])


def _row(said: Statement) -> str:
    noise, effort = said.noise, said.effort
    shares = (noise.block_sd, noise.pass_sd, noise.spike_share)
    found = (said.found_alone, said.found_among_20, said.equivalent)
    cells = [
        f"{effort.passes}",
        f"{effort.pairs}",
        *(f"{100 * share:g} %" for share in shares),
        f"±{100 * said.half_width:.1f} %",
        *(f"≥ {share:.0%}".replace("%", " %") for share in found),
    ]
    return f"| {' | '.join(cells)} |"


def simulate(rng: np.random.Generator, ratio: float, effort: Effort, noise: Noise) -> list[Pass]:
    """Return passes whose true ratio is the given one, around 1 ms per operation."""
    blocks_ns = np.exp(rng.normal(np.log(1e6), noise.block_sd, (effort.passes, 2, effort.pairs)))
    blocks_ns[rng.random(blocks_ns.shape) < noise.spike_share] *= noise.spike_factor
    blocks_ns[:, 0] *= ratio * np.exp(rng.normal(0, noise.pass_sd, (effort.passes, 1)))
    return [(numerator.tolist(), denominator.tolist()) for numerator, denominator in blocks_ns]


def simulated_ratios(ratio: float, effort: Effort, noise: Noise, trials: int, seed: int) -> list[Ratio]:
    """Return what `ratio_over_passes` makes of that many simulated contrasts."""
    rng = np.random.default_rng(seed)
    return [ratio_over_passes(simulate(rng, ratio, effort, noise)) for _ in range(trials)]


def verdict_shares(ratios: list[Ratio], contrasts: int) -> dict[Verdict, float]:
    """Return the share of each verdict when the contrast is the only one of its family that differs.

    The others' p-values are taken as 1, which is the worst case for Holm: the p-value is multiplied by the number of
    contrasts.
    """
    others = [1.0] * (contrasts - 1)
    found = Counter(verdict(each, holm([each.p_value, *others])[0], floor=None) for each in ratios)
    return {word: found[word] / len(ratios) for word in Verdict}


def median_half_width(ratios: list[Ratio]) -> float:
    """Return the median half width of the intervals, as a share."""
    return median(each.half_width for each in ratios)
