"""The curves that cells of load become: throughput, latency, lost arrivals and percentiles of each subject."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from bench.core.histograms import Histogram
from bench.core.ratios import Interval
from bench.core.verdicts import Verdict
from bench.load.reading.cells import Cell
from bench.load.reading.means import Mean, geometric_mean
from bench.load.reading.readings import EndpointReading
from bench.report.figures import style
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block
from bench.report.load.charts import Curve, Point

MOST_SETTINGS = 4
"""Settings of one figure; the table has them all."""
TAIL = 99.0
"""The percentile that the figures of latency show."""
TAILS = (TAIL, 95.0, 50.0)
"""Those that stand in its place where the requests are few."""
UNSOUND = f" ({Verdict.NOT_VALID})"
SHOWN = (0.0, *(100 - 100 / 10 ** (step / 16) for step in range(1, 65)))
"""Percentiles of a percentile plot: sixteen for each nine."""

Pick = Callable[[EndpointReading], Histogram]


def service(reading: EndpointReading) -> Histogram:
    """Return the service times."""
    return reading.service


def response(reading: EndpointReading) -> Histogram:
    """Return the response times."""
    return reading.response


def throughput(block: Block) -> tuple[Curve, ...]:
    """Return good answers per second over the level."""
    return _each(block, lambda cell: answered(cell, cell.level))


def answered(cell: Cell, x: float) -> Point:
    """Return the good answers per second of a cell, with their interval over rounds."""
    return _point(cell, x, cell.throughput)


def highest_borne(cells: Sequence[Cell]) -> float | None:
    """Return the highest percentile that the requests of every cell bear, all rounds together; None where none does."""
    every = [cell.total.service for cell in cells]
    return next((percent for percent in TAILS if all(each.percentile_ns(percent) is not None for each in every)), None)


def tail(cell: Cell, x: float, pick: Pick, percent: float = TAIL) -> Point | None:
    """Return a percentile in ms of all rounds together, with the interval of the rounds' own; None where few bear it.

    Where some of the rounds do not bear it, it has no interval.
    """
    whole = pick(cell.total).percentile_ns(percent)
    if whole is None:
        return None
    rounds = [pick(each.total).percentile_ns(percent) for each in cell.windows]
    known = [value / 1e6 for value in rounds if value is not None]
    if len(known) < len(rounds):
        return Point(x, whole / 1e6, whole / 1e6, whole / 1e6, cell.is_sound, open=True)
    spread = geometric_mean(known)
    shift = whole / 1e6 / spread.estimate
    return _point(cell, x, Mean(whole / 1e6, Interval(spread.interval.low * shift, spread.interval.high * shift)))


def _point(cell: Cell, x: float, mean: Mean) -> Point:
    """Return a point with its interval; of one round, or of one without a good answer, there is none."""
    low, high = mean.interval.low, mean.interval.high
    if not math.isfinite(high):
        return Point(x, mean.estimate, mean.estimate, mean.estimate, cell.is_sound, open=True)
    return Point(x, mean.estimate, low, high, cell.is_sound)


def tail_over_throughput(block: Block) -> tuple[Curve, ...]:
    """Return the p99 of the service time in ms over the good answers per second."""
    return _each(block, lambda cell: tail(cell, cell.throughput.estimate, service))


def response_tail(block: Block) -> tuple[Curve, ...]:
    """Return the p99 of the response time in ms over the intended rate."""
    return _each(block, lambda cell: tail(cell, cell.level, response))


def service_tail(block: Block) -> tuple[Curve, ...]:
    """Return the p99 of the service time in ms over the intended rate."""
    return _each(block, lambda cell: tail(cell, cell.level, service), ", service", dashed=True)


def lost(block: Block) -> tuple[Curve, ...]:
    """Return the arrivals that were dropped, and those that were sent late, in per cent over the intended rate."""
    dropped = _each(block, lambda cell: _share(cell, cell.dropped), " dropped")
    return *dropped, *_each(block, lambda cell: _share(cell, cell.late), " late", dashed=True)


def percentiles(block: Block, pick: Pick, ending: str = "", *, dashed: bool = False) -> tuple[Curve, ...]:
    """Return the times in ms of each percentile that the samples can bear, by the requests to one that is slower.

    A cell that is not valid is grey, with the marks of its side, and says so in its name.
    """
    tones = style.tones(block.sides)
    return tuple(
        Curve(
            f"{words.subject(cell.subject, settings=block.has_settings)}{ending}{'' if cell.is_sound else UNSOUND}",
            tones[cell.subject.side] if cell.is_sound else style.VOID,
            tuple(_nines(pick(cell.total))),
            mark="" if cell.is_sound else style.MARKS[block.sides.index(cell.subject.side) % len(style.MARKS)],
            dashed=dashed,
        )
        for cell in block.at(block.headline)
    )


def _share(cell: Cell, count: int) -> Point | None:
    return Point.bare(cell.level, 100 * count / cell.scheduled) if cell.scheduled else None


def _nines(histogram: Histogram) -> Iterable[Point]:
    for percent in SHOWN:
        value = histogram.percentile_ns(percent)
        if value is not None:
            yield Point.bare(100 / (100 - percent), value / 1e6)


def _each(
    block: Block, pick: Callable[[Cell], Point | None], ending: str = "", *, dashed: bool = False
) -> tuple[Curve, ...]:
    """Return a curve for each subject, of its cells for which there is a point."""
    settings = list(dict.fromkeys(words.setting(each.setting) for each in block.subjects))[:MOST_SETTINGS]
    tones = style.tones(block.sides)
    found = []
    for subject in block.subjects:
        if words.setting(subject.setting) not in settings:
            continue
        mine = sorted((cell for cell in block.cells if cell.subject.id == subject.id), key=lambda cell: cell.level)
        name = words.subject(subject, settings=block.has_settings) + ending
        mark = style.MARKS[settings.index(words.setting(subject.setting))]
        points = tuple(point for cell in mine if (point := pick(cell)) is not None)
        found.append(Curve(name, tones[subject.side], points, mark, dashed))
    return tuple(found)
