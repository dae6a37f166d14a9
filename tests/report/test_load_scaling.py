"""What is said and drawn of the Universal Scalability Law."""

from __future__ import annotations

from dataclasses import replace

import pytest
import stored_load
from stored_load import LoadPlan

from bench.load.judging.usl import Fit, Parameter
from bench.report.findings.analysis import analyse
from bench.report.findings.load.analysis import Block
from bench.report.load import scaling_charts
from bench.report.reading.results import load as read_run

SMALL_KAPPA, LARGE_KAPPA = Parameter(0.0001, 0.00005, 0.0002), Parameter(0.016, 0.01, 0.02)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Block:
    """Return a closed sweep over six levels."""
    plan = LoadPlan(users=(1, 2, 3, 4, 6, 8), rounds=2, noise=0.003, measure_s=1.0, knee=False, skip=("open",))
    analysis = analyse(read_run(stored_load.write(tmp_path_factory.mktemp("load") / "run", plan)))
    assert analysis.load is not None
    return analysis.load.blocks[0]


def at(sweep: Block, *levels: float) -> Block:
    """Return the sweep as if it had had these levels alone."""
    return replace(sweep, cells=tuple(each for each in sweep.cells if each.level in levels))


def test_the_law_is_fitted_to_six_levels_at_least(sweep: Block) -> None:
    """Of fewer there is no fit, and a line that says why; one level is no sweep, and nothing is said of it."""
    assert [each.name for each in scaling_charts.fits(sweep)] == ["sync", "async"]
    assert ["contention (sigma) " in told for told in scaling_charts.told(sweep)] == [True, True]
    few = at(sweep, 2, 3, 4, 6, 8)
    assert scaling_charts.fits(few) == []
    [told] = scaling_charts.told(few)
    assert told == (
        "The Universal Scalability Law is not fitted to sync and async: a fit needs 6 levels of users with good "
        "answers, there are 5."
    )
    assert scaling_charts.told(at(sweep, 8)) == []


@pytest.mark.parametrize(
    ("sigma", "kappa", "words"),
    [
        (0.58, LARGE_KAPPA, "sync has its peak at 5 users"),
        (0.58, Parameter(0.016, 0, 0.13), "where sync has its peak cannot be told"),
        (0.1, SMALL_KAPPA, "sync still grows at 32 users"),
        (1.5, SMALL_KAPPA, "sync does not grow beyond 1 user"),
    ],
)
def test_a_peak_is_told_where_the_fit_can_tell_it(sweep: Block, sigma: float, kappa: Parameter, words: str) -> None:
    """Where kappa may be 0 there may be no peak at all, and neither title nor sentence names one."""
    fit = Fit(Parameter(300, 290, 310), Parameter(sigma, sigma, sigma), kappa, {32: 0.01})
    fitted = scaling_charts.Fitted(sweep.subjects[0], "sync", {1: 300, 32: 900}, fit)
    assert scaling_charts.title([fitted]) == f"By the fitted law {words}"
    assert f"; by the law {words.replace('sync', 'it')}. " in scaling_charts.sentence(fitted)
