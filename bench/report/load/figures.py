"""Draw the figures of load into files: per pair and not per window, so that a long run has no longer page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

from matplotlib.figure import Figure as Drawing

from bench.core.load_plan import Arrivals, Model
from bench.report import labels
from bench.report.figures import style
from bench.report.findings.load import words
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import charts, curves, factor_figure, planes, scaling_charts, search_charts, titles, trace_figure
from bench.report.load.charts import Chart
from bench.report.reading.load_records import Purpose

WIDEST_SLUG = 40
"""Characters of a pair's name in the name of its files."""
MOST_PAIRS = 3
"""Pairs that get figures; the tables have all of them."""
ARRIVALS = {Arrivals.CONSTANT: "evenly spaced", Arrivals.POISSON: "Poisson"}
FEWEST_LEVELS = 2
"""A curve over fewer levels is a table."""


@dataclass(frozen=True)
class LoadFigure:
    """One figure on disk, with the words that stand for it where it cannot be seen."""

    name: str
    """File name without its ending."""
    kind: str
    pair: str
    title: str
    alternative: str


@dataclass(frozen=True)
class _Sketch:
    """A figure before it is drawn."""

    kind: str
    title: str
    subtitle: str
    draw: Callable[[str, str], Drawing]


def draw(load: LoadAnalysis, folder: Path, stamp: str = "") -> tuple[LoadFigure, ...]:
    """Write PNG and SVG of every figure into the folder, and return them in the order of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[LoadFigure] = []
    with style.look():
        for pair in load.pairs[:MOST_PAIRS]:
            for sketch in _sketches(load, pair):
                name = f"load-{len(found) + 1:02d}-{labels.slug(pair, WIDEST_SLUG) or 'pair'}-{sketch.kind}"
                subtitle = f"{pair} · {sketch.subtitle}{stamp}"
                style.save(sketch.draw(sketch.title, subtitle), folder / name)
                said = f"{sketch.subtitle}. {sketch.title}. The tables hold the numbers."
                found.append(LoadFigure(name, sketch.kind, pair, sketch.title, f"{pair}. {said}"))
    return tuple(found)


def _sketches(load: LoadAnalysis, pair: str) -> Iterator[_Sketch]:
    blocks = load.of(pair)
    for block in blocks:
        yield from _of_block(block)
        yield from _scaling(block)
    yield from _searches(load, pair)
    yield from chain.from_iterable(_traces(block) for block in blocks)


def _scaling(block: Block) -> Iterator[_Sketch]:
    fits = scaling_charts.fits(block)
    if fits:
        where = f"closed, {scaling_charts.LAW} fitted to the levels"
        yield _Sketch(
            "scaling", scaling_charts.title(fits), where, partial(charts.draw, scaling_charts.charts(block, fits))
        )


def _of_block(block: Block) -> Iterator[_Sketch]:
    title, where = titles.of_block(block), about(block)
    kind = f"{block.purpose}-{block.model}"
    if block.purpose is Purpose.FACTOR:
        at = words.level(block.model, block.headline)
        yield _Sketch(kind, title, f"{at}, {where}", partial(factor_figure.draw, block))
        return
    if len(block.levels) >= FEWEST_LEVELS:
        charted = _closed(block) if block.model is Model.CLOSED else _open(block)
        yield _Sketch(kind, title, where, partial(charts.draw, charted))
    at = words.level(block.model, block.headline)
    where = f"{block.model}, {at} · all rounds together, as far as the requests bear a percentile"
    sketch = partial(charts.draw, _percentiles(block))
    yield _Sketch(f"{kind}-percentiles", titles.of_percentiles(block), where, sketch)


def about(block: Block) -> str:
    """Return the model and the windows behind a block, `closed · 4 rounds of 5 s after 1 s discarded`."""
    windows = [each.window for cell in block.cells for each in cell.windows]
    rounds = max(len(cell.windows) for cell in block.cells)
    lasts = f"{windows[0].measure_s:g} s after {windows[0].discard_s:g} s discarded"
    arrivals = f", {ARRIVALS[windows[0].arrivals]} arrivals" if block.model is Model.OPEN else ""
    return f"{block.model}{arrivals} · windows of {lasts}, {rounds} a level · 95 % intervals over rounds"


def _closed(block: Block) -> list[Chart]:
    answers = curves.throughput(block)
    charted = [Chart("good answers per s", "users at a time", answers, planes.doubling, planes.from_zero)]
    tails = curves.tail_over_throughput(block)
    if any(each.points for each in tails):
        heading = "p99 of the service time, ms"
        charted.append(Chart(heading, "good answers per s", tails, planes.from_zero, planes.decades))
    return charted


def _open(block: Block) -> list[Chart]:
    times = (*curves.response_tail(block), *curves.service_tail(block))
    unit = "intended arrivals per s"
    return [
        Chart("p99 of response and service time, ms", unit, times, planes.from_zero, planes.decades, share=1.4),
        Chart("arrivals dropped and late, %", unit, curves.lost(block), planes.from_zero, planes.from_zero),
    ]


def _percentiles(block: Block) -> list[Chart]:
    lines, heading = curves.percentiles(block, curves.response), "service time, ms"
    if block.model is Model.OPEN:
        lines = (*lines, *curves.percentiles(block, curves.service, ", service", dashed=True))
        heading = "response time, ms; dashed: service time"
    return [Chart(heading, "share of requests that are as fast or faster", lines, planes.nines, planes.decades)]


def _searches(load: LoadAnalysis, pair: str) -> Iterator[_Sketch]:
    found = load.searched(pair)
    if found:
        where = "open · each mark is a window of the search, bands: 95 % intervals over searches"
        sketch = partial(charts.draw, search_charts.charts(found, load.slo), void="not judged")
        yield _Sketch("knee", titles.of_searches(load, pair), where, sketch)


def _traces(block: Block) -> Iterator[_Sketch]:
    every = [each for cell in block.cells if cell.subject.twin_of is None for each in cell.windows]
    windows = sorted(every, key=lambda each: each.began)[: trace_figure.MOST_WINDOWS]
    if windows:
        are_all = len(windows) == len(every)
        first = "" if are_all else "the first "
        where = f"{block.purpose}, {block.model} · {first}{len(windows)} windows, second by second"
        vitals = [vital for reading in block.readings for vital in reading.vitals]
        sketch = partial(trace_figure.draw, windows, vitals, style.tones(block.sides))
        yield _Sketch(f"{block.purpose}-{block.model}-trace", titles.of_trace(windows, are_all=are_all), where, sketch)
