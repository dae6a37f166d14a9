"""The published reports and their index are what the raw data give."""

from __future__ import annotations

from pathlib import Path

import pytest
from published import LARGE, PUBLISHED, ROOT, analysed, check_rendered

from bench.report import index


@pytest.mark.parametrize("run", [run for run in PUBLISHED if run.name != LARGE], ids=lambda path: path.name)
def test_a_published_report_is_rendered_from_its_raw_data(run: Path, tmp_path: Path) -> None:
    """Rendering the kept data again gives every file of the report, byte for byte."""
    check_rendered(run, tmp_path)


def test_the_index_of_the_published_runs_is_current(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rendering it again gives the same bytes."""
    monkeypatch.setattr(index, "load", lambda run: run)
    monkeypatch.setattr(index, "analyse", analysed)
    page = index.write(ROOT / "results", tmp_path)
    assert page.read_bytes() == (ROOT / "reports" / "index.html").read_bytes()


def test_there_is_a_published_run() -> None:
    """The README's figure comes from a run that is kept."""
    assert "quick" in [run.name for run in PUBLISHED]
