"""Show how far a run is: a bar with the remaining time on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.text import Text

from bench.micro.sentry import HANGS
from bench.micro.watch import Watch

_FIRST_GUESS = 1.35
"""Wall time over measuring time before a unit has told: starting Python and warming up come on top."""


class PlainWatch(Watch):
    """One line for each step, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def phase(self, text: str) -> None:
        """Print the phase."""
        self._line(text)

    def note(self, text: str) -> None:
        """Print the note."""
        self._line(text)

    def unit(self, name: str, number: int, total: int) -> None:
        """Print which unit begins."""
        self._line(f"Measuring {name} ({number + 1} of {total})")

    def event(self, event: Mapping[str, Any]) -> None:
        """Print what was given up."""
        if event["event"] in {"failed", HANGS}:
            self._line(f"Gave up {event['id']}: {event['reason']}")

    def _line(self, text: str) -> None:
        self._console.print(Text(text), soft_wrap=True)


class BarWatch(PlainWatch):
    """A bar over all units; the estimate learns from the units that are done."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=None), TextColumn("{task.fields[left]}"))
        self._progress = Progress(*columns, console=console, transient=True)
        self._task: TaskID | None = None
        self._budgets_s: Sequence[float] = ()
        self._groups = self._group = 0
        self._began_s = 0.0

    def plan(self, budgets_s: Sequence[float]) -> None:
        """Open the bar."""
        self._budgets_s, self._began_s = budgets_s, monotonic()
        self._task = self._progress.add_task("Measuring", total=sum(budgets_s) or 1.0, left="")
        self._progress.start()

    def unit(self, name: str, number: int, total: int) -> None:
        """Move the bar to the beginning of the unit."""
        done_s = sum(self._budgets_s[:number])
        left_s = (sum(self._budgets_s) - done_s) * self._slowness(done_s)
        minutes, seconds = divmod(round(left_s), 60)
        label = f"Measuring {name} ({number + 1} of {total})"
        if self._task is not None:
            self._progress.update(self._task, completed=done_s, description=label, left=f"{minutes}:{seconds:02d} left")

    def done(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _slowness(self, done_s: float) -> float:
        return (monotonic() - self._began_s) / done_s if done_s > 0 else _FIRST_GUESS


def watch_on(console: Console) -> Watch:
    """Return the watcher that suits the console."""
    return BarWatch(console) if console.is_terminal else PlainWatch(console)
