"""Render a run: one page, one Markdown summary and the figures, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path

from bench.core.errors import UsageError
from bench.report import figures, markdown, page
from bench.report.analysis import analyse
from bench.report.results import load


def render(run_dir: Path, out_dir: Path) -> Path:
    """Write index.html, report.md and figures/ into the folder, and return the path of the page.

    Raises:
        UsageError: The results cannot be read, or the folder cannot be written.
    """
    analysis = analyse(load(run_dir))
    folder = out_dir / "figures"
    try:
        _clear(folder)
        drawn = figures.draw(analysis, folder)
        index = out_dir / "index.html"
        index.write_text(page.html(analysis, drawn, folder), encoding="utf-8")
        (out_dir / "report.md").write_text(markdown.text(analysis, drawn), encoding="utf-8")
    except OSError as error:
        message = f"cannot write the report to {out_dir}: {error.strerror}; choose another folder with --reports"
        raise UsageError(message) from None
    return index


def _clear(folder: Path) -> None:
    """Remove the figures of an earlier rendering, and nothing else."""
    for stale in [*folder.glob("*.png"), *folder.glob("*.svg")]:
        stale.unlink()
