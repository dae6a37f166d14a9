"""Compare subjects that took turns: paired ratios over rounds, their noise floor, and one verdict for each."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import chain, pairwise, permutations

from bench.core.histograms import Histogram
from bench.core.load_plan import Model, Subject
from bench.core.multiplicity import holm
from bench.core.ratios import FEWEST_PASSES, Interval, Pass, Ratio, ratio_over_passes
from bench.core.verdicts import Verdict, noise_floor, verdict
from bench.load.judging.conditions import dropped, with_dropped_ns
from bench.load.reading.guards import Mark, forbid_winner, is_disturbed, marks
from bench.load.reading.means import geometric_mean
from bench.load.reading.readings import StageReading, WindowReading

NO_REMEDY = {"delay ms"}
"""Settings that are circumstances: nobody gives one side a nearer database than the other."""


class Kind(StrEnum):
    """What differs between the two subjects of a comparison."""

    NOISE = "noise"
    """Nothing: the A/A twin over its original."""
    SIDES = "sides"
    """The side, on one setting."""
    SETTINGS = "settings"
    """The setting, on one side; the denominator has the first setting of the stage."""
    REMEDY = "remedy"
    """Another side as it is, over the first side with another setting: does a larger pool alone do as much?"""


class Metric(StrEnum):
    """What is divided; below 1 the numerator is always the better one."""

    THROUGHPUT = "throughput"
    """Seconds per good answer, the inverse of the throughput."""
    P50 = "p50"
    """Percentiles are of the response time."""
    P95 = "p95"
    P99 = "p99"


PERCENTS = {Metric.P50: 50.0, Metric.P95: 95.0, Metric.P99: 99.0}
MAIN = {Model.CLOSED: (Metric.THROUGHPUT,), Model.OPEN: (Metric.P99, Metric.P95, Metric.P50)}
"""In what a model compares the sides first, fixed before measuring: how many requests, or how long the slowest wait, as
far as the requests bear it."""


@dataclass(frozen=True)
class Comparison:
    """What a pair of subjects came to at one level."""

    kind: Kind
    metric: Metric
    model: Model
    level: float
    numerator: Subject
    denominator: Subject
    ratio: Ratio | None = None
    """None where fewer than two rounds remain, their requests are too few for the percentile, or it is infinite."""
    verdict: Verdict = Verdict.INCONCLUSIVE
    """On the numerator. A twin gives the floor and gets no other verdict than "not valid"."""
    floor: Interval | None = None
    """Of the A/A twins of the pair at this level and in this metric."""
    rounds: int = 0
    """That are compared."""
    left_out: int = 0
    """Rounds in which the generator was disturbed in one of the two windows."""
    marks: tuple[Mark, ...] = ()
    """Of all windows of both."""
    values: tuple[float, float] | None = None
    """What both came to in the rounds that are compared: good answers per s, or a time in ns."""
    is_beyond: bool = False
    """Whether a percentile is that of dropped arrivals, and so infinite."""

    @property
    def is_judged(self) -> bool:
        """Say whether there is a ratio, and nothing that forbids a verdict on it."""
        return self.ratio is not None and self.verdict is not Verdict.NOT_VALID


Rounds = dict[tuple[str, int], WindowReading]
"""Windows of one subject at one level, by stage and round."""


def compare(stages: Sequence[StageReading], ceiling_per_s: float | None) -> tuple[Comparison, ...]:
    """Return every comparison that these stages allow, level by level.

    Each is judged among the others of its family (Holm). The main question is a family of its own: the sides in the
    main metric of each pair and model, on every setting at every level. All else is the other family: further
    percentiles, settings, remedies. So what is looked at beside it does not weaken the main answer, and nothing
    goes uncorrected. A/A twins answer no question and are in neither. In an open window the throughput is what
    was asked for, and not compared.
    """
    subjects = list({each.id: each for stage in stages for each in stage.stage.subjects}.values())
    pairs = list(_pairs(subjects))
    found = [
        _compared(
            Comparison(kind, metric, model, level, above, below), measured[above.id], measured[below.id], ceiling_per_s
        )
        for (model, level), measured in _levels(stages).items()
        for kind, above, below in pairs
        if above.id in measured and below.id in measured
        for metric in Metric
        if (model, metric) != (Model.OPEN, Metric.THROUGHPUT)
    ]
    return _judged(found)


def main_metric(model: Model, comparisons: Iterable[Comparison]) -> Metric:
    """Return in what the sides of one pair are compared first in one model: the first metric of MAIN that has a ratio.

    Whether it has one follows from the number of requests and of rounds, and not from what the ratio is.
    """
    known = {each.metric for each in comparisons if each.kind is Kind.SIDES and (each.ratio or each.is_beyond)}
    return next((each for each in MAIN[model] if each in known), MAIN[model][0])


def _levels(stages: Iterable[StageReading]) -> dict[tuple[Model, float], dict[str, Rounds]]:
    levels: dict[tuple[Model, float], dict[str, Rounds]] = {}
    for stage in stages:
        for each in stage.windows:
            measured = levels.setdefault((each.window.model, each.window.level), {})
            measured.setdefault(each.subject.id, {})[stage.stage.name, each.window.round] = each
    return levels


def _pairs(subjects: Sequence[Subject]) -> Iterator[tuple[Kind, Subject, Subject]]:
    """Yield numerator and denominator of each comparison; the first subject of a pair has its side and setting."""
    by_id = {each.id: each for each in subjects}
    for each in subjects:
        if each.twin_of in by_id:
            yield Kind.NOISE, each, by_id[each.twin_of]
    originals = [each for each in subjects if each.twin_of is None]
    first: dict[str, Subject] = {}
    for each in originals:
        first.setdefault(each.pair, each)
    for below, above in permutations(originals, 2):
        if above.pair == below.pair and (kind := _kind(above, below, first[below.pair])) is not None:
            yield kind, above, below


def _kind(above: Subject, below: Subject, first: Subject) -> Kind | None:
    if above.setting == below.setting:
        return Kind.SIDES if below.side == first.side != above.side else None
    if above.side == below.side:
        return Kind.SETTINGS if below.setting == first.setting else None
    differing = {
        name for name in {*above.setting, *below.setting} if above.setting.get(name) != below.setting.get(name)
    }
    remedied = below.side == first.side and above.setting == first.setting and not differing & NO_REMEDY
    return Kind.REMEDY if remedied else None


def _compared(blank: Comparison, above: Rounds, below: Rounds, ceiling_per_s: float | None) -> Comparison:
    """Return a comparison with its ratio, and with no verdict yet but "not valid"."""
    both = [(above[key], below[key]) for key in above if key in below]
    found = [[mark for each in windows for mark in marks(each, ceiling_per_s)] for windows in both]
    undisturbed = [windows for windows, theirs in zip(both, found, strict=True) if not is_disturbed(theirs)]
    passes = _passes(blank.metric, undisturbed)
    is_beyond = any(math.isinf(time) for sides in passes for times in sides for time in times)
    return replace(
        blank,
        ratio=ratio_over_passes(passes) if len(passes) >= FEWEST_PASSES and not is_beyond else None,
        verdict=Verdict.NOT_VALID if forbid_winner(found) else Verdict.INCONCLUSIVE,
        rounds=len(undisturbed),
        left_out=len(both) - len(undisturbed),
        marks=tuple(chain.from_iterable(found)),
        values=_values(blank.metric, undisturbed),
        is_beyond=is_beyond,
    )


def _values(metric: Metric, both: Sequence[tuple[WindowReading, WindowReading]]) -> tuple[float, float] | None:
    """Return what both sides came to, all rounds together; None where one of them is not known or infinite."""
    if not both:
        return None
    above, below = (_value(metric, windows) for windows in zip(*both, strict=True))
    return None if above is None or below is None or math.isinf(max(above, below)) else (above, below)


def _value(metric: Metric, windows: Sequence[WindowReading]) -> float | None:
    if metric is Metric.THROUGHPUT:
        return geometric_mean([each.throughput_per_s for each in windows]).estimate
    return _percentile(metric, windows)


def _passes(metric: Metric, both: Sequence[tuple[WindowReading, WindowReading]]) -> list[Pass]:
    """Return a pass for each round, or for as few rounds together as bear the percentile; none where none does."""
    if metric is Metric.THROUGHPUT:
        rates = [(above.throughput_per_s, below.throughput_per_s) for above, below in both]
        return [([1 / above], [1 / below]) for above, below in rates] if all(map(min, rates)) else []
    for size in range(1, len(both) // FEWEST_PASSES + 1):
        bounds = [*range(0, len(both) - size + 1, size)]
        groups = [both[start:end] for start, end in pairwise([*bounds, len(both)])]
        times = [tuple(_percentile(metric, windows) for windows in zip(*group, strict=True)) for group in groups]
        if all(None not in sides for sides in times):
            return [([above], [below]) for above, below in times if above and below]
    return []


def _percentile(metric: Metric, windows: Sequence[WindowReading]) -> float | None:
    """Return the percentile of some windows together; a dropped arrival waits beyond every time, and longest of all."""
    together = Histogram()
    for each in windows:
        together.add_encoded(each.total.packed_response)
    lost = sum(dropped(each.total, each.dropped_share) for each in windows)
    return with_dropped_ns(together, lost, PERCENTS[metric])


def _judged(found: Sequence[Comparison]) -> tuple[Comparison, ...]:
    """Return the comparisons with their floors and verdicts."""
    twins: dict[tuple[str, Metric, Model, float], list[Ratio]] = {}
    for each in found:
        if each.kind is Kind.NOISE and each.ratio is not None and each.is_judged:
            twins.setdefault(_place(each), []).append(each.ratio)
    floors = {place: noise_floor(ratios) for place, ratios in twins.items()}
    values: dict[int, float] = {}
    for family in _families(found):
        adjusted = holm([each.ratio.p_value for each in family if each.ratio is not None])
        values |= {id(each): p_value for each, p_value in zip(family, adjusted, strict=True)}
    return tuple(_with_verdict(each, floors.get(_place(each)), values.get(id(each), 1.0)) for each in found)


def _families(found: Sequence[Comparison]) -> tuple[list[Comparison], list[Comparison]]:
    """Return what answers the main question, and all else that is judged."""
    asked: dict[tuple[str, Model], list[Comparison]] = {}
    for each in found:
        asked.setdefault((each.denominator.pair, each.model), []).append(each)
    first, others = list[Comparison](), list[Comparison]()
    for (_, model), theirs in asked.items():
        main = main_metric(model, theirs)
        for each in theirs:
            if each.kind is not Kind.NOISE and each.is_judged:
                (first if (each.kind, each.metric) == (Kind.SIDES, main) else others).append(each)
    return first, others


def _place(each: Comparison) -> tuple[str, Metric, Model, float]:
    return each.denominator.pair, each.metric, each.model, each.level


def _with_verdict(each: Comparison, floor: Interval | None, adjusted_p: float) -> Comparison:
    if each.ratio is None or not each.is_judged or each.kind is Kind.NOISE:
        return replace(each, floor=floor)
    return replace(each, floor=floor, verdict=verdict(each.ratio, adjusted_p, floor))
