"""Draw the figures of a run into files, and decide which groups get one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.report import forest, labels, sentences, style, times
from bench.report.analysis import Analysis, GroupResult
from bench.report.records import Manifest

MOST_FIGURES = 24
"""Groups that get figures; beyond that the page would be too heavy to open, and its tables say the same."""


@dataclass(frozen=True)
class Figure:
    """One figure on disk, with the words that stand for it where it cannot be seen."""

    name: str
    """File name without its ending."""
    alternative: str


@dataclass(frozen=True)
class GroupFigures:
    """The figures of one group."""

    ratios: Figure
    times: Figure | None


def draw(analysis: Analysis, folder: Path) -> dict[str, GroupFigures]:
    """Write PNG and SVG of each chosen group into the folder, and return the figures by group id."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = {}
    with style.look():
        for number, group in enumerate(chosen(analysis.groups), start=1):
            name = f"{number:03d}-{_slug(group.used.id)}"
            drawn[group.used.id] = _draw(group, analysis.run.manifest, folder, name)
    return drawn


def chosen(groups: Sequence[GroupResult]) -> list[GroupResult]:
    """Return the groups that get figures: all of them or, of very many, those with the clearest effects."""
    if len(groups) <= MOST_FIGURES:
        return list(groups)
    strongest = sorted(groups, key=lambda group: -max((each.effect for each in group.findings), default=0.0))
    kept = {group.used.id for group in strongest[:MOST_FIGURES]}
    return [group for group in groups if group.used.id in kept]


def _draw(group: GroupResult, run: Manifest, folder: Path, name: str) -> GroupFigures:
    place = " · ".join(
        part
        for part in (labels.backend(group.backend), group.scenario.name, labels.parameters(group.used.parameters))
        if part
    )
    stamp = "" if run.profile.evidence else " · NOT EVIDENCE"
    title = sentences.title(group)
    figure = forest.draw(group, title, f"{place} · 95 % intervals, grey band: A/A noise{stamp}")
    style.save(figure, folder / f"{name}-ratios")
    ratios = Figure(f"{name}-ratios", f"Ratio plot. {place}. {title}. The table below holds every number.")
    absolute = times.draw(group, "Median time of one operation", f"{place}{stamp}")
    if absolute is None:
        return GroupFigures(ratios, None)
    style.save(absolute, folder / f"{name}-times")
    return GroupFigures(ratios, Figure(f"{name}-times", f"Median times. {place}. The table holds every number."))


def _slug(group_id: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", group_id.lower()).strip("-")[:80].strip("-")
