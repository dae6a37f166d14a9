"""Lay out the windows of a stage: every subject in every round, in an order that follows from a seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random

from bench.core.errors import UsageError
from bench.core.load_plan import Arrivals, Model, Subject, Window

_SEEDS = 2**31


@dataclass(frozen=True, kw_only=True)
class Timing:
    """How often and how long every subject is asked at every level, fixed before the first window."""

    rounds: int
    discard_s: float = 1.0
    measure_s: float = 5.0
    seed: int = 0
    arrivals: Arrivals = Arrivals.POISSON
    """Of open windows."""

    def __post_init__(self) -> None:
        """Refuse what cannot be measured.

        Raises:
            UsageError: There is no round, or no time to measure.
        """
        if self.rounds < 1 or self.discard_s < 0 or self.measure_s <= 0:
            message = (
                f"windows need one round, a measured part above 0 s and a discarded one of 0 s or more, not "
                f"{self.rounds} rounds of {self.discard_s:g} + {self.measure_s:g} s"
            )
            raise UsageError(message)


def with_twins(subjects: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the subjects and an A/A twin of the first one of each pair: the first side on the first setting."""
    firsts: dict[str, Subject] = {}
    for each in subjects:
        firsts.setdefault(each.pair, each)
    return (*subjects, *(replace(each, id=f"{each.id}~twin", twin_of=each.id) for each in firsts.values()))


def closed_windows(subjects: Sequence[Subject], users: Iterable[int], timing: Timing) -> tuple[Window, ...]:
    """Return windows in which so many users ask every subject.

    Raises:
        UsageError: A level has no user.
    """
    levels = [Window(number=0, round=0, subject="", model=Model.CLOSED, users=each) for each in users]
    return _laid_out(subjects, levels, timing)


def open_windows(subjects: Sequence[Subject], rates_per_s: Iterable[float], timing: Timing) -> tuple[Window, ...]:
    """Return windows in which every subject is asked at these rates.

    Raises:
        UsageError: A rate is not above 0.
    """
    levels = [Window(number=0, round=0, subject="", model=Model.OPEN, rate_per_s=each) for each in rates_per_s]
    return _laid_out(subjects, levels, timing)


def renumbered(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return windows of several origins as those of one stage, in the order given."""
    return tuple(replace(window, number=number) for number, window in enumerate(windows))


def _laid_out(subjects: Sequence[Subject], levels: Sequence[Window], timing: Timing) -> tuple[Window, ...]:
    """Return every level in each round, the subjects of a level one right after the other.

    What is compared is measured within seconds, so a slow drift of the machine falls on both; the order within is
    random, so none is always first. The subjects of a level share a seed: the same arrivals and the same choices.
    """
    if any(each.level <= 0 for each in levels):
        message = f"a window needs users or a rate above 0, not {min(each.level for each in levels):g}"
        raise UsageError(message)
    random, windows = Random(timing.seed), list[Window]()
    timed = [
        replace(each, discard_s=timing.discard_s, measure_s=timing.measure_s, arrivals=timing.arrivals)
        for each in levels
    ]
    for number in range(timing.rounds):
        for level in random.sample(timed, len(timed)):
            seed = random.randrange(_SEEDS)
            order = random.sample(subjects, len(subjects))
            windows += (replace(level, round=number, subject=each.id, seed=seed) for each in order)
    return renumbered(windows)
