"""The ratio figure of a group: variants against the baseline, async against sync, and what is equivalent."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bench.core.contrasts import Question
from bench.core.ratios import Ratio
from bench.core.verdicts import equivalence_band
from bench.report import labels
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings.analysis import QUESTIONS, Finding, GroupResult

HEADER_IN = 0.98
FOOTER_IN = 1.02
BAND_IN = 0.08
"""Where the legend of the band begins, from the bottom."""
COLUMN_IN = 1.15
"""Room for the column of statements at the right."""
LEGEND_ROWS = 2
NAME_IN = 2.0
"""Room for the name of a variant."""
MOST_ROWS = 40
"""More variants than this are in the table only: a taller figure is read by nobody."""
FURTHEST = 20.0
"""An interval further from its estimate than this factor is cut off by the axis: two passes can span decades."""
VALUE_SIZE = 8.5
VALUE_GAP_IN = 0.11
PAIR_MARKS = {Question.MODE: style.ASYNC, Question.STACK: style.MUTED}


def draw(group: GroupResult, title: str, subtitle: str) -> Figure:
    """Return the ratio figure; the title states what was found."""
    variants = [variant.name for variant in group.variants][:MOST_ROWS]
    names = [row_name(group, name) for name in variants]
    drivers = group.drivers
    height = len(variants) * max(0.36, 0.125 * len(drivers) + 0.14)
    figure = style.canvas(HEADER_IN + height + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    left = max(plane.text_width(name) for name in names) + 0.3
    room = style.WIDTH_IN - left - COLUMN_IN
    pairs = [finding for finding in group.of(*PAIR_MARKS) if finding.contrast.numerator.variant in variants]
    share = 0.60 if pairs else 1.0
    main = plane.Panel(left, HEADER_IN, room * share - 0.2, height).add_to(figure)
    plane.rows(main, names, labelled=True)
    _variants(main, group, variants, drivers)
    if pairs:
        side = plane.Panel(left + room * share + 0.1, HEADER_IN, room * (1 - share) - 0.1, height).add_to(figure)
        plane.rows(side, names, labelled=False)
        _pairs(side, variants, pairs)
    _statements(main if not pairs else side, group, variants)
    if name := band_name(group.of(*QUESTIONS)):
        captions.patch(figure, name, left_in=left, bottom_in=BAND_IN)
    return figure


def band_name(findings: Sequence[Finding]) -> str:
    """Return what the grey band is, from the narrowest to the widest; nothing where no finding has one."""
    bands = [each.band for each in findings if each.band]
    if not bands:
        return ""
    reach = labels.margins(bands)
    noise = "" if reach == labels.margin(equivalence_band(None)) else " (A/A noise)"
    return f"equivalent: within {reach}{noise}"


def row_name(group: GroupResult, variant: str) -> str:
    """Return what a row of the variant is called, cut to the room that names have."""
    name = plane.fitted(variant, NAME_IN)
    if variant == group.used.baseline:
        return f"{name} (baseline)"
    for_scale = {each.name for each in group.variants if each.is_for_scale}
    return f"{name} (for scale)" if variant in for_scale else name


def _variants(axes: Axes, group: GroupResult, variants: Sequence[str], drivers: Sequence[str]) -> None:
    """Draw each variant over the baseline; the baseline's own row shows its A/A twin."""
    found = {
        (each.contrast.numerator.variant, each.contrast.numerator.driver): each
        for each in group.of(Question.VARIANT, Question.NOISE)
    }
    shown = [found[variant, driver] for variant in variants for driver in drivers if (variant, driver) in found]
    points = dict(zip(drivers, captions.drivers(drivers), strict=True))
    _prepare(axes, shown, f"time / {plane.fitted(group.used.baseline, NAME_IN)}, same driver")
    placed = []
    for row, variant in enumerate(variants):
        for driver, offset in zip(drivers, plane.offsets(len(drivers)), strict=True):
            if finding := found.get((variant, driver)):
                _draw(axes, finding, row + offset, points[driver])
                placed.append((row + offset, finding))
        value(axes, row, [each.ratio for driver in drivers if (each := found.get((variant, driver))) and each.ratio])
    _bands(axes, placed)
    handles = [*points.values(), *_crosses(shown)]
    captions.legend(axes, handles, below_in=0.32, columns=math.ceil(len(handles) / LEGEND_ROWS))


def _pairs(axes: Axes, variants: Sequence[str], pairs: Sequence[Finding]) -> None:
    """Draw async over sync of each variant: filled within one library, hollow between stacks."""
    _prepare(axes, pairs, "async / sync, same variant")
    kinds = list(dict.fromkeys(_pair(finding) for finding in pairs))
    places = dict(zip(kinds, plane.offsets(len(kinds)), strict=True))
    points = {
        kind: captions.handle("o", PAIR_MARKS[kind[0]], f"{kind[1]} / {kind[2]}", hollow=kind[0] is Question.STACK)
        for kind in kinds
    }
    placed = []
    for finding in pairs:
        row = variants.index(finding.contrast.numerator.variant) + places[_pair(finding)]
        _draw(axes, finding, row, points[_pair(finding)])
        value(axes, row, [finding.ratio] if finding.ratio else [])
        placed.append((row, finding))
    _bands(axes, placed)
    captions.legend(axes, [*points.values(), *_crosses(pairs)], below_in=0.32, columns=1)


def _pair(finding: Finding) -> tuple[Question, str, str]:
    contrast = finding.contrast
    return contrast.question, contrast.numerator.driver, contrast.denominator.driver


