"""Render a run: one page, one Markdown summary, CSV and the figures, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path

from bench.core.errors import UsageError
from bench.report import drawing, markdown, page, spreadsheets
from bench.report.findings import crossover
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load


def render(run_dir: Path, out_dir: Path) -> Path:
    """Write index.html, report.md, CSV files and figures/ into the folder, and return the path of the page.

    Raises:
        UsageError: The results cannot be read, or the folder cannot be written.
    """
    return render_analysis(analyse(load(run_dir)), out_dir)


def render_analysis(analysis: Analysis, out_dir: Path) -> Path:
    """Do the same for a run that is read and analysed already.

    Raises:
        UsageError: The folder cannot be written.
    """
    folder = out_dir / "figures"
    try:
        _clear(folder)
        every_series = crossover.series(analysis)
        drawn = drawing.draw(analysis, every_series, folder)
        index = out_dir / "index.html"
        index.write_text(page.html(analysis, every_series, drawn, folder), encoding="utf-8")
        (out_dir / "report.md").write_text(markdown.text(analysis, every_series, drawn), encoding="utf-8")
        spreadsheets.write(analysis, out_dir)
    except OSError as error:
        message = f"cannot write the report to {out_dir}: {error.strerror}; choose another folder with --reports"
        raise UsageError(message) from None
    return index


def _clear(folder: Path) -> None:
    """Remove the figures of an earlier rendering, and nothing else."""
    for stale in [*folder.glob("*.png"), *folder.glob("*.svg")]:
        stale.unlink()
