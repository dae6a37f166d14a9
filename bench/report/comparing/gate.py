"""Decide whether a comparison fails: which limits were asked for, and which cases are surely beyond them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bench.core.changes import Change
from bench.core.errors import UsageError
from bench.core.multiplicity import holm
from bench.core.ratios import Interval, Ratio
from bench.core.verdicts import MARGIN
from bench.report import labels
from bench.report.comparing.comparison import Comparison
from bench.report.comparing.counts import CountChange
from bench.report.comparing.pairing import Pair

GATE_ALPHA = 0.01
"""Accepted probability that a gate fails two runs of which no case is slower than its limit allows."""
_LIMIT = re.compile(r"slower(?::(?P<percent>\d+(?:\.\d+)?)%)?")
COUNTS = "counts"
UNCLEAN_REMEDY = "measure again with nothing else on the machine, give a larger limit, or use --fail-on counts"


@dataclass(frozen=True)
class Limits:
    """What a gate holds a comparison against; counts always."""

    slower: float | None = None
    """The highest ratio of times that passes, at least 1; None where times do not gate."""


@dataclass(frozen=True)
class TooSlow:
    """A case whose whole interval is beyond the limit."""

    pair: Pair
    ratio: Ratio
    limit: float

    @property
    def said(self) -> str:
        """Return which case, the interval and the limit."""
        relative = f" relative to {self.pair.reference.id}" if self.pair.reference else ""
        interval = labels.interval(self.ratio)
        return f"{self.pair.case.id} takes {interval} of its time before{relative}; {_limit(self.limit)}"


@dataclass(frozen=True)
class Outcome:
    """What a gate came to."""

    limits: Limits
    too_slow: tuple[TooSlow, ...] = ()
    risen: tuple[CountChange, ...] = ()
    times_held: int = 0
    """Cases whose times were held against the limit."""
    unclean: int = 0
    """Cases that could not be: a run has one pass of them, or an A/A twin of theirs is missing, or off by more than the
    limit allows."""
    moved: int = 0
    """Cases that were not because their baseline moved: a time divided by it says nothing of them."""
    counts_held: int = 0
    one_sided: int = 0
    """Cases of which one run alone counted the statements, or the round trips."""
    lost: int = 0
    """Cases that are sound in BASE, and void or missing in NEW."""

    @property
    def failed(self) -> bool:
        """Say whether the gate fails."""
        return bool(self.too_slow or self.risen)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return what failed, one line each, or that nothing did; then what could not be held against the limit."""
        found = [f"Gate failed: {each.said}." for each in self.too_slow]
        found += [f"Gate failed: {each.case.id} needs {each.said}." for each in self.risen]
        held = [f"the counts of {labels.plural(self.counts_held, 'case')}"]
        if self.limits.slower is not None:
            held.insert(0, f"the times of {labels.plural(self.times_held, 'case')} ({_limit(self.limits.slower)})")
        last = f"{'It' if found else 'Gate passed: it'} held {' and '.join(held)} against BASE."
        return (*found, " ".join([last, *self._not_held()]))

    def _not_held(self) -> Iterator[str]:
        if self.moved:
            cases = labels.plural(self.moved, "more case")
            yield f"The times of {cases} do not gate: their baseline moved, look at absolute times."
        if self.unclean:
            cases = labels.plural(self.unclean, "more case")
            yield f"The times of {cases} do not gate: an A/A twin is off or missing, or a run has one pass."
        if self.one_sided:
            cases = labels.plural(self.one_sided, "case")
            yield f"Statements or round trips of {cases} were counted in one run alone, and not held."
        if self.lost:
            yield f"{labels.plural(self.lost, 'case')} of BASE could not be held: void or missing in NEW."


def limits(asked: Sequence[str]) -> Limits:
    """Return the limits that `--fail-on` names: `slower`, `slower:5%` or `counts`; `slower` alone allows MARGIN.

    Raises:
        UsageError: A word is none of these, or two limits for times are given.
    """
    found: set[float] = set()
    for word in asked:
        match = _LIMIT.fullmatch(word)
        if match is None and word != COUNTS:
            message = f"--fail-on {word!r} is no limit; give slower, slower:5% or counts"
            raise UsageError(message)
        if match is not None:
            found.add(1 + (MARGIN if match["percent"] is None else float(match["percent"]) / 100))
    if len(found) > 1:
        message = f"--fail-on gives {len(found)} limits for times; give one"
        raise UsageError(message)
    return Limits(next(iter(found), None))