def _prepare(axes: Axes, findings: Sequence[Finding], title: str) -> None:
    ratios = [each.ratio for each in findings if each.ratio]
    ends = [min(max(end, each.estimate / FURTHEST), each.estimate * FURTHEST) for each in ratios for end in _ends(each)]
    edges = [edge for each in findings if each.band for edge in (each.band.low, each.band.high)]
    plane.log_axis(axes, [*(ends or [0.9, 1.1]), 1.0, *edges], "x")
    axes.axvline(1.0, color=style.MUTED, linewidth=0.9, zorder=0.6)
    axes.set_title(title, loc="left", size=9, color=style.MUTED, pad=6)


def _bands(axes: Axes, placed: Sequence[tuple[float, Finding]]) -> None:
    """Draw behind each mark the ratios that are equivalent there, which follow its drivers: one outline for them all.

    An A/A twin answers nothing: its row shows the band of the next one.
    """
    found = ((row, each.band) for row, each in placed if each.contrast.question in QUESTIONS and each.band)
    known = sorted(found, key=itemgetter(0))
    if not known:
        return
    last, first = axes.get_ylim()
    between = [(row + following) / 2 for (row, _), (following, _) in pairwise(known)]
    rows = [edge for slot in pairwise([first, *between, last]) for edge in slot]
    low = [band.low for _, band in known for _ in range(2)]
    high = [band.high for _, band in known for _ in range(2)]
    axes.fill([*low, *reversed(high)], [*rows, *reversed(rows)], color=style.BAND, linewidth=0, zorder=0.2)


def _draw(axes: Axes, finding: Finding, row: float, point: Line2D) -> None:
    """Draw the interval and the point of a finding; one that is not valid is a grey cross at the edge."""
    ratio = finding.ratio
    if ratio is None:
        place = axes.get_yaxis_transform()
        axes.plot([0.015], [row], transform=place, marker="x", color=style.VOID, markersize=4.5, markeredgewidth=1.2)
        return
    ends = _ends(ratio)
    axes.plot(ends, [row] * len(ends), color=point.get_color(), linewidth=1.6, solid_capstyle="butt")
    axes.plot(
        [ratio.estimate],
        [row],
        marker=point.get_marker(),
        color=point.get_color(),
        markerfacecolor=point.get_markerfacecolor(),
        markersize=captions.MARK_SIZE,
        linestyle="none",
    )


def _crosses(findings: Sequence[Finding]) -> list[Line2D]:
    """Return the legend entry of findings that are not valid, where there are any."""
    return [captions.handle("x", style.VOID, "not valid")] if any(each.ratio is None for each in findings) else []


def value(axes: Axes, row: float, ratios: Sequence[Ratio]) -> None:
    """Write the estimates of a row beside its marks, where there is room and no line at 1, or not at all."""
    if not ratios:
        return
    text = labels.ratios(each.estimate for each in ratios)
    start, end = (math.log(limit) for limit in axes.get_xlim())
    per_inch = (end - start) / style.width_in(axes)
    needed = (plane.text_width(text, VALUE_SIZE) + VALUE_GAP_IN) * per_inch
    spots = list(_spots(ratios, needed, VALUE_GAP_IN * per_inch, (start, end)))
    if not spots:
        return
    clear = [spot for spot in spots if not spot.low < 0 < spot.high]
    spot = (clear or spots)[0]
    place, gap = (spot.low, VALUE_GAP_IN) if spot.side == "left" else (spot.high, -VALUE_GAP_IN)
    axes.annotate(
        text,
        (math.exp(place), row),
        (gap * plane.POINTS_PER_INCH, 0),
        textcoords="offset points",
        va="center",
        ha=spot.side,
        size=VALUE_SIZE,
        color=style.MUTED,
    )


@dataclass(frozen=True)
class _Spot:
    """Where the estimates of a row can stand, as logs of ratios, and the side of the text at the marks."""

    low: float
    high: float
    side: Literal["left", "right"]


def _spots(ratios: Sequence[Ratio], needed: float, margin: float, limits: tuple[float, float]) -> Iterator[_Spot]:
    """Yield the free places of a row: behind its marks, before them, between them, and across the line at 1."""
    marks = sorted((math.log(min(_ends(each))), math.log(max(_ends(each)))) for each in ratios)
    first, last = marks[0][0], max(high for _, high in marks)
    if last + needed < limits[1]:
        yield _Spot(last, last + needed, "left")
    if first - needed > limits[0]:
        yield _Spot(first - needed, first, "right")
    reached = marks[0][1]
    for low, high in marks[1:]:
        if low - reached > needed + margin:
            yield _Spot(reached, reached + needed, "left")
        reached = max(reached, high)
    if last < 0 and needed < limits[1]:
        yield _Spot(0, needed, "left")
    if first > 0 and -needed > limits[0]:
        yield _Spot(-needed, 0, "right")


def _ends(ratio: Ratio) -> list[float]:
    """Return the ends of the interval; of one pass, which has none, the estimate alone."""
    interval = ratio.interval
    return [interval.low, interval.high] if math.isfinite(interval.high) else [ratio.estimate]


def _statements(axes: Axes, group: GroupResult, variants: Sequence[str]) -> None:
    """Write the statements of one operation beside each row; a range where drivers differ."""
    place = axes.get_yaxis_transform()
    axes.text(1.06, -0.5, "statements\nper operation", transform=place, size=8.5, color=style.MUTED, va="bottom")
    for row, variant in enumerate(variants):
        heard = {
            each.count.statements
            for each in group.cases.values()
            if each.case.variant == variant and each.count is not None
        }
        if heard:
            axes.text(1.06, row, labels.statements(heard), transform=place, va="center")
