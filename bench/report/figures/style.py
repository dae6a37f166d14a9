"""One look for every figure: colours, marks, type and how a figure becomes the same bytes each time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from bench.core.drivers import DRIVERS, Mode
from bench.core.visible import visible

INK = "#1f2328"
MUTED = "#59636e"
GRID = "#d8dee5"
BAND = "#e9edf2"
VOID = "#6a737d"
"""As light as small text can be on paper: 4.8 to 1 (WCAG 2.2 asks for 4.5, 1.4.3)."""
PAPER = "#fefefe"
SYNC = "#0072b2"
ASYNC = "#d55e00"
"""Blue and vermilion of Okabe and Ito (2008), told apart with every common colour blindness."""
ASYNC_TEXT = "#ba5506"
"""The vermilion is too light for small text on paper: 3.8 to 1, where WCAG 2.2 (1.4.3) asks for 4.5."""
FASTER = "#00735c"
SLOWER = "#8f3985"
"""Their bluish green and reddish purple, darker: told apart as well, and not taken for the modes."""

TOKENS = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    BAND: "band",
    VOID: "void",
    PAPER: "paper",
    SYNC: "sync",
    ASYNC: "async",
    ASYNC_TEXT: "async-text",
    FASTER: "faster",
    SLOWER: "slower",
}
"""The CSS variable of each colour: on the page a figure follows the theme."""

MARKS = ("o", "D", "s", "^", "v", "P", "X")
"""Circle, diamond, square...: one mark a library, so that both modes of a library share it."""

WIDTH_IN = 8.8
DPI = 130
FONT = "DejaVu Sans"
"""Comes with matplotlib: text takes the same room on every machine."""

SETTINGS: dict[Any, Any] = {
    "font.family": FONT,
    "font.size": 9.5,
    "axes.edgecolor": GRID,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 9,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "figure.facecolor": PAPER,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "legend.labelcolor": INK,
    "legend.handletextpad": 0.3,
    "legend.borderpad": 0.0,
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GRID,
    "xtick.labelcolor": MUTED,
    "xtick.labelsize": 9,
    "ytick.color": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "ormbench",
    "path.simplify": False,
}


@contextmanager
def look() -> Iterator[None]:
    """Apply the look to the figures that are built and saved inside, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        with mpl.rc_context(SETTINGS):
            yield


def colour(mode: Mode) -> str:
    """Return the colour of a mode."""
    return SYNC if mode is Mode.SYNC else ASYNC


def tones(sides: Sequence[str]) -> dict[str, str]:
    """Return the colour of each side: sync and async always have theirs, a user's own sides take them in order."""
    known = {"sync": SYNC, "async": ASYNC}
    free = [tone for name, tone in known.items() if name not in sides]
    return {side: known.get(side) or (free.pop(0) if free else INK) for side in sides}


def of_text(tone: str) -> str:
    """Return the colour in which text names what has a colour."""
    return ASYNC_TEXT if tone == ASYNC else tone


def mark(driver: str) -> str:
    """Return the mark of a driver's library: the same in every figure."""
    family = DRIVERS[driver].family
    libraries = list(dict.fromkeys(each.library for each in DRIVERS.values() if each.family == family))
    return MARKS[libraries.index(DRIVERS[driver].library) % len(MARKS)]


class Sheet(Figure):
    """A figure whose panels stand below a headline of as many lines as it needs."""

    head_in = 0.0
    """Height that the headline takes beyond its first line."""

    def make_room(self, more_in: float) -> None:
        """Become taller, for further lines of the headline."""
        width_in, height_in = self.get_size_inches()
        self.set_size_inches(width_in, height_in + more_in)
        self.head_in += more_in


def canvas(height_in: float) -> Sheet:
    """Return an empty figure of the common width, without the global state of pyplot."""
    sheet = Sheet(figsize=(WIDTH_IN, height_in), dpi=DPI)
    FigureCanvasAgg(sheet)
    return sheet


def save(figure: Figure, stem: Path) -> None:
    """Write `stem.png` and `stem.svg` without dates or versions, so that equal figures are equal files."""
    for text in figure.findobj(Text):
        # A control character would make the SVG no XML, and has no glyph.
        text.set_text(visible(text.get_text()))
    figure.savefig(stem.with_name(f"{stem.name}.png"), metadata={"Software": None})
    figure.savefig(stem.with_name(f"{stem.name}.svg"), metadata={"Date": None, "Creator": None})


def height_in(axes: Axes) -> float:
    """Return the height of the axes, in inches."""
    return float(axes.get_window_extent().height) / DPI


def width_in(axes: Axes) -> float:
    """Return the width of the axes, in inches."""
    return float(axes.get_window_extent().width) / DPI
