"""The waterfall of layers: what each of them adds to one operation, sync and async side by side."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from bench.core.contrasts import Question
from bench.core.differences import Duration
from bench.core.drivers import kinship
from bench.report import labels
from bench.report.figures import axes as plane
from bench.report.figures import captions, style
from bench.report.findings.layers import HTTP, INSIDE, Layers, Stair, Step
from bench.report.labels import HUNDREDFOLD, TENFOLD

HEADER_IN = 0.98
ROW_IN = 0.46
FOOTER_IN = 0.86
LEFT_IN = 1.15
GAP_IN = 0.3
VALUE_SIZE = 8.5
VALUE_IN = 1.5
"""Room behind the longest bar for what stands beside it."""
BAR = 0.32
"""Height of a bar as a share of its row, and the way from one bar of a row to the other."""
SHADE, PALE = 0.55, 0.22
"""How opaque the bar of a layer is, and that of what is no layer."""
TOTAL = "together"
REQUEST = "a request"
"""The last row where HTTP is among the layers: what its client saw, not a sum."""
NOT_VALID = "not valid"


def title(layers: Layers) -> str:
    """Return which layers add most in the first pair, and what HTTP adds, as the title of the figure.

    The layers are set against the operation in the timed loop and HTTP against the request: each was measured there.
    """
    _, *stairs = layers.pairs[0]
    said = [_widest(stair, stair.operation) for stair in stairs if stair.widest and stair.operation]
    text = "; ".join([*(said or ["no layer could be told from the one inside of it"]), *_http(stairs)])
    return f"{text[0].upper()}{text[1:]}"


def _http(stairs: Sequence[Stair]) -> list[str]:
    """Return what HTTP adds to a request of each mode; nothing where no request was measured."""
    known = [(stair.mode, step) for stair in stairs if (step := stair.http)]
    added = [f"{_of(labels.microseconds(step.added.estimate_ns), step.until)} {mode}" for mode, step in known]
    return [f"to a request HTTP adds {labels.joined(added)}"] if added else []


def _widest(stair: Stair, total: Duration) -> str:
    """Return the layer that adds most, or those of which nothing tells which does."""
    widest = stair.widest
    if len(widest) == len(stair.around) > 1:
        return f"{stair.mode}: no layer clearly adds most"
    names, adds = [step.layer for step in widest], [labels.microseconds(step.added.estimate_ns) for step in widest]
    verb = "adds" if len(widest) == 1 else "add"
    return f"{stair.mode}: {labels.joined(names)} {verb} most, {_of(labels.joined(adds), total)}"


def _of(added: str, whole: Duration) -> str:
    return f"{added} of {labels.microseconds(whole.estimate_ns)} µs"


def numbers(layers: Layers) -> str:
    """Return every number of the figure, for those who cannot see it."""
    return "; ".join(sentences(layers))


def sentences(layers: Layers) -> list[str]:
    """Return the numbers of the figure driver by driver."""
    return [_numbers(layers, stair) for _, *stairs in layers.pairs for stair in stairs]


def _numbers(layers: Layers, stair: Stair) -> str:
    steps = [
        f"{layer} {_text(step.added) if step else NOT_VALID}"
        for layer, step in zip(layers.names, stair.steps, strict=True)
    ]
    whole = _text(stair.total) if stair.total else NOT_VALID
    return f"{stair.driver}, µs: {', '.join(steps)}, {_whole(layers)} {whole}"


def _whole(layers: Layers) -> str:
    """Return what all layers of a driver make."""
    return REQUEST if HTTP in layers.names else TOTAL


def draw(layers: Layers, title: str, subtitle: str) -> Figure:
    """Return the figure; the title states what was found."""
    rows = [*(name.replace(" in ", "\nin ") for name in layers.names), _whole(layers)]
    height = ROW_IN * len(rows)
    figure = style.canvas(HEADER_IN + height + FOOTER_IN)
    captions.headline(figure, title, subtitle)
    room = (style.WIDTH_IN - LEFT_IN - GAP_IN * len(layers.pairs)) / len(layers.pairs)
    for number, (question, *stairs) in enumerate(layers.pairs):
        axes = plane.Panel(LEFT_IN + number * (room + GAP_IN), HEADER_IN, room, height).add_to(figure)
        heading = plane.fitted(_heading(question, *stairs), room, 9)
        axes.set_title(heading, loc="left", size=9, color=style.MUTED, pad=6)
        plane.rows(axes, rows, labelled=number == 0)
        _scale(axes, layers)
        for stair, place in zip(stairs, (-BAR / 2 - 0.02, BAR / 2 + 0.02), strict=True):
            _steps(axes, stair, place)
        captions.legend(axes, [_entry(stair) for stair in stairs], below_in=0.52, columns=2)
        if number == 0:
            axes.set_xlabel("µs of one operation; line at the end: 95 % interval of what is added", loc="left")
    return figure


def _heading(question: Question, sync: Stair, awaited: Stair) -> str:
    if question is Question.STACK:
        return "two stacks: mode and library differ"
    return f"two modes of the {kinship(sync.driver, awaited.driver)}"


def _scale(axes: Axes, layers: Layers) -> None:
    """Scale all panels alike, in µs from zero, with room for the values behind the bars."""
    stairs = [stair for _, *pair in layers.pairs for stair in pair]
    high = max(_high_us(step) for stair in stairs for step in stair.steps if step)
    width = style.width_in(axes)
    axes.set_xlim(0, high * width / (width - min(VALUE_IN, width / 2)))
    axes.xaxis.set_major_locator(MaxNLocator(4, steps=(1, 2, 2.5, 5, 10)))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}")
    axes.grid(visible=True, axis="x", color=style.GRID, linewidth=0.7)
    axes.tick_params(axis="x", length=0, pad=4)
    axes.set_axisbelow(True)


def _high_us(step: Step) -> float:
    """Return how far a bar reaches with its interval, in µs, on either of its ends."""
    inside_ns = step.until.estimate_ns - step.added.estimate_ns
    return max(step.until.estimate_ns, _ends(step)[1], inside_ns) / 1e3


def _steps(axes: Axes, stair: Stair, place: float) -> None:
    """Draw the layers of one driver: each bar begins where the layer inside of it ends."""
    tone = style.colour(stair.mode)
    for row, step in enumerate(stair.steps):
        if step is None:
            _beside(axes, 0, row + place, NOT_VALID, style.VOID)
            continue
        _bar(axes, step, row + place, tone)
        sign = "+" if row and step.added.estimate_ns >= 0 else ""
        _beside(axes, _high_us(step), row + place, f"{sign}{_text(step.added)}", style.MUTED)
    last = len(stair.steps) + place
    if stair.total is None:
        _beside(axes, 0, last, NOT_VALID, style.VOID)
        return
    end_us = stair.total.estimate_ns / 1e3
    axes.barh(last, end_us, BAR, color=tone, linewidth=0)
    _beside(axes, end_us, last, _text(stair.total), style.MUTED)


def _bar(axes: Axes, step: Step, place: float, tone: str) -> None:
    end_us, added_us = step.until.estimate_ns / 1e3, step.added.estimate_ns / 1e3
    shade = PALE if step.layer == INSIDE else SHADE
    axes.barh(place, added_us, BAR, left=end_us - added_us, color=tone, alpha=shade, linewidth=0)
    if step.added.has_interval:
        low_us, high_us = (end / 1e3 for end in _ends(step))
        axes.plot([low_us, high_us], [place] * 2, color=style.INK, linewidth=1.3, solid_capstyle="butt")


def _ends(step: Step) -> tuple[float, float]:
    """Return where the bar of a step would end at the ends of the interval of what it adds, in ns."""
    added, end_ns = step.added, step.until.estimate_ns
    if not added.has_interval:
        return end_ns, end_ns
    return end_ns + added.low_ns - added.estimate_ns, end_ns + added.high_ns - added.estimate_ns


def _text(duration: Duration) -> str:
    """Return µs with their interval, `123 (118 to 128)`: a dash would be read as a sign."""
    values = [duration.estimate_ns, *((duration.low_ns, duration.high_ns) if duration.has_interval else ())]
    widest_us = max(abs(value) for value in values) / 1e3
    decimals = 0 if widest_us >= HUNDREDFOLD else 1 if widest_us >= TENFOLD else 2
    said, *ends = (f"{value / 1e3:,.{decimals}f}".replace("-", "\N{MINUS SIGN}") for value in values)
    return f"{said} ({' to '.join(ends)})" if ends else said


def _beside(axes: Axes, end_us: float, place: float, text: str, tone: str) -> None:
    """Write a text behind the end of a bar."""
    axes.annotate(text, (end_us, place), (5, 0), textcoords="offset points", va="center", size=VALUE_SIZE, color=tone)


def _entry(stair: Stair) -> Line2D:
    return captions.handle("s", style.colour(stair.mode), f"{stair.driver} ({stair.mode})")
