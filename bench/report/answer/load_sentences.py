"""Put what load came to into plain sentences, each with its ratio, its interval and its verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bench.core.load_plan import Model
from bench.core.ratios import FEWEST_PASSES, Ratio
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric
from bench.load.judging.knee import Bound, Knee
from bench.report import labels
from bench.report.findings.load import marks, stacks, words
from bench.report.findings.load.analysis import Block, LoadAnalysis, are_alike
from bench.report.reading.load_records import Purpose

MOST_FACTORS = 8
"""Sentences about settings; of many settings nobody reads more."""
FACTORS = (Kind.SIDES, Kind.REMEDY, Kind.SETTINGS)
"""What is told of settings, in this order: the sides on each, the other side against a setting, a setting alone."""


def headline(load: LoadAnalysis | None) -> str:
    """Return the first valid sentence of the first pair that has one; nothing where there is none."""
    blocks = load.blocks if load else ()
    main = ((block, each) for block in blocks for each in _main(block, Kind.SIDES))
    valid = (sentence(block, each) for block, each in main if each.verdict is not Verdict.NOT_VALID and each.ratio)
    return next(valid, "")


def at_the_top(load: LoadAnalysis, pair: str) -> list[str]:
    """Return the answer for one pair: each model at its headline, the knees, what the settings do, and the drivers."""
    found = []
    for block in load.of(pair):
        if block.purpose is not Purpose.FACTOR:
            found += [*(sentence(block, each) for each in _main(block, Kind.SIDES)), *lost(block)]
    found += [knee_sentence(load, pair)] if load.searched(pair) else []
    found += [text for block in load.of(pair) if block.purpose is Purpose.FACTOR for text in factors(block)]
    return found + stacks.notes(each for block in load.of(pair) for each in block.drivers)


def factors(block: Block) -> list[str]:
    """Return what the other side does on each setting, whether a setting does as much, and what the setting does."""
    told = [
        sentence(block, each)
        for kind in FACTORS
        for each in _main(block, kind)
        if kind is not Kind.SETTINGS or each.numerator.side == block.sides[0]
    ]
    left = len(told) - MOST_FACTORS
    more = [f"The table of comparisons holds {left} more."] if left > 0 else []
    return told[:MOST_FACTORS] + more


def _of_setting(each: Comparison) -> str:
    """Return what one comparison of a factor says, `With 8 users at a time (closed), 5 ms delay: async answers ...`."""
    above, below = each.numerator, each.denominator
    unlike = words.changed(above.setting, below.setting), words.changed(below.setting, above.setting)
    head = f"{words.condition(each.model, each.level)}, "
    if each.kind is Kind.SIDES:
        who, whom = f"{words.setting(above.setting)}: {above.side}", below.side
    else:
        who, whom = f"{above.side} with {unlike[0]}", f"{below.side} with {unlike[1]}"
    if each.verdict is Verdict.NOT_VALID or each.ratio is None:
        why = marks.said(each.marks) if each.verdict is Verdict.NOT_VALID else unknown(each)
        return f"{head}{who} against {whom} in {_what(each)}: no winner, {why}."
    measured = labels.interval(shown(each.metric, each.ratio))
    said = f"answers {measured} as many requests as {whom}"
    if each.metric is not Metric.THROUGHPUT:
        said = f"has {measured} the {_what(each)} of {whom}"
    return f"{head}{who} {said}{_absolute(each)}: {each.verdict}."


def of_block(block: Block) -> list[str]:
    """Return the sentences that stand over the table of a block: the headline in every metric, and its doubts.

    The headline of a factor stands at the top of the page, and is not repeated.
    """
    ending = [*lost(block), *_left_open(block), *stacks.notes(block.drivers)]
    if block.purpose is Purpose.FACTOR:
        return ending
    metrics = [block.main, *(each for each in (Metric.P50, Metric.P99) if each is not block.main)]
    found = [
        sentence(block, each)
        for metric in metrics
        for each in block.of(Kind.SIDES, metric=metric, level=block.headline)
    ]
    return [*found, *ending]


def lost(block: Block) -> list[str]:
    """Return how many arrivals were dropped and late at the headline; nothing of a closed block."""
    if block.model is Model.CLOSED:
        return []
    cells = block.at(block.headline)
    parts = []
    for side in block.sides:
        own = [each for each in cells if each.subject.side == side]
        dropped, late, all_ = (sum(getattr(each, name) for each in own) for name in ("dropped", "late", "scheduled"))
        parts.append(f"{side} {dropped:,} and {late:,} of {all_:,}")
    settings = " on all settings together" if block.has_settings else ""
    return [f"{words.condition(block.model, block.headline)}, dropped and late{settings}: {', '.join(parts)}."]


def sentence(block: Block, each: Comparison) -> str:
    """Return what a comparison says, `With 16 users at a time (closed), async is faster: it answers ...`.

    One of a factor says the setting that both sides share once.
    """
    if block.purpose is Purpose.FACTOR:
        return _of_setting(each)
    head, what = words.condition(each.model, each.level), _what(each)
    above, below = each.numerator.side, each.denominator.side
    if each.verdict is Verdict.NOT_VALID:
        why = marks.said(each.marks)
        return f"{head}, {above} against {below} in {what} is not valid and has no winner{f': {why}' if why else ''}."
    if each.ratio is None:
        return f"{head}, {above} and {below} are not compared in {what}: {unknown(each)}."
    measured = labels.interval(shown(each.metric, each.ratio))
    ending = f"{_absolute(each)}."
    if each.verdict is Verdict.EQUIVALENT:
        return f"{head}, there is no detectable difference between {above} and {below} in {what}: {measured}{ending}"
    said = f"it answers {measured} as many requests as {below}"
    if each.metric is not Metric.THROUGHPUT:
        said = f"its {what} is {measured} that of {below}"
    if each.verdict is Verdict.INCONCLUSIVE:
        return f"{head}, {above} against {below} is inconclusive: {said}{ending}"
    return f"{head}, {above} is {each.verdict}: {said}{ending}"


def unknown(each: Comparison) -> str:
    """Return why a comparison that is valid has no ratio."""
    if each.rounds < FEWEST_PASSES:
        return "too few rounds"
    if each.is_beyond:
        return "as many arrivals were dropped as lie beyond the percentile"
    return "a round without good answers" if each.metric is Metric.THROUGHPUT else "too few requests"


def shown(metric: Metric, ratio: Ratio) -> Ratio:
    """Return the ratio as people say it: of answers per second, where it was computed of seconds per answer."""
    return ratio.inverse() if metric is Metric.THROUGHPUT else ratio


def _what(each: Comparison) -> str:
    if each.metric is Metric.THROUGHPUT:
        return "requests answered"
    return f"{'response' if each.model is Model.OPEN else 'service'} {each.metric}"


def _absolute(each: Comparison) -> str:
    """Return both values behind a ratio, `, 461/s against 401/s`."""
    if each.values is None:
        return ""
    is_rate = each.metric is Metric.THROUGHPUT
    above, below = (words.rate(value) if is_rate else f"{labels.milliseconds(value)} ms" for value in each.values)
    return f", {above} against {below}"


def _main(block: Block, kind: Kind) -> list[Comparison]:
    return block.of(kind, metric=block.main, level=block.headline)


def _left_open(block: Block) -> list[str]:
    """Return how many comparisons came to no answer, family by family; nothing where all did.

    What has too few requests or rounds for a ratio is not compared, and not counted.
    """
    asked = block.of(Kind.SIDES, Kind.SETTINGS, Kind.REMEDY)
    compared = [each for each in asked if each.ratio is not None or each.verdict is Verdict.NOT_VALID]
    main = [each for each in compared if (each.kind, each.metric) == (Kind.SIDES, block.main)]
    others = [each for each in compared if each not in main]
    if not _counted(compared):
        return []
    parts = [(main, f"{labels.plural(len(main), 'comparison')} of the sides in {_what(main[0])}")] if main else []
    parts += [(others, labels.plural(len(others), "other"))]
    told = [f"{' and '.join(_counted(family)) or 'none inconclusive'} of {what}" for family, what in parts]
    return [f"At all levels, {'; '.join(told)} (two families, each corrected for its number by Holm)."]


def _counted(compared: Sequence[Comparison]) -> list[str]:
    """Return how many of some comparisons have no answer, `3 inconclusive`, `1 not valid`."""
    counts = Counter(each.verdict for each in compared)
    return [f"{counts[word]:,} {word}" for word in (Verdict.INCONCLUSIVE, Verdict.NOT_VALID) if counts[word]]


def knee_sentence(load: LoadAnalysis, pair: str) -> str:
    """Return up to which rate each side meets the objective, the highest first; where it is shown to be the highest."""
    found = load.searched(pair)
    settled = len({words.setting(each.subject.setting) for each in found}) > 1
    parts = [f"{words.subject(each.subject, settings=settled)} {knee(each.knee)}" for each in found]
    open_ = any(each.knee.rate_per_s is None for each in found)
    why = ": windows could not be judged, or searches contradict each other" if open_ else ""
    alike = "no difference is shown, for the intervals overlap: " if are_alike(found) else ""
    return f"Open, {load.run.manifest.slo}: {alike}{'; '.join(parts)}{why}."


def knee(each: Knee) -> str:
    """Return how far a side gets, `meets it up to 410/s (380-440)`."""
    if each.rate_per_s is None or each.bound is Bound.UNKNOWN:
        return "has no knee that can be told"
    rate = words.rate(each.rate_per_s)
    if each.bound is Bound.BELOW:
        return f"misses it even at {rate}, the lowest rate that could be judged"
    if each.bound is Bound.AT_LEAST:
        return f"meets it up to {rate} at least, the highest rate that could be judged"
    if each.low_per_s is None or each.high_per_s is None:
        return f"meets it up to {rate} (one search: no interval)"
    return f"meets it up to {rate} ({words.number(each.low_per_s)}-{words.number(each.high_per_s)})"
