"""Draw the figures of a run into files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.report import labels
from bench.report.figures import style
from bench.report.figures.sketches import Kind, sketches
from bench.report.findings.analysis import Analysis
from bench.report.findings.crossover import Series
from bench.report.load import figures as load_figures
from bench.report.load.figures import LoadFigure
from bench.report.reading.records import Manifest

WIDEST_SLUG = 80
"""Characters of a group's id in the name of its files."""


@dataclass(frozen=True)
class Figure:
    """One figure on disk, with the words that stand for it where it cannot be seen."""

    name: str
    """File name without its ending."""
    alternative: str


@dataclass(frozen=True)
class Drawn:
    """All figures of a run."""

    figures: Mapping[tuple[str, Kind], Figure] = field(default_factory=dict)
    """By the id of the group, of several the first one, and by what they show."""
    load: tuple[LoadFigure, ...] = ()

    def of(self, group_id: str, kind: Kind) -> Figure | None:
        """Return a figure of a group, or of those that it is the first of; None where none was drawn."""
        return self.figures.get((group_id, kind))


def draw(analysis: Analysis, every_series: Sequence[Series], folder: Path) -> Drawn:
    """Write PNG and SVG of each chosen group and series into the folder, and return the figures."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[tuple[str, Kind], Figure] = {}
    numbers: dict[str, int] = {}
    stamp = _stamp(analysis.run.manifest)
    with style.look():
        for sketch in sketches(analysis, every_series):
            picture = sketch.draw(sketch.title, f"{sketch.subtitle}{stamp}")
            if picture is not None:
                number = numbers.setdefault(sketch.of, len(numbers) + 1)
                name = f"{number:03d}-{labels.slug(sketch.of, WIDEST_SLUG)}-{sketch.kind}"
                style.save(picture, folder / name)
                drawn[sketch.of, sketch.kind] = Figure(name, sketch.alternative)
    of_load = load_figures.draw(analysis.load, folder, stamp) if analysis.load else ()
    return Drawn(drawn, of_load)


def _stamp(run: Manifest) -> str:
    return "" if run.profile.evidence else " · NOT EVIDENCE"
