"""The Universal Scalability Law, fitted to throughputs whose parameters are known."""

from __future__ import annotations

import math
from random import Random

import pytest

from bench.core.errors import UsageError
from bench.load.judging.usl import fit

USERS = (1, 2, 4, 8, 16, 32, 64)


def law(users: float, rate: float, sigma: float, kappa: float) -> float:
    """Return the throughput that the law gives."""
    return rate * users / (1 + sigma * (users - 1) + kappa * users * (users - 1))


@pytest.mark.parametrize(("sigma", "kappa"), [(0.0, 0.0), (0.05, 0.002), (0.3, 0.0), (0.0, 0.01), (0.9, 0.0001)])
def test_exact_throughputs_give_their_parameters(sigma: float, kappa: float) -> None:
    """Without noise nothing is left over, and the peak is where Gunther's formula puts it."""
    found = fit({users: law(users, 300, sigma, kappa) for users in USERS})
    assert found.rate_per_s.estimate == pytest.approx(300)
    assert found.sigma.estimate == pytest.approx(sigma, abs=1e-9)
    assert found.kappa.estimate == pytest.approx(kappa, abs=1e-9)
    assert list(found.residuals.values()) == pytest.approx([0] * len(USERS), abs=1e-9)
    assert found.throughput_per_s(10) == pytest.approx(law(10, 300, sigma, kappa))
    if kappa:
        assert found.peak_users == pytest.approx(math.sqrt((1 - sigma) / kappa), rel=1e-6)


def test_residuals_are_shares_of_the_fit() -> None:
    """What was measured a tenth above the fitted throughput is 0.1."""
    measured = {users: law(users, 300, 0.05, 0.002) for users in USERS} | {8: law(8, 300, 0.05, 0.002) * 1.1}
    found = fit(measured)
    for users, residual in found.residuals.items():
        assert measured[int(users)] == pytest.approx(found.throughput_per_s(users) * (1 + residual))
    assert max(found.residuals, key=lambda users: found.residuals[users]) == 8


def test_the_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """At 2 % noise 180 of 200 intervals at least hold each parameter; fewer would be chance once in 800."""
    random, held = Random(1), {"rate_per_s": 0, "sigma": 0, "kappa": 0}
    truth = {"rate_per_s": 300.0, "sigma": 0.1, "kappa": 0.002}
    for _ in range(200):
        found = fit({users: law(users, *truth.values()) * random.gauss(1, 0.02) for users in USERS})
        for name, value in truth.items():
            parameter = getattr(found, name)
            assert 0 <= parameter.low <= parameter.estimate <= parameter.high
            held[name] += parameter.low <= value <= parameter.high
    assert all(180 <= count <= 200 for count in held.values()), held


def test_throughput_that_grows_faster_than_the_users_has_no_peak() -> None:
    """No term is negative: contention and coherence are then exactly 0, and the residuals show the misfit."""
    found = fit({users: 300 * users * (1 + 0.01 * users) for users in USERS})
    assert (found.sigma.estimate, found.kappa.estimate, found.peak_users) == (0, 0, None)
    assert max(map(abs, found.residuals.values())) > 0.05


def test_a_peak_that_noise_alone_could_make_is_none() -> None:
    """Where the interval of kappa holds 0 the estimate is above it all the same, and nobody can tell of a peak."""
    found = fit({users: law(users, 300, 0.3, 0.002) * 1.15 ** (-1) ** index for index, users in enumerate(USERS)})
    assert (found.kappa.estimate > 0, found.kappa.low, found.has_peak, found.peak_users) == (True, 0, False, None)
    assert fit({users: law(users, 300, 0.3, 0.002) for users in USERS}).has_peak


def test_work_done_one_after_the_other_has_no_peak() -> None:
    """Where everything waits for everything the throughput never grows: one user is as good as any number."""
    assert fit({users: law(users, 300, 1.5, 0.01) for users in USERS}).peak_users is None


FIVE = {1: 100.0, 2: 190.0, 4: 300.0, 8: 380.0, 16: 400.0}


@pytest.mark.parametrize("measured", [{}, FIVE, FIVE | {32: 0.0}])
def test_too_few_levels_are_refused(measured: dict[float, float]) -> None:
    """Three parameters go through three points, whatever they are, and nearly through five."""
    good = sum(value > 0 for value in measured.values())
    with pytest.raises(UsageError, match=f"a fit needs 6 levels of users with good answers, there are {good}"):
        fit(measured)


def test_throughputs_against_the_law_are_refused() -> None:
    """Seconds per answer that grow from nothing would mean a single user without end."""
    with pytest.raises(UsageError, match="do not follow the law"):
        fit({users: users / (users - 1.99) ** 2 for users in (2, 4, 8, 16, 32, 64)})
