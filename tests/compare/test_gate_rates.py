"""How often the gate fires: on simulated pairs of runs, and on real ones where what is slow is asked for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from simulated import SLOWED, Machine

from bench.core.errors import UsageError
from bench.report.comparing.comparison import Comparison
from bench.report.comparing.gate import Outcome, hold, limits
from tests.core.power import BUSY, Effort, Noise

EFFORT = Effort(passes=8, pairs=20)
"""What a quick run of one scenario measures at least."""
UNEVEN = Noise(pass_sd=0.015)
UNLIKE_PROCESSES = Noise(block_sd=0.01, pass_sd=0.03, spike_share=0.0)
PAIRS = 100
MOST_ALARMS = 0.01
MOST_REFUSED = 0.05
"""With two drivers, the A/A twins of both are off now and then: then nothing is held, and nothing passes."""
REAL_PAIRS = 10

Pairs = Callable[[Noise, float], list[Comparison]]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Pairs:
    """Return the function that gives simulated pairs of runs, the second by a factor slower in one case.

    They are drawn once: whatever is held against them is held against the same ones.
    """

    @cache
    def drawn(noise: Noise, factor: float) -> list[Comparison]:
        machine = Machine.with_noise(tmp_path_factory.mktemp("pairs"), noise, EFFORT, seed=31 if factor == 1 else 32)
        return [machine.pair(factor) for _ in range(PAIRS)]

    return drawn


def held(comparison: Comparison, limit: str) -> Outcome | None:
    """Return what the gate came to; None where it refused, as nothing was left to hold."""
    try:
        return hold(comparison, limits([limit]))
    except UsageError:
        return None


@pytest.mark.parametrize(
    ("noise", "limit"),
    [
        (BUSY, "slower"),
        (BUSY, "slower:0%"),
        pytest.param(UNEVEN, "slower", marks=pytest.mark.slow),
        (UNLIKE_PROCESSES, "slower"),
        (UNLIKE_PROCESSES, "slower:0%"),
    ],
    ids=str,
)
def test_the_gate_hardly_ever_fires_on_the_same_code(pairs: Pairs, noise: Noise, limit: str) -> None:
    """Of simulated pairs of runs without a difference, 20 cases each that gate, at most 1 in 100 fails."""
    outcomes = [held(each, limit) for each in pairs(noise, 1.0)]
    assert sum(outcome is not None and outcome.failed for outcome in outcomes) / PAIRS <= MOST_ALARMS
    assert outcomes.count(None) / PAIRS <= MOST_REFUSED


@pytest.mark.parametrize(
    ("noise", "limit"),
    [(BUSY, "slower"), (BUSY, "slower:0%"), pytest.param(UNEVEN, "slower", marks=pytest.mark.slow)],
    ids=str,
)
def test_the_gate_catches_one_case_that_is_ten_percent_slower(pairs: Pairs, noise: Noise, limit: str) -> None:
    """In at least 9 of 10 simulated pairs it fails, and names that case."""
    outcomes = [held(each, limit) for each in pairs(noise, 1.10)]
    too_slow = [outcome.too_slow if outcome else () for outcome in outcomes]
    caught = [any(each.pair.case.id.endswith(SLOWED) for each in found) for found in too_slow]
    assert sum(caught) / PAIRS >= 0.9


def test_without_correction_the_gate_would_fire_on_the_same_code(pairs: Pairs) -> None:
    """Of the same pairs many hold a case whose interval alone is beyond 1: the first test has teeth."""
    cases = [each.cases for each in pairs(BUSY, 1.0)]
    alarms = sum(any(one.pair.change and one.pair.change.ratio.interval.low > 1 for one in pair) for pair in cases)
    assert alarms / PAIRS > 10 * MOST_ALARMS


@pytest.mark.timeout(7200)
@pytest.mark.slow
def test_the_gate_does_not_fire_on_real_pairs_of_the_same_code(tmp_path: Path) -> None:
    """Ten pairs of short runs on SQLite pass: neither times nor counts fail."""
    measure = ("run", "fetching_one", "--backend", "sqlite", "--profile", "full")
    said = []
    for number in range(REAL_PAIRS):
        for side in ("base", "new"):
            done = _ormbench(tmp_path, *measure, "--out", f"{side}{number}")
            assert done.returncode == 0, done.stderr
        [base], [new] = (list((tmp_path / f"{side}{number}").iterdir()) for side in ("base", "new"))
        gate = _ormbench(tmp_path, "compare", base, new, "--fail-on", "slower")
        said.append((gate.returncode, gate.stdout.splitlines()[-3:], gate.stderr))
    assert [code for code, *_ in said] == [0] * REAL_PAIRS, said


def _ormbench(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench.cli", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
