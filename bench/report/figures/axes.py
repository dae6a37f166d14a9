"""Rows and logarithmic axes that all figures share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FixedLocator, NullFormatter, NullLocator

from bench.core.visible import visible
from bench.report import labels
from bench.report.figures import style

LADDER: tuple[tuple[float, ...], ...] = (
    tuple(1 + index / 100 for index in range(900)),
    tuple(1 + index / 50 for index in range(450)),
    tuple(1 + index / 20 for index in range(180)),
    tuple(1 + index / 10 for index in range(90)),
    (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
    (1.0, 3.0),
    (1.0,),
)
"""Readable places within one decade, from the finest to the coarsest."""
AROUND_ONE = (0.8, 1.0, 1.25)
"""Places where all others but 1 lie outside: one label alone tells no scale."""
LABEL_IN = 0.46
"""Room that a label of a tick takes."""
POINTS_PER_INCH = 72
SUBPIXELS = 64
"""FreeType measures in 26.6 fixed point."""


@dataclass(frozen=True)
class Panel:
    """A rectangle of a figure, in inches from its top left corner, were its headline of one line."""

    left: float
    top: float
    width: float
    height: float

    def add_to(self, sheet: style.Sheet) -> Axes:
        """Return axes that fill the rectangle."""
        width, height = sheet.get_size_inches()
        bottom = height - sheet.head_in - self.top - self.height
        return sheet.add_axes((self.left / width, bottom / height, self.width / width, self.height / height))


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = 9.5, weight: str = "normal") -> float:
    """Return how wide a text is in the font of the figures, in inches."""
    font = get_font(findfont(FontProperties(family=style.FONT, weight=weight)))
    font.set_size(size, POINTS_PER_INCH)
    font.set_text(visible(text), 0)
    return float(font.get_width_height()[0]) / SUBPIXELS / POINTS_PER_INCH


def fitted(text: str, room_in: float, size: float = 9.5, weight: str = "normal") -> str:
    """Return the text, with its middle left out where it does not fit into the room."""
    text = shown = visible(text)
    letters = len(text)
    while text_width(shown, size, weight) > room_in and letters > 1:
        letters = min(letters - 1, int(letters * room_in / text_width(shown, size, weight)) + 1)
        shown = labels.shortened(text, letters)
    return shown


def offsets(count: int) -> list[float]:
    """Return where `count` marks of one row stand, as fractions of the row's height around its middle."""
    if count <= 1:
        return [0.0] * count
    step = min(0.62 / (count - 1), 0.24)
    return [(index - (count - 1) / 2) * step for index in range(count)]


def log_axis(axes: Axes, values: Sequence[float], unit: str) -> None:
    """Scale the x axis to the values, with ticks at readable places."""
    low, high = min(values), max(values)
    margin = max((high / low) ** 0.06, 1.012)
    low, high = low / margin, high * margin
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    places = ticks(low, high, style.width_in(axes))
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,g}{unit}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(visible=True, axis="x", color=style.GRID, linewidth=0.7)
    axes.tick_params(axis="x", length=0, pad=4)
    axes.set_axisbelow(True)


def ticks(low: float, high: float, width_in: float) -> list[float]:
    """Return readable places between two positive values, far enough apart for their labels."""
    gap = math.log(high / low) * min(1.0, LABEL_IN / width_in)
    decades = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 1)
    for steps in LADDER:
        found = sorted({float(f"{step * 10.0**decade:.6g}") for decade in decades for step in steps})
        places = [place for place in found if low <= place <= high]
        if all(math.log(after / before) >= gap for before, after in pairwise(places)):
            break
    around = [place for place in AROUND_ONE if low <= place <= high]
    wide = all(math.log(after / before) >= gap for before, after in pairwise(around))
    return around if len(places) < len(around) and len(places) <= 1 and wide else places


def rows(axes: Axes, names: Sequence[str], *, labelled: bool) -> None:
    """Lay out one row a name, first on top, with a faint line between rows."""
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks(range(len(names)), names if labelled else [""] * len(names))
    axes.tick_params(axis="y", length=0, pad=8)
    for index in range(1, len(names)):
        axes.axhline(index - 0.5, color=style.GRID, linewidth=0.5, zorder=0.4)