def hold(comparison: Comparison, against: Limits) -> Outcome:
    """Hold a comparison against limits.

    A time is beyond its limit where the whole 95 % interval is, where this stands after Holm's correction over all
    cases held at GATE_ALPHA, and where the A/A twin of its driver is clean in both runs. Weaker evidence does not gate,
    and neither do cases over a baseline that moved. A count is beyond it where it is higher than before.

    Raises:
        UsageError: There is nothing to hold, or times are to gate and a run took too few samples for it.
    """
    counts, lost = comparison.counts, _lost(comparison)
    risen = tuple(each for each in counts.changes if each.after > each.before)
    outcome = Outcome(against, risen=risen, counts_held=counts.compared, one_sided=counts.one_sided, lost=lost)
    if against.slower is None:
        _refuse_nothing(counts.compared, "a count")
        return outcome
    if not comparison.is_evidence:
        message = "times of a profile that is not evidence cannot gate; use --fail-on counts, or measure with quick"
        raise UsageError(message)
    judged = [each.pair for each in comparison.cases if each.pair.change is not None and not each.pair.weak]
    timed = [pair for pair in judged if pair.change is not None and pair.change.has_interval]
    _refuse_nothing(len(timed), "a time relative to a baseline on its driver, over two passes or more,")
    baselines = {each.baseline for each in comparison.moved}
    still = [pair for pair in timed if pair.reference not in baselines]
    _refuse_nothing(len(still), "a baseline that stayed where it was")
    clean = [pair for pair in still if is_clean(pair.twins, against.slower)]
    _refuse_nothing(len(clean), "an A/A twin that is there and not off by more than the limit", UNCLEAN_REMEDY)
    return replace(
        outcome,
        too_slow=tuple(_beyond(clean, against.slower)),
        times_held=len(clean),
        moved=len(timed) - len(still),
        unclean=len(judged) - len(timed) + len(still) - len(clean),
    )


def is_clean(twins: Sequence[Ratio | None], limit: float) -> bool:
    """Say whether A/A twins cast no doubt on a change beyond the limit; one that is missing does.

    The interval of a twin holds 1, or it leaves it out by so little that all of it lies inside of the limit. One in
    twenty leaves out 1 by chance alone, and a case has one in either run: without the second half a gate would look
    away from every tenth case.
    """
    allowed = Interval.around_one(limit - 1)
    return all(twin and (twin.interval.contains(1) or twin.interval.within(allowed)) for twin in twins)


def _beyond(held: Sequence[Pair], limit: float) -> list[TooSlow]:
    changes: list[tuple[Pair, Change]] = [(pair, pair.change) for pair in held if pair.change is not None]
    adjusted = holm([change.p_beyond(limit) for _, change in changes])
    return [
        TooSlow(pair, change.ratio, limit)
        for (pair, change), p_value in zip(changes, adjusted, strict=True)
        if change.ratio.interval.low > limit and p_value < GATE_ALPHA
    ]


def _lost(comparison: Comparison) -> int:
    """Return how many cases are sound in BASE, and void or missing in NEW; those that were only proved count too."""
    before, after = comparison.base.run, comparison.new.run
    gone = {case.id for case in comparison.only_base}
    void = {count.case.id for count in before.manifest.counts} & after.void
    pairs = [each.pair for each in comparison.cases]
    unmeasured = {pair.case.id for pair in pairs if pair.before.void is None and pair.after.void is not None}
    return len((gone | void | unmeasured) - before.void)


def _refuse_nothing(number: int, what: str, remedy: str = "compare without --fail-on to see why") -> None:
    """Refuse to pass what was never held: a gate that looks at nothing would always be green.

    Raises:
        UsageError: There is nothing to hold.
    """
    if not number:
        message = f"no case has {what} in both runs, so there is nothing to gate; {remedy}"
        raise UsageError(message)


def _limit(ratio: float) -> str:
    return f"the limit is {ratio:.6g}x"
