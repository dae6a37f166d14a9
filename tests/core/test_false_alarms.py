"""Tests on simulated data of how often the arithmetic sees a difference where there is none."""

from itertools import chain

import numpy as np
import pytest

from bench.core.multiplicity import holm
from bench.core.ratios import Pass, Ratio, ratio_over_passes
from bench.core.verdicts import Verdict, noise_floor, verdict
from tests.core.power import BUSY, QUIET, Effort, Noise, simulate, simulated_ratios

FAMILIES = 1000
CONTRASTS = 20
EFFORT = Effort(passes=8, pairs=6)
UNLIKE_PROCESSES = Noise(block_sd=0.01, pass_sd=0.03, spike_share=0.0)
NOMINAL = 0.05
SIMULATION_ERROR = 3 * (NOMINAL * (1 - NOMINAL) / FAMILIES) ** 0.5


def null_family(rng: np.random.Generator, noise: Noise) -> list[Pass]:
    """Return, contrast by contrast, the passes of equal variants that share one baseline's blocks, as a group does."""
    shape = (EFFORT.passes, CONTRASTS + 1, EFFORT.pairs)
    blocks_ns = np.exp(rng.normal(np.log(1e6), noise.block_sd, shape))
    blocks_ns[rng.random(shape) < noise.spike_share] *= noise.spike_factor
    blocks_ns *= np.exp(rng.normal(0, noise.pass_sd / np.sqrt(2), (*shape[:2], 1)))
    cases = [case.tolist() for case in blocks_ns.swapaxes(0, 1)]
    return [(numerator, baseline) for case in cases[1:] for numerator, baseline in zip(case, cases[0], strict=True)]


@pytest.fixture(scope="module", params=[BUSY, QUIET], ids=["busy", "quiet"])
def null_families(request: pytest.FixtureRequest) -> list[list[Ratio]]:
    """Return the ratios of thousands of contrasts without a difference, family by family."""
    rng = np.random.default_rng(20)
    families = (null_family(rng, request.param) for _ in range(FAMILIES))
    starts = range(0, CONTRASTS * EFFORT.passes, EFFORT.passes)
    return [[ratio_over_passes(family[at : at + EFFORT.passes]) for at in starts] for family in families]


def test_a_family_of_equal_variants_rarely_gets_any_adjusted_p_below_alpha(null_families: list[list[Ratio]]) -> None:
    """Of 1,000 families of 20 contrasts without a difference at most 5 % hold one that Holm calls different."""
    alarms = sum(min(holm([each.p_value for each in family])) < NOMINAL for family in null_families)
    assert alarms / FAMILIES <= NOMINAL + SIMULATION_ERROR


def test_a_family_of_equal_variants_rarely_gets_a_winner(null_families: list[list[Ratio]]) -> None:
    """The verdicts on the same families, with one contrast serving as A/A twin, hold the rate as well."""
    alarms = 0
    for twin, *others in null_families:
        adjusted = holm([each.p_value for each in others])
        words = {verdict(each, p, noise_floor([twin])) for each, p in zip(others, adjusted, strict=True)}
        alarms += bool(words & {Verdict.FASTER, Verdict.SLOWER})
    assert alarms / FAMILIES <= NOMINAL + SIMULATION_ERROR


def test_without_correction_families_would_get_winners(null_families: list[list[Ratio]]) -> None:
    """The same data give a wrong winner in far more families when each contrast is judged alone: the test has teeth."""
    alarms = sum(any(each.p_value < NOMINAL for each in family) for family in null_families)
    assert alarms / FAMILIES > 5 * NOMINAL


def test_a_single_contrast_without_a_difference_holds_its_rate(null_families: list[list[Ratio]]) -> None:
    """Over 20,000 contrasts the unadjusted p-value is below 5 % in at most 5 %, though not in next to none."""
    p_values = [each.p_value for each in chain.from_iterable(null_families)]
    share = sum(p_value < NOMINAL for p_value in p_values) / len(p_values)
    assert 0.01 < share < NOMINAL + 0.01


@pytest.mark.parametrize("noise", [BUSY, QUIET, UNLIKE_PROCESSES], ids=["busy", "quiet", "unlike processes"])
def test_intervals_cover_the_true_ratio(noise: Noise) -> None:
    """At least 93 % of the 95 % intervals hold it, with bursts of noise, without, and with unlike processes."""
    ratios = simulated_ratios(1.05, EFFORT, noise, trials=4000, seed=8)
    assert sum(each.interval.contains(1.05) for each in ratios) / len(ratios) >= 0.93


def test_an_interval_over_blocks_alone_would_not_cover() -> None:
    """Taking each pair for a pass of its own misses the spread between processes: the reason for fresh ones."""
    rng = np.random.default_rng(9)
    trials = [simulate(rng, 1.0, EFFORT, UNLIKE_PROCESSES) for _ in range(300)]
    pooled = [
        [([above], [below]) for sides in passes for above, below in zip(*sides, strict=True)] for passes in trials
    ]
    assert sum(ratio_over_passes(pairs).interval.contains(1.0) for pairs in pooled) / len(trials) < 0.75
