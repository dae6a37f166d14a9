"""The terminal as this program writes to it: what results and servers say is shown, never obeyed."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from bench.core.visible import visible


class Terminal(Console):
    """A console that lets no control character of a text through; its own colours and cursor movements pass.

    Results may be somebody else's, and the words of a server or of an application always are.
    """

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """Yield the segments of a renderable with harmless text."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else segment._replace(text=visible(segment.text))

    def say(self, line: str) -> None:
        """Print a line as it is, however long it may be."""
        self.print(Text(line), soft_wrap=True)
