"""The schedule of an open window: the same for any number of workers, and as its name says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from math import sqrt
from random import Random
from statistics import fmean

import pytest

from bench.core.arrivals import arrivals, scheduled
from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model, Window


def opened(rate_per_s: float = 100.0, **kept: object) -> Window:
    """Return an open window of 2 + 8 seconds."""
    given = {"arrivals": Arrivals.POISSON, "seed": 7, "discard_s": 2.0, "measure_s": 8.0} | kept
    return Window(number=0, round=0, subject="a", model=Model.OPEN, rate_per_s=rate_per_s, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", Arrivals)
def test_any_number_of_stripes_is_the_same_schedule(kind: Arrivals) -> None:
    """For windows drawn at random and one to nine workers: together they send what one would, each in its order."""
    random = Random(5)
    for _ in range(40):
        times = {"discard_s": random.uniform(0, 3), "measure_s": random.uniform(0.1, 9)}
        window = opened(random.uniform(0.5, 400), arrivals=kind, seed=random.randrange(10**6), **times)
        whole = list(arrivals(window))
        stripes = random.randint(1, 9)
        shares = [list(arrivals(window, stripe, stripes)) for stripe in range(stripes)]
        assert sorted(moment for share in shares for moment in share) == whole
        assert all(share == whole[stripe::stripes] for stripe, share in enumerate(shares))


def test_constant_arrivals_are_equally_far_apart() -> None:
    """They begin with the window; the last one lies before its end, and none is moved by rounding."""
    moments = list(arrivals(opened(30.0, arrivals=Arrivals.CONSTANT)))
    assert moments == [number / 30 for number in range(300)]


def test_poisson_arrivals_have_exponential_gaps() -> None:
    """Over 100,000 gaps mean and spread are the same, and 1 in e gaps is longer than the mean."""
    window = opened(1_000.0, discard_s=0.0, measure_s=100.0)
    gaps = [later - earlier for earlier, later in pairwise(arrivals(window))]
    mean = fmean(gaps)
    assert mean == pytest.approx(0.001, rel=0.02)
    assert sqrt(fmean((gap - mean) ** 2 for gap in gaps)) == pytest.approx(mean, rel=0.02)
    assert fmean(gap > mean for gap in gaps) == pytest.approx(0.3679, abs=0.01)


def test_a_schedule_follows_from_its_seed() -> None:
    """The same seed gives the same moments, another one others, and both sides of a round can have one."""
    window = opened()
    assert list(arrivals(window)) == list(arrivals(replace(window, number=5, subject="b")))
    assert list(arrivals(window)) != list(arrivals(replace(window, seed=8)))


@pytest.mark.parametrize("kind", Arrivals)
def test_scheduled_counts_the_measured_part(kind: Arrivals) -> None:
    """An arrival at the very beginning of the measured part belongs to it."""
    window = opened(50.0, arrivals=kind)
    assert scheduled(window) == sum(moment >= 2.0 for moment in arrivals(window))
    assert scheduled(opened(50.0, arrivals=Arrivals.CONSTANT)) == 400


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda: arrivals(replace(opened(), model=Model.CLOSED)), "it is to be open"),
        (lambda: arrivals(opened(0.0)), "with a rate above 0"),
        (lambda: arrivals(opened(), 3, 3), "no stripe 3 of 3"),
    ],
)
def test_what_is_no_schedule_is_refused(wrong: Callable[[], object], said: str) -> None:
    """At once, not when it is first walked."""
    with pytest.raises(UsageError, match=said):
        wrong()
