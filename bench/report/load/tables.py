"""The rows of the tables of load, as text that is ready to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bench.core.histograms import Histogram
from bench.core.load_plan import Model
from bench.core.verdicts import Verdict
from bench.load.judging.comparing import Comparison, Kind, Metric
from bench.load.judging.conditions import DROPPED, ERRORS, Judgement
from bench.load.judging.thresholds import Result, judge_thresholds, parse_threshold
from bench.load.reading.cells import Cell
from bench.load.reading.means import Mean
from bench.load.reading.readings import EndpointReading
from bench.report import labels
from bench.report.answer.load_sentences import shown, unknown
from bench.report.findings.load import marks, words
from bench.report.findings.load.analysis import Block, LoadAnalysis

PERCENTS = (50.0, 90.0, 95.0, 99.0, 99.9)
TIMES = tuple(f"p{percent:g}" for percent in PERCENTS)
ENDPOINT_TIMES = {"p50": 50.0, "p95": 95.0, "p99": 99.0}
KINDS = {
    Kind.SIDES: "side",
    Kind.SETTINGS: "setting",
    Kind.REMEDY: "side against setting",
    Kind.NOISE: "A/A twin",
}


@dataclass(frozen=True)
class CellRow:
    """One subject at one level, with its ratio to the reference in what the model answers first."""

    level: str
    subject: str
    side: str
    answers: str
    times: tuple[str, ...]
    """Response times of an open cell and then, of any, service times, for the percentiles of TIMES, in ms."""
    errors: str
    dropped: str
    late: str
    ratio: str
    verdict: str
    marks: str
    first: bool
    """Whether it is the first row of its level."""
    void: bool


@dataclass(frozen=True)
class ComparisonRow:
    """One comparison with its ratio as people say it."""

    level: str
    what: str
    pair: str
    metric: str
    ratio: str
    verdict: str
    rounds: str
    void: bool


def columns(block: Block) -> tuple[str, ...]:
    """Return the headings of the times of a block's cells."""
    service = tuple(f"service {each}" for each in TIMES)
    return service if block.model is Model.CLOSED else (*(f"response {each}" for each in TIMES), *service)


def ratio_heading(block: Block) -> str:
    """Return what is divided by what in the column of ratios."""
    return "answers" if block.main is Metric.THROUGHPUT else f"response {block.main}"


def cell_rows(block: Block) -> Iterator[CellRow]:
    """Yield a row for every subject at every level."""
    for level in block.levels:
        main = {each.numerator.id: each for each in block.of(Kind.SIDES, metric=block.main, level=level)}
        for number, cell in enumerate(block.at(level)):
            found = main.get(cell.subject.id)
            yield CellRow(
                level=words.level(block.model, level),
                subject=words.subject(cell.subject, settings=block.has_settings),
                side=cell.subject.side,
                answers=_mean(cell.throughput),
                times=_times(cell),
                errors=errors(cell.total),
                dropped=f"{cell.dropped:,}" if cell.model is Model.OPEN else "",
                late=f"{cell.late:,}" if cell.model is Model.OPEN else "",
                ratio=ratio(found) if found else "",
                verdict=verdict(found) if found else "",
                marks=marks.kinds(mark for each in cell.marks for mark in each),
                first=number == 0,
                void=not cell.is_sound,
            )


