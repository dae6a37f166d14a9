"""The titles of the figures of load: each states what was found."""

from __future__ import annotations

from collections.abc import Sequence

from bench.core.load_plan import Subject
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import PERCENTS, Comparison, Kind, Metric
from bench.load.judging.knee import Bound, Knee
from bench.load.reading.readings import WindowReading
from bench.report import labels
from bench.report.answer.load_sentences import knee, shown, unknown
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block, LoadAnalysis, are_alike
from bench.report.reading.load_records import Purpose


def of_block(block: Block) -> str:
    """Return the headline of a block in a few words; of a factor, what is clear on how many of its settings."""
    where = words.level(block.model, block.headline)
    found = block.of(Kind.SIDES, metric=block.main, level=block.headline)
    if block.purpose is Purpose.FACTOR:
        return _of_settings(block, found)
    return f"{_short(block, found[0])} ({where})" if found else f"One side alone, up to {where}"


def _of_settings(block: Block, found: Sequence[Comparison]) -> str:
    """Return what is clear, modes and stacks apart where there are both: only the first are of the mode alone."""
    if not any(each.is_judged for each in found):
        return "No valid comparison of the sides"
    first = found[0]
    what = "answers" if first.metric is Metric.THROUGHPUT else f"response {first.metric}"
    stacks = [each for each in found if _compares_stacks(block, each)]
    modes = [each for each in found if each not in stacks]
    if stacks and modes:
        return f"Modes: {_tally(modes, f'the {what}')}; stacks: {_tally(stacks, f'the {what}')}"
    above, below = _who(block, first.numerator), _who(block, first.denominator)
    if any(map(_is_clear, found)):
        return f"{above} has {_tally(found, f'the {what} of {below}')} settings"
    return f"{above} and {below} in {what}: {_tally(found, '')} settings"


def _tally(found: Sequence[Comparison], what: str) -> str:
    """Return the clear ratios and on how many settings they stand, `1.21-1.23x the answers on 2 of 3`."""
    clear = [shown(each.metric, each.ratio).estimate for each in found if each.ratio is not None and _is_clear(each)]
    equal = sum(each.verdict is Verdict.EQUIVALENT for each in found)
    sides_of_one = [each for each in clear if each < 1], [each for each in clear if each >= 1]
    spread = " and ".join(labels.ratios(each) for each in sides_of_one if each)
    parts = [f"{spread} {what} {_on(len(clear), len(found))}"] if clear else []
    parts += [f"equivalent {_on(equal, len(found))}"] if equal else []
    return ", ".join(parts) or f"no clear difference on {len(found)}"


def _on(count: int, of: int) -> str:
    return f"on {count}" if count == of else f"on {count} of {of}"


def _is_clear(each: Comparison) -> bool:
    return each.ratio is not None and each.verdict in (Verdict.FASTER, Verdict.SLOWER)


def _compares_stacks(block: Block, each: Comparison) -> bool:
    stack = block.stacks.get(each.numerator.host)
    return stack is not None and not stack.is_one_library


def _who(block: Block, subject: Subject) -> str:
    """Return a side, with its driver where the other side has another library: `async (asyncpg)`."""
    if len(block.drivers) != 1 or block.drivers[0].is_one_library:
        return subject.side
    [stack] = block.drivers
    return f"{subject.side} ({(stack.sync if subject.side == block.sides[0] else stack.awaited).name})"


def _short(block: Block, each: Comparison) -> str:
    above, below = _who(block, each.numerator), _who(block, each.denominator)
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
    """Return what the sides came to in the highest percentile in which they are compared."""
    where = words.level(block.model, block.headline)
    percentiles = sorted(PERCENTS, key=lambda metric: -PERCENTS[metric])
    found = [each for metric in percentiles for each in block.of(Kind.SIDES, metric=metric, level=block.headline)]
    known = (each for each in found if each.ratio is not None or each.verdict is Verdict.NOT_VALID)
    told = next(known, found[0] if found else None)
    return f"{_short(block, told)} ({where})" if told else f"One side alone, at {where}"


def of_trace(windows: Sequence[WindowReading], *, are_all: bool) -> str:
    """Return the slowest request of the measured parts of the windows that are shown."""
    slowest = max(windows, key=lambda each: each.total.response.highest_ns)
    where = words.level(slowest.window.model, slowest.window.level)
    took = labels.milliseconds(slowest.total.response.highest_ns)
    head = "The slowest measured request" if are_all else "Of the windows shown, the slowest measured request"
    return f"{head} took {took} ms ({slowest.subject.side}, {where})"


def of_searches(load: LoadAnalysis, pair: str) -> str:
    """Return how far each side gets: rates alone where all are known, else what is known of each."""
    found, slo = load.searched(pair), load.run.manifest.slo
    if are_alike(found):
        return f"{slo}: no difference shown, {', '.join(f'{each.subject.side} {_rate(each.knee)}' for each in found)}"
    known = all(each.knee.bound is Bound.WITHIN and each.knee.rate_per_s is not None for each in found)
    parts = [f"{each.subject.side} {_rate(each.knee) if known else knee(each.knee)}" for each in found]
    return f"{slo}{' up to' if known else ''}: {'; '.join(parts)}"


def _rate(found: Knee) -> str:
    rates = (found.rate_per_s, found.low_per_s, found.high_per_s)
    rate, low, high = (words.number(each) if each is not None else "?" for each in rates)
    return f"{rate}/s ({low}-{high})" if found.low_per_s is not None else f"{rate}/s"
