"""The load part of the page, ordered for its template: the answer, then pair by pair."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from bench.core.load_plan import Model
from bench.report.answer import load_sentences as sentences
from bench.report.figures import svg
from bench.report.findings.load import pressure
from bench.report.findings.load.analysis import Block, LoadAnalysis
from bench.report.load import scaling_charts, tables
from bench.report.load.figures import MOST_PAIRS, LoadFigure, about
from bench.report.load.making import LoadMaking, making
from bench.report.reading.load_records import Purpose

HEADINGS = {
    (Purpose.SWEEP, Model.CLOSED): "Closed: a fixed number of users, each waits for its answer",
    (Purpose.SWEEP, Model.OPEN): "Open: arrivals by a schedule, whether answers come or not",
    (Purpose.FACTOR, Model.CLOSED): "Settings of the application, closed",
    (Purpose.FACTOR, Model.OPEN): "Settings of the application, open",
}
"""What the windows of a block asked; the other purposes read like a sweep."""


@dataclass(frozen=True)
class BlockSection:
    """One block of a pair with everything that is shown of it."""

    block: Block
    heading: str
    about: str
    sentences: list[str]
    figures: list[Markup]
    trace: Markup | None


@dataclass(frozen=True)
class PairSection:
    """One pair of the load part."""

    name: str
    blocks: list[BlockSection]
    scaling: list[str]
    scaling_figure: Markup | None
    knee: str
    knee_figure: Markup | None
    is_open: bool
    """Whether its tables stand unfolded: those of the first pairs do."""


@dataclass(frozen=True)
class LoadSection:
    """The load part of the page."""

    load: LoadAnalysis
    answers: list[tuple[str, list[str]]]
    """The sentences at the top, by pair."""
    pairs: list[PairSection]
    thresholds: list[tuple[str, str, str, str, str]]
    making: LoadMaking

    @property
    def own_app(self) -> bool:
        """Say whether the application is none of ours."""
        return self.load.run.manifest.backend is None


def section(load: LoadAnalysis, drawn: Sequence[LoadFigure], folder: Path) -> LoadSection:
    """Return what the page shows of load; the figures are read from the folder."""
    shown = {(each.pair, each.kind): _inline(each, folder) for each in drawn}
    return LoadSection(
        load,
        [(pair, sentences.at_the_top(load, pair)) for pair in load.pairs],
        [_pair(load, pair, shown, is_open=number < MOST_PAIRS) for number, pair in enumerate(load.pairs)],
        tables.threshold_rows(load),
        making(load),
    )


def _inline(figure: LoadFigure, folder: Path) -> Markup:
    source = (folder / f"{figure.name}.svg").read_text(encoding="utf-8")
    return svg.inline(source, f"l{figure.name.split('-')[1]}", figure.alternative)


def _pair(load: LoadAnalysis, pair: str, shown: dict[tuple[str, str], Markup], *, is_open: bool) -> PairSection:
    blocks = load.of(pair)
    return PairSection(
        name=pair,
        blocks=[_block(block, shown) for block in blocks],
        scaling=[told for block in blocks for told in scaling_charts.told(block)],
        scaling_figure=shown.get((pair, "scaling")),
        knee=sentences.knee_sentence(load, pair) if load.searched(pair) else "",
        knee_figure=shown.get((pair, "knee")),
        is_open=is_open,
    )


def _block(block: Block, shown: dict[tuple[str, str], Markup]) -> BlockSection:
    kind = f"{block.purpose}-{block.model}"
    pictures = [shown.get((block.pair, name)) for name in (kind, f"{kind}-percentiles")]
    purpose = block.purpose if block.purpose is Purpose.FACTOR else Purpose.SWEEP
    return BlockSection(
        block,
        HEADINGS[purpose, block.model],
        about(block),
        [*sentences.of_block(block), *pressure.told(block)],
        [each for each in pictures if each is not None],
        shown.get((block.pair, f"{kind}-trace")),
    )