def setting_rows(block: Block) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield level, setting, what both sides came to in what the block answers first, their ratio and its verdict."""
    for level in block.levels:
        for number, each in enumerate(block.of(Kind.SIDES, metric=block.main, level=level)):
            values = reversed(each.values) if each.values else ()
            told = [_value(each.metric, value) for value in values] or ["", ""]
            where = words.level(block.model, level) if number == 0 else ""
            yield where, words.setting(each.numerator.setting), *told, ratio(each), verdict(each)  # type: ignore[misc]  # two of them


def _value(metric: Metric, value: float) -> str:
    return words.number(value) if metric is Metric.THROUGHPUT else labels.milliseconds(value)


def comparison_rows(block: Block) -> Iterator[ComparisonRow]:
    """Yield a row for every comparison, A/A twins last."""
    for each in sorted(block.comparisons, key=lambda each: each.kind is Kind.NOISE):
        above = words.subject(each.numerator, settings=block.has_settings)
        below = words.subject(each.denominator, settings=block.has_settings)
        noise = each.kind is Kind.NOISE
        yield ComparisonRow(
            level=words.level(each.model, each.level),
            what=KINDS[each.kind],
            pair=f"{above} twice" if noise else f"{above} / {below}",
            metric="answers" if each.metric is Metric.THROUGHPUT else f"{_clock(each.model)} {each.metric}",
            ratio=ratio(each),
            verdict="" if noise and each.verdict is not Verdict.NOT_VALID else verdict(each),
            rounds=f"{each.rounds}, {each.left_out} left out" if each.left_out else str(each.rounds),
            void=each.verdict is Verdict.NOT_VALID,
        )


def ratio(each: Comparison) -> str:
    """Return the ratio with its interval, as people say it; nothing where none is known or none may be told."""
    if each.ratio is None or each.verdict is Verdict.NOT_VALID:
        return ""
    return labels.interval(shown(each.metric, each.ratio))


def verdict(each: Comparison) -> str:
    """Return the verdict; where there is no ratio to judge, why."""
    if each.ratio is None and each.verdict is not Verdict.NOT_VALID:
        return unknown(each)
    return each.verdict


def endpoint_columns(block: Block) -> tuple[str, ...]:
    """Return the headings of what `endpoint_rows` yields."""
    return (
        "endpoint",
        "side",
        "good answers",
        "errors",
        *(f"{_clock(block.model)} {each}, ms" for each in ENDPOINT_TIMES),
    )


def endpoint_rows(block: Block) -> Iterator[tuple[str, str, str, str, str, str, str]]:
    """Yield endpoint, subject, good answers, errors by kind and p50, p95, p99 at the headline's level."""
    cells = block.at(block.headline)
    for name in sorted({each.name for cell in cells for each in cell.endpoints}):
        for cell in cells:
            found = cell.endpoint(name)
            if found is not None:
                times = _percentiles(found.response, tuple(ENDPOINT_TIMES.values()))
                who = words.subject(cell.subject, settings=block.has_settings)
                yield name, who, f"{found.ok:,}", kinds(found.errors), *times  # type: ignore[misc]  # three of them


def threshold_rows(load: LoadAnalysis) -> list[tuple[str, str, str, str, str]]:
    """Return condition, cell, value, limit and outcome of every threshold, those that failed first."""
    return [_threshold(each) for each in judged(load)]


def judged(load: LoadAnalysis) -> list[Result]:
    """Return what became of every threshold in every cell of its scope, those that failed first."""
    texts = load.run.manifest.thresholds
    cells = [cell for block in load.blocks for cell in block.cells]
    results = judge_thresholds([parse_threshold(each) for each in texts], cells) if texts else ()
    order = ("failed", "not judged", "passed")
    return sorted(results, key=lambda each: order.index(each.judgement.outcome))


def _threshold(result: Result) -> tuple[str, str, str, str, str]:
    judgement, where = result.judgement, ""
    if result.cell is not None:
        cell = result.cell
        setting = words.subject(cell.subject, settings=True)
        where = f"{cell.subject.pair}, {setting}, {words.level(cell.model, cell.level)}, {result.endpoint}"
    outcome = f"{judgement.outcome}: {judgement.reason}" if judgement.reason else str(judgement.outcome)
    return result.threshold.text, judgement.condition.text, where, _limited(judgement), outcome


def _limited(judgement: Judgement) -> str:
    if judgement.value is None:
        return ""
    if judgement.condition.metric in (ERRORS, DROPPED):
        return words.share(judgement.value)
    return f"{labels.milliseconds(judgement.value)} ms"


def errors(reading: EndpointReading) -> str:
    """Return how many requests failed, and their share."""
    if not reading.failed:
        return "0"
    return f"{reading.failed:,} ({words.share(reading.failed / (reading.ok + reading.failed))})"


def kinds(found: Mapping[str, int]) -> str:
    """Return errors by kind, most frequent first."""
    ranked = sorted(found.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{kind}: {count:,}" for kind, count in ranked) or "0"


def _clock(model: Model) -> str:
    return "response" if model is Model.OPEN else "service"


def _mean(mean: Mean) -> str:
    if mean.interval.low <= 0:
        return words.rate(mean.estimate)
    return f"{words.rate(mean.estimate)} ({words.number(mean.interval.low)}-{words.number(mean.interval.high)})"


def _times(cell: Cell) -> tuple[str, ...]:
    service = _percentiles(cell.total.service, PERCENTS)
    return service if cell.model is Model.CLOSED else (*_percentiles(cell.total.response, PERCENTS), *service)


def _percentiles(times: Histogram, percents: tuple[float, ...]) -> tuple[str, ...]:
    return tuple(labels.milliseconds(times.percentile_ns(percent)) for percent in percents)
