"""`ormbench report`, and what a run shows at its end."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from bench.cli.terminal import Terminal
from bench.core.errors import UsageError
from bench.core.store import RunFolder, find_run
from bench.report import index
from bench.report.findings.analysis import Analysis, analyse, precision
from bench.report.load.data import as_data
from bench.report.making import PUBLISHED
from bench.report.reading.results import load
from bench.report.render import render, render_analysis
from bench.report.terminal import show
from bench.report.trust import assess


def render_runs(names: Sequence[str], results: Path, reports: Path) -> None:
    """Render the report of every run named, and the index of the published ones where their reports are."""
    console = Terminal()
    for name in names:
        folder = find_run(results, name)
        console.print(Text(str(render(folder.path, reports / folder.id))), soft_wrap=True)
    # Its links lead to the published reports beside it: elsewhere they would lead nowhere.
    if (results / PUBLISHED).is_dir() and (reports / PUBLISHED).is_dir():
        index.write(results, reports)


def publish_run(run: str, name: str, results: Path, reports: Path, *, replace: bool) -> None:
    """Copy a complete run and its page to where they are kept with the code, and list it in the index.

    Raises:
        UsageError: The run is not complete or cannot be read, the name is taken or none, or what it names is no run.
    """
    if not name.replace("-", "").replace("_", "").isalnum():
        message = f"{name!r} is no name for a published run; use letters, digits, '-' and '_'"
        raise UsageError(message)
    folder = find_run(results, run)
    analyse(load(folder.path))  # What cannot be read must not take the place of what can.
    copy = folder.publish(results / PUBLISHED / name, replace=replace)
    page = render(copy.path, reports / PUBLISHED / name)
    Terminal().print(Text(f"{copy.path}\n{page}\n{index.write(results, reports)}"), soft_wrap=True)


def show_and_render(folder: RunFolder, reports: Path, console: Console) -> None:
    """Keep the precision in run.json, render the report and show the verdicts."""
    analysis = analyse(load(folder.path))
    _keep_precision(folder, analysis)
    page = render_analysis(analysis, reports / folder.id)
    show(analysis, console)
    _say_where(page, folder, console)


def render_with_data(folder: RunFolder, reports: Path, console: Console) -> dict[str, Any]:
    """Render the report of a run of load, and return what was measured as plain data for JSON.

    Raises:
        UsageError: The run has no load.
    """
    analysis = analyse(load(folder.path))
    if analysis.load is None:
        message = f"run {folder.id} has no load"
        raise UsageError(message)
    page = render_analysis(analysis, reports / folder.id)
    _say_where(page, folder, console)
    return as_data(analysis, analysis.load, assess(analysis))


def _say_where(page: Path, folder: RunFolder, console: Console) -> None:
    console.print(Text(f"Report: {page}"), soft_wrap=True)
    console.print(Text(f"Raw data: {folder.path}"), soft_wrap=True)


def _keep_precision(folder: RunFolder, analysis: Analysis) -> None:
    half_width, count = precision(analysis)
    record = folder.read()
    if count and record["precision"] is None:
        record["precision"] = {"median_half_width": round(half_width, 5), "contrasts": count}
        folder.write(record)
