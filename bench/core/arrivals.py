"""When the requests of an open window are to begin: a seeded schedule that any number of workers shares out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice, takewhile
from random import Random

from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model, Window


def arrivals(window: Window, stripe: int = 0, stripes: int = 1) -> Iterator[float]:
    """Yield the seconds from the beginning of an open window at which requests are to begin, in order.

    Arrival k belongs to stripe k % stripes, so the stripes of any number of workers are together the same schedule.
    It is made while it is walked, and takes no memory. Poisson arrivals have exponential gaps, drawn from the seed.

    Raises:
        UsageError: The window is no open one, its rate is not above 0, or there is no such stripe.
    """
    if window.model is not Model.OPEN or not window.rate_per_s > 0:
        message = f"window {window.number} has no arrivals: it is to be open, with a rate above 0"
        raise UsageError(message)
    if not 0 <= stripe < stripes:
        message = f"there is no stripe {stripe} of {stripes}; they are counted from 0"
        raise UsageError(message)
    until_s = window.discard_s + window.measure_s
    due = takewhile(lambda moment_s: moment_s < until_s, _moments(window))
    return islice(due, stripe, None, stripes)


def scheduled(window: Window) -> int:
    """Return how many arrivals are due in the measured part of an open window.

    Raises:
        UsageError: The window is no open one, or its rate is not above 0.
    """
    return sum(moment_s >= window.discard_s for moment_s in arrivals(window))


def _moments(window: Window) -> Iterator[float]:
    if window.arrivals is Arrivals.CONSTANT:
        # Multiplied, not added up: the thousandth arrival is where it should be.
        yield from (number / window.rate_per_s for number in count())
    random, moment_s = Random(window.seed), 0.0
    while True:
        moment_s += random.expovariate(window.rate_per_s)
        yield moment_s
