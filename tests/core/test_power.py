"""Tests of what the methodology states about power."""

import math
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from bench.core.ratios import ratio_over_passes
from bench.core.verdicts import Verdict
from tests.core.power import (
    QUIET,
    STATEMENTS,
    Effort,
    Noise,
    Statement,
    median_half_width,
    simulate,
    simulated_ratios,
    statements_table,
    verdict_shares,
)

TRIALS = 500


def agrees(simulated: float, stated: float) -> bool:
    """Return whether a stated share is a lower bound and within 5 points of the simulated one, give or take chance."""
    error = 3 * math.sqrt(stated * (1 - stated) / TRIALS)
    return stated - error <= simulated <= stated + 0.05 + error


@pytest.mark.parametrize(
    "said",
    STATEMENTS,
    ids=lambda said: (
        f"{said.effort.passes}-{said.effort.pairs}-{said.noise.block_sd}-{said.noise.pass_sd}-{said.noise.spike_share}"
    ),
)
def test_stated_power_is_reached(said: Statement) -> None:
    """Each line of the table in docs/methodology.md is what a simulation gives."""
    slower = simulated_ratios(1.05, said.effort, said.noise, TRIALS, seed=11)
    equal = simulated_ratios(1.0, said.effort, said.noise, TRIALS, seed=12)

    assert median_half_width(slower) == pytest.approx(said.half_width, abs=0.0012)
    assert agrees(verdict_shares(slower, 1)[Verdict.SLOWER], said.found_alone)
    assert agrees(verdict_shares(slower, 20)[Verdict.SLOWER], said.found_among_20)
    assert agrees(verdict_shares(equal, 1)[Verdict.EQUIVALENT], said.equivalent)


def test_a_five_percent_slowdown_is_found_on_a_quiet_machine() -> None:
    """8 passes of 6 pairs, 3 % of block noise and 0.5 % between passes find it, also among 20."""
    ratios = simulated_ratios(1.05, Effort(8, 6), QUIET, trials=1000, seed=13)
    assert verdict_shares(ratios, 1)[Verdict.SLOWER] >= 0.99
    assert verdict_shares(ratios, 20)[Verdict.SLOWER] >= 0.90


def test_a_five_percent_slowdown_is_never_called_faster_and_hardly_ever_equivalent() -> None:
    """What is not found is inconclusive: the arithmetic would rather say nothing than the wrong thing."""
    shares = verdict_shares(simulated_ratios(1.05, Effort(8, 6), Noise(block_sd=0.06), trials=1000, seed=14), 1)
    assert shares[Verdict.FASTER] == 0.0
    assert shares[Verdict.EQUIVALENT] < 0.01
    assert shares[Verdict.INCONCLUSIVE] > 0.1


def test_simulated_passes_have_the_noise_that_was_asked_for() -> None:
    """Block noise, spread between passes, disturbed blocks and the true ratio can all be measured back."""
    rng = np.random.default_rng(15)
    (above, below), *_ = simulate(rng, 1.2, Effort(1, 40_000), Noise(block_sd=0.03, pass_sd=0.0))
    calm = [ns for ns in below if ns < 1.5e6]
    assert np.std(np.log(calm)) == pytest.approx(0.03, rel=0.05)
    assert 1 - len(calm) / len(below) == pytest.approx(0.05, rel=0.1)
    assert fmean(above) / fmean(below) == pytest.approx(1.2, rel=0.01)
    still = Noise(block_sd=0.0, pass_sd=0.02, spike_share=0.0)
    assert ratio_over_passes(simulate(rng, 1.0, Effort(4000, 1), still)).pass_sd == pytest.approx(0.02, rel=0.05)


def test_the_table_has_one_line_for_each_statement() -> None:
    """The Markdown that the methodology holds shows every effort with its figures."""
    lines = statements_table().splitlines()
    assert len(lines) == 2 + len(STATEMENTS)
    assert lines[3] == "| 8 | 6 | 3 % | 0.5 % | 0 % | ±1.6 % | ≥ 99 % | ≥ 90 % | ≥ 85 % |"
    assert len({line.count("|") for line in lines}) == 1


def test_the_methodology_holds_the_table() -> None:
    """What the documentation states about power is what these tests simulate."""
    methodology = Path(__file__).parents[2] / "docs" / "methodology.md"
    assert statements_table() in methodology.read_text(encoding="utf-8")
