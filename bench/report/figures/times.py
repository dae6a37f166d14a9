"""The figure of absolute times of a group: median ms of every case."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from bench.core.drivers import DRIVERS
from bench.report import labels
from bench.report.figures import axes as plane
from bench.report.figures import captions, forest, style
from bench.report.findings.analysis import GroupResult

HEADER_IN = 0.72
FOOTER_IN = 0.95


def title(group: GroupResult) -> str:
    """Return the lowest median of the full answers as the title of the figure."""
    less = {variant.name for variant in group.variants if variant.is_for_scale}
    full_ms = {case: median_ms for case, median_ms in _medians_ms(group).items() if case[0] not in less}
    if not full_ms:
        return "Median time of one operation"
    variant, driver = min(full_ms, key=lambda case: full_ms[case])
    return f"Lowest median: {variant} with {driver}, {labels.milliseconds(full_ms[variant, driver] * 1e6)} ms"


def _medians_ms(group: GroupResult) -> Mapping[tuple[str, str], float]:
    """Return the median of every valid case by its variant and driver."""
    return {
        (each.case.variant, each.case.driver): each.wall_ns / 1e6
        for each in group.cases.values()
        if each.wall_ns is not None and not each.case.twin
    }


def draw(group: GroupResult, title: str, subtitle: str) -> Figure | None:
    """Return the figure of medians, or None where no case of the group is valid."""
    variants = [variant.name for variant in group.variants][: forest.MOST_ROWS]
    medians = {case: median_ms for case, median_ms in _medians_ms(group).items() if case[0] in variants}
    if not medians:
        return None
    names = [plane.fitted(name, forest.NAME_IN) for name in variants]
    height = len(variants) * 0.40
    figure = style.canvas(HEADER_IN + height + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    left = max(plane.text_width(name) for name in names) + 0.3
    axes = plane.Panel(left, HEADER_IN, style.WIDTH_IN - left - 0.3, height).add_to(figure)
    plane.rows(axes, names, labelled=True)
    plane.log_axis(axes, list(medians.values()), "")
    for row, variant in enumerate(variants):
        for driver, offset in zip(group.drivers, plane.offsets(len(group.drivers)), strict=True):
            if (variant, driver) in medians:
                axes.plot(
                    [medians[variant, driver]],
                    [row + offset],
                    marker=style.mark(driver),
                    color=style.colour(DRIVERS[driver].mode),
                    markersize=captions.MARK_SIZE,
                    linestyle="none",
                )
    axes.set_xlabel("median time of one operation, ms (log axis)")
    captions.legend(axes, captions.drivers(group.drivers), below_in=0.55, columns=5)
    return figure
