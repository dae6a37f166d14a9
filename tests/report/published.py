"""The published runs, each analysed once for all tests of a file, and the check of a report against its data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render_analysis

ROOT = Path(__file__).parents[2]
PUBLISHED = sorted(path.parent for path in (ROOT / "results" / "published").glob("*/run.json"))
LARGE = "full"
"""Rendered in a file of tests of its own: it takes as long as all others together."""


@cache
def analysed(run: Path) -> Analysis:
    """Return what a published run says."""
    return analyse(load(run))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def check_rendered(run: Path, folder: Path) -> None:
    """Make sure that rendering the kept data again gives every file of the report, byte for byte."""
    again = folder / "published" / run.name
    render_analysis(analysed(run), again)
    assert contents(again) == contents(ROOT / "reports" / "published" / run.name)
