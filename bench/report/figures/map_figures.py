"""The heat maps of a report: driver times strategy, and network delay times operations in flight."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bench.core.drivers import DRIVERS
from bench.core.verdicts import Verdict
from bench.report.figures import forest, heat_figure, style
from bench.report.figures.heat_figure import (
    BOUND,
    BOUND_WIDTH,
    LINE_ALPHA,
    LINE_WIDTH,
    SHADES,
    VOID_SHADE,
    Cell,
    Column,
    Grid,
)
from bench.report.findings import maps
from bench.report.findings.crowd_map import CrowdMap, Plane, delay_ms
from bench.report.findings.driver_map import DriverMap

STRATEGIES = (style.FASTER, style.SLOWER)
MODES = (style.ASYNC, style.SYNC)
"""Colours of a faster and of a slower numerator: where async is divided by sync, the colour of who is the faster."""


def of_drivers(found: DriverMap, title: str, subtitle: str) -> Figure:
    """Return the map of variants and drivers; the fastest full answer and those not behind it are framed."""
    group = found.group
    variants = [variant.name for variant in group.variants][: forest.MOST_ROWS]
    grid = Grid(
        columns=tuple(_column(name) for name in group.drivers),
        rows=tuple(forest.row_name(group, name) for name in variants),
        cells=tuple(tuple(_case(found, variant, driver) for driver in group.drivers) for variant in variants),
    )
    words = [each.word for row in grid.cells for each in row if each]
    legend: list[Artist] = [*_shades(STRATEGIES, ("faster", "slower")), *_others(words)]
    if any(each.framed for row in grid.cells for each in row if each):
        legend.append(Patch(fill=False, edgecolor=style.INK, linewidth=1.5, label="fastest, or not behind it"))
    return heat_figure.draw([grid], title, subtitle, legend)


def _column(driver: str) -> Column:
    mode = DRIVERS[driver].mode
    return Column(driver, mode, style.of_text(style.colour(mode)))


def _case(found: DriverMap, variant: str, driver: str) -> Cell | None:
    framed = (variant, driver) in found.leaders and not found.is_open
    if (variant, driver) == (found.than.variant, found.than.driver):
        return Cell("1", "baseline", framed=framed)
    each = found.cells.get((variant, driver))
    return heat_figure.cell(each.ratio, each.verdict, STRATEGIES, framed=framed) if each else None


def of_crowds(found: CrowdMap, title: str, subtitle: str) -> Figure:
    """Return the map of delays and operations in flight, with the line on which both modes take as long."""
    grids = [_plane(found, each) for each in found.planes]
    words = [each.word for grid in grids for row in grid.cells for each in row if each]
    legend: list[Artist] = [*_shades(MODES, ("async faster", "sync faster")), *_others(words)]
    legend += [
        Line2D([], [], color=style.INK, linewidth=LINE_WIDTH, alpha=LINE_ALPHA, label="equal times"),
        Line2D(
            [],
            [],
            color=style.INK,
            linewidth=BOUND_WIDTH,
            linestyle=BOUND,
            alpha=LINE_ALPHA,
            label="ends of the interval",
        ),
    ]
    return heat_figure.draw(grids, title, subtitle, legend)


def _plane(found: CrowdMap, each: Plane) -> Grid:
    def cell(asked_ms: float, in_flight: int) -> Cell | None:
        finding = each.findings.get((asked_ms, in_flight))
        return heat_figure.cell(finding.ratio, finding.verdict, MODES) if finding else None

    return Grid(
        columns=tuple(Column(delay_ms(delay)) for delay in found.delays),
        rows=tuple(f"{number} in flight" for number in reversed(found.in_flight)),
        cells=tuple(
            tuple(cell(delay.asked_ms, number) for delay in found.delays) for number in reversed(found.in_flight)
        ),
        heading=each.pair,
        along="measured delay of a round trip",
        line=True,
    )


def _shades(tones: tuple[str, str], names: tuple[str, str]) -> list[Patch]:
    """Return legend entries for both directions, each in its strongest shade, with what a paler one means."""
    less, least = (f"{limit:g}x" for limit in maps.HEATS[:0:-1])
    return [
        Patch(facecolor=tone, alpha=SHADES[-1], linewidth=0, label=f"{name}{remark}")
        for tone, name, remark in zip(tones, names, ("", f" (paler: less than {less}, {least} apart)"), strict=True)
    ]


def _others(words: list[str]) -> list[Patch]:
    """Return legend entries for the shades of what is neither, as far as there is any."""
    shades = {Verdict.EQUIVALENT: (style.BAND, 1.0), Verdict.NOT_VALID: (style.VOID, VOID_SHADE)}
    return [
        Patch(facecolor=tone, alpha=alpha, linewidth=0, label=str(word))
        for word, (tone, alpha) in shades.items()
        if word in words
    ]
