"""The published reports are what their raw data give."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.report import index
from bench.report.render import render

ROOT = Path(__file__).parents[2]
PUBLISHED = sorted(path.parent for path in (ROOT / "results" / "published").glob("*/run.json"))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("run", PUBLISHED, ids=lambda path: path.name)
def test_a_published_report_is_rendered_from_its_raw_data(run: Path, tmp_path: Path) -> None:
    """Rendering the kept data again gives every file of the report, byte for byte."""
    render(run, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(ROOT / "reports" / "published" / run.name)


def test_the_index_of_the_published_runs_is_current(tmp_path: Path) -> None:
    """Rendering it again gives the same bytes."""
    page = index.write(ROOT / "results", tmp_path)
    assert page.read_bytes() == (ROOT / "reports" / "index.html").read_bytes()


def test_there_is_a_published_run() -> None:
    """The README's figure comes from a run that is kept."""
    assert "quick" in [run.name for run in PUBLISHED]
