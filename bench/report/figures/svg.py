"""Turn a figure's SVG file into markup for the page: themed, unique in its ids, with a text alternative."""

from __future__ import annotations

import re

from markupsafe import Markup, escape

from bench.report.figures import style

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_STYLE = re.compile(r"<style type=\"text/css\">.*?</style>", re.DOTALL)
_METADATA = re.compile(r"<metadata>.*?</metadata>", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_OPENING = re.compile(r"<svg[^>]*>")
_VIEWBOX = re.compile(r"viewBox=\"[^\"]*\"")
_FONT = re.compile(r"font(-family)?: ([^;\"]*?)'?" + re.escape(style.FONT) + r"'?[^;\"]*")
_ID = re.compile(r" id=\"([^\"]*)\"")
_REFERENCE = re.compile(r"#([\w.-]+)")
_EMPTY = re.compile(r"<g\s*/>")
_STILL = re.compile(r" transform=\"rotate\(-0 [^\"]*\"")
_SIZE = re.compile(r"[\d.]+px")
_PLACES = re.compile(r" (?:d|x|y|width|height|transform)=\"[^\"]*\"")
_GROUP = re.compile(r"<g([^>]*)>|</g>")
_FIGURE = re.compile(r"<svg [^>]*class=\"figure\">.*?</svg>", re.DOTALL)
_STYLED = re.compile(r" style=\"([^\"]*)\"")
_FINE = re.compile(r"(\.\d\d)\d+")
"""Decimals of a place beyond the hundredth of a point: nobody sees them, and they are a third of a figure."""


def inline(source: str, prefix: str, alternative: str) -> Markup:
    """Return the figure for the page.

    Colours become the page's variables, so that a figure follows light and dark. The font becomes the page's own;
    matplotlib has left room for a wider one.
    """
    text = _COMMENT.sub("", _METADATA.sub("", _STYLE.sub("", _HEAD.sub("", source))))
    for colour, name in style.TOKENS.items():
        text = text.replace(colour, f"var(--{name})")
    used = set(_REFERENCE.findall(text))
    text = _ID.sub(lambda match: f' id="{prefix}-{match.group(1)}"' if match.group(1) in used else "", text)
    text = text.replace('xlink:href="#', f'xlink:href="#{prefix}-').replace("url(#", f"url(#{prefix}-")
    viewbox = _VIEWBOX.search(text)
    box = viewbox.group(0) if viewbox else ""
    label = escape(alternative)
    opening = f'<svg {box} role="img" aria-label="{label}" class="figure">'
    text = _FONT.sub(_family, _OPENING.sub(lambda _: opening, text, count=1))
    text = _STILL.sub("", _EMPTY.sub("", text))
    text = _PLACES.sub(lambda match: _FINE.sub(r"\1", match.group(0)), text)
    text = _bare(re.sub(r"\s*\n\s*", "\n", text))
    return Markup(text)  # noqa: S704 - matplotlib escapes the text it draws


def with_classes(page: str) -> str:
    """Return the page with the style of each element of its figures in a class: most of them are there a hundred times.

    What stands in a style attribute is ours or matplotlib's. Text that a result holds has no `<` and no quote.
    """
    classes: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return f' class="{classes.setdefault(match.group(1), f"g{len(classes)}")}"'

    page = _FIGURE.sub(lambda figure: _STYLED.sub(named, figure.group(0)), page)
    rules = "".join(f".{name} {{ {style} }}\n" for style, name in classes.items())
    return page.replace("</style>", f"{rules}</style>", 1)


def _bare(text: str) -> str:
    """Return the figure without the groups that have nothing to say: most elements stand in one or two of them."""
    told: list[bool] = []

    def kept(match: re.Match[str]) -> str:
        if match.group(0) != "</g>":
            told.append(match.group(1) != "")
            return match.group(0) if told[-1] else ""
        return match.group(0) if told.pop() else ""

    return re.sub(r"\n{2,}", "\n", _GROUP.sub(kept, text))


def _family(match: re.Match[str]) -> str:
    size = _SIZE.search(match.group(2))
    weight = "bold " if "bold" in match.group(2) else ""
    return f"font: {weight}{size.group(0)} var(--sans)" if size else "font-family: var(--sans)"
