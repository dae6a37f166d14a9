"""Fit the Universal Scalability Law to the throughput over users."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from bench.core.errors import UsageError
from bench.core.ratios import CONFIDENCE, t_quantile

FEWEST_LEVELS = 6
"""Twice as many as there are parameters. Three levels are fitted by any three parameters; of four one residual is
left, which proves nothing and makes intervals that hold nearly everything."""


@dataclass(frozen=True)
class Parameter:
    """One parameter with its uncertainty."""

    estimate: float
    low: float
    """Of the 95 % interval, never below 0. It takes the law as true and the parameters as locally linear."""
    high: float


@dataclass(frozen=True)
class Fit:
    """X(N) = rate * N / (1 + sigma (N - 1) + kappa N (N - 1)).

    N. J. Gunther, Guerrilla Capacity Planning, Springer 2007: sigma is the share of work that is done one after the
    other (contention), kappa the cost of agreeing with each other (coherence). It describes; it explains nothing.
    """

    rate_per_s: Parameter
    """Throughput of one user, lambda in the literature."""
    sigma: Parameter
    kappa: Parameter
    residuals: Mapping[float, float]
    """By users: measured over fitted throughput, minus 1."""

    @property
    def has_peak(self) -> bool:
        """Say whether the throughputs show a peak, at levels that were measured or beyond: kappa is above 0."""
        return self.kappa.low > 0

    @property
    def peak_users(self) -> float | None:
        """Return the users at which the throughput is highest; None where the law has no peak at 1 user or more.

        None too where the interval of kappa holds 0 (see `has_peak`): without coherence there is no peak at all.
        """
        sigma, kappa = self.sigma.estimate, self.kappa.estimate
        if not self.has_peak or sigma >= 1:
            return None
        peak = math.sqrt((1 - sigma) / kappa)
        return peak if peak >= 1 else None

    def throughput_per_s(self, users: float) -> float:
        """Return what the law predicts."""
        return self.rate_per_s.estimate * _relative(users, self.sigma.estimate, self.kappa.estimate)


def fit(throughput_per_s: Mapping[float, float]) -> Fit:
    """Fit the law to throughputs by users, by least squares of relative errors.

    Seconds per answer of one user, N / X, are linear in 1/rate, sigma/rate and kappa/rate, none of which is negative.
    So the best fit is unique, needs no guess to start from, and has an exact 0 where a term does not help
    (C. L. Lawson and R. J. Hanson, Solving Least Squares Problems, 1974: `scipy.optimize.nnls`).

    Raises:
        UsageError: There are too few levels, or the throughputs do not follow the law at all.
    """
    if len(throughput_per_s) < FEWEST_LEVELS or min(throughput_per_s.values()) <= 0:
        message = f"a fit needs {FEWEST_LEVELS} levels of users with good answers, there are {_good(throughput_per_s)}"
        raise UsageError(message)
    import numpy as np  # noqa: PLC0415 - whoever only reads a fit need not wait for it
    from scipy.optimize import nnls  # noqa: PLC0415 - see above

    users = np.array(sorted(throughput_per_s), dtype=float)
    seconds = users / np.array([throughput_per_s[each] for each in sorted(throughput_per_s)])
    terms = np.column_stack([np.ones_like(users), users - 1, users * (users - 1)]) / seconds[:, None]
    found, error = nnls(terms, np.ones_like(users))
    if found[0] <= 0:
        message = "the throughputs do not follow the law: one user would have no end of it"
        raise UsageError(message)
    spread = error**2 / (len(users) - len(found)) * np.linalg.pinv(terms.T @ terms)
    first, sigma, kappa = found[0], found[1] / found[0], found[2] / found[0]
    slopes = ((-1 / first**2, 0, 0), (-sigma / first, 1 / first, 0), (-kappa / first, 0, 1 / first))
    errors = np.sqrt([np.array(each) @ spread @ each for each in slopes])
    reach = t_quantile(len(users) - len(found), CONFIDENCE) * errors
    rate, contention, coherence = (
        Parameter(float(each), max(0.0, float(each - wide)), float(each + wide))
        for each, wide in zip((1 / first, sigma, kappa), reach, strict=True)
    )
    return Fit(rate, contention, coherence, dict(zip(users.tolist(), (terms @ found - 1).tolist(), strict=True)))


def _good(throughput_per_s: Mapping[float, float]) -> int:
    return sum(each > 0 for each in throughput_per_s.values())


def _relative(users: float, sigma: float, kappa: float) -> float:
    return users / (1 + sigma * (users - 1) + kappa * users * (users - 1))
