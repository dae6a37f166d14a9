"""The published reports and the pages of the documentation about runs are what the raw data give."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from bench.cli.claims import at_hand
from bench.report import index
from bench.report.claims import claims_page, faults_page
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load
from bench.report.render import render_analysis

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PUBLISHED = sorted(path.parent for path in (ROOT / "results" / "published").glob("*/run.json"))
EXPERIMENTS = [run for run in PUBLISHED if (run / "experiments.json").is_file()]
CLAIMED = re.search(r"^CLAIMED := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
LARGEST_BYTES = 160_000
"""A page of claims that is much longer nobody reads, and GitHub shows it slowly."""


@pytest.fixture(scope="module")
def analysed() -> Callable[[Path], Analysis]:
    """Return the function that reads and analyses a published run, once for all tests that look at it."""
    return cache(lambda run: analyse(load(run)))


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file below a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("run", PUBLISHED, ids=lambda path: path.name)
def test_a_published_report_is_rendered_from_its_raw_data(
    analysed: Callable[[Path], Analysis], run: Path, tmp_path: Path
) -> None:
    """Rendering the kept data again gives every file of the report, byte for byte."""
    again = tmp_path / "published" / run.name
    render_analysis(analysed(run), again)
    assert contents(again) == contents(ROOT / "reports" / "published" / run.name)


def test_the_index_of_the_published_runs_is_current(
    analysed: Callable[[Path], Analysis], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rendering it again gives the same bytes."""
    monkeypatch.setattr(index, "load", lambda run: run)
    monkeypatch.setattr(index, "analyse", analysed)
    page = index.write(ROOT / "results", tmp_path)
    assert page.read_bytes() == (ROOT / "reports" / "index.html").read_bytes()


def test_there_is_a_published_run() -> None:
    """The README's figure comes from a run that is kept."""
    assert "quick" in [run.name for run in PUBLISHED]


def test_the_page_of_all_claims_is_current(analysed: Callable[[Path], Analysis]) -> None:
    """It is what the published runs give that the Makefile names, in at most 150 KB; `make docs` writes it anew."""
    assert CLAIMED is not None
    runs = [ROOT / "results" / "published" / name for name in CLAIMED[1].split()]
    if missing := [run.name for run in runs if run not in PUBLISHED]:
        pytest.skip(f"not published: {missing}")
    text = claims_page.page([analysed(run) for run in runs], at_hand())
    assert (DOCS / "claims.md").read_text(encoding="utf-8") == text
    assert len(text.encode()) <= LARGEST_BYTES


@pytest.mark.skipif(not EXPERIMENTS, reason="no published run has experiments yet")
def test_the_page_of_drivers_under_faults_is_current(analysed: Callable[[Path], Analysis]) -> None:
    """It is what a published run gives."""
    pages = [faults_page.page(analysed(run).run) for run in EXPERIMENTS]
    assert (DOCS / "drivers-under-faults.md").read_text(encoding="utf-8") in pages
