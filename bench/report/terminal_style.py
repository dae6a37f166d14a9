"""The look that everything shown in the terminal shares: colours of verdicts, and items of lists."""

from __future__ import annotations

from collections.abc import Mapping

from rich.table import Table
from rich.text import Text

from bench.core.verdicts import Verdict
from bench.report import prose

QUIET = "bright_black"
"""What is said beside, and every verdict or decision without a colour of its own."""
VERDICTS: Mapping[str, str] = {Verdict.FASTER: "green", Verdict.SLOWER: "red", Verdict.EQUIVALENT: "default"}
DECISIONS: Mapping[str, str] = {"upheld": "green", "refuted": "red", "depends": "yellow"}


def verdict(word: str) -> Text:
    """Return a verdict in its colour; words that stand in the place of one are quiet."""
    return Text(word, style=VERDICTS.get(word, QUIET))


def decision(word: str) -> Text:
    """Return what became of a claim in its colour."""
    return Text(word, style=DECISIONS.get(word, QUIET))


def with_code(text: str) -> Text:
    """Return text in which what stands in backticks is bold."""
    return Text.assemble(*((piece, "bold" if is_code else "") for piece, is_code in prose.pieces(text)))


def item(text: str | Text) -> Table:
    """Return text with a hanging indent."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=3, justify="right")
    grid.add_column()
    grid.add_row("-", Text(text) if isinstance(text, str) else text)
    return grid
