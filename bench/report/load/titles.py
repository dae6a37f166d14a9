"""The titles of the figures of load: each states what was found."""

from __future__ import annotations

from collections.abc import Sequence

from bench.core.verdicts import Verdict
from bench.load.comparing import Comparison, Kind, Metric
from bench.load.knee import Bound, Knee
from bench.load.readings import WindowReading
from bench.report import labels
from bench.report.load import curves, words
from bench.report.load.analysis import Block, LoadAnalysis
from bench.report.load.sentences import knee, shown, unknown


def of_block(block: Block) -> str:
    """Return the headline of a block in a few words; of a factor, between what the ratios of the sides lie."""
    where = words.level(block.model, block.headline)
    found = block.of(Kind.SIDES, metric=block.main, level=block.headline)
    if block.has_settings:
        return f"{_range(found)} ({where})"
    return f"{_short(block, found[0])} ({where})" if found else f"One side alone, up to {where}"


def _range(found: Sequence[Comparison]) -> str:
    valid = [each for each in found if each.ratio is not None and each.verdict is not Verdict.NOT_VALID]
    if not valid:
        return "No valid comparison of the sides"
    first = valid[0]
    ratios = labels.ratios(shown(each.metric, each.ratio).estimate for each in valid if each.ratio is not None)
    what = "answers" if first.metric is Metric.THROUGHPUT else f"response {first.metric}"
    sides = f"{first.numerator.side} has {ratios} the {what} of"
    return f"{sides} {first.denominator.side} on {labels.plural(len(valid), 'setting')}"


def _short(block: Block, each: Comparison) -> str:
    above = words.subject(each.numerator, settings=block.has_settings)
    below = words.subject(each.denominator, settings=block.has_settings)
    what = "in answers" if each.metric is Metric.THROUGHPUT else f"in {each.metric}"
    if each.verdict is Verdict.NOT_VALID or each.ratio is None:
        return f"{above} / {below}: {Verdict.NOT_VALID if each.verdict is Verdict.NOT_VALID else unknown(each)}"
    if each.verdict is Verdict.INCONCLUSIVE:
        return f"{above} / {below} {labels.interval(shown(each.metric, each.ratio))} {what}: inconclusive"
    if each.verdict is Verdict.EQUIVALENT:
        return f"{above} and {below} are equivalent {what}"
    ratio = labels.ratio(shown(each.metric, each.ratio).estimate)
    if each.metric is Metric.THROUGHPUT:
        return f"{above} answers {ratio} as many requests as {below}"
    return f"{each.metric} of {above} is {ratio} that of {below}"


def of_percentiles(block: Block) -> str:
    """Return the p99 of each subject, of the response time."""
    known = [(cell, cell.total.response.percentile_ns(curves.TAIL)) for cell in block.at(block.headline)]
    parts = [
        f"{words.subject(cell.subject, settings=block.has_settings)} {labels.milliseconds(value)} ms"
        for cell, value in known
        if value is not None
    ]
    where = words.level(block.model, block.headline)
    return f"p99 at {where}: {', '.join(parts)}" if parts else f"Times at {where}: too few requests for a p99"


def of_trace(windows: Sequence[WindowReading]) -> str:
    """Return the slowest request of the measured parts."""
    slowest = max(windows, key=lambda each: each.total.response.highest_ns)
    where = words.level(slowest.window.model, slowest.window.level)
    took = labels.milliseconds(slowest.total.response.highest_ns)
    return f"The slowest measured request took {took} ms ({slowest.subject.side}, {where})"


def of_searches(load: LoadAnalysis, pair: str) -> str:
    """Return how far each side gets: rates alone where all are known, else what is known of each."""
    found = load.searched(pair)
    known = all(each.knee.bound is Bound.WITHIN and each.knee.rate_per_s is not None for each in found)
    parts = [f"{each.subject.side} {_rate(each.knee) if known else knee(each.knee)}" for each in found]
    return f"{load.run.manifest.slo}{' up to' if known else ''}: {'; '.join(parts)}"


def _rate(found: Knee) -> str:
    rates = (found.rate_per_s, found.low_per_s, found.high_per_s)
    rate, low, high = (words.number(each) if each is not None else "?" for each in rates)
    return f"{rate}/s ({low}-{high})" if found.low_per_s is not None else f"{rate}/s"
