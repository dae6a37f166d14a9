"""The largest published report, and the pages of the documentation that its run gives, are what the raw data say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from published import LARGE, PUBLISHED, ROOT, analysed, check_rendered

from bench.cli.claims import at_hand
from bench.report.claims import claims_page, faults_page

DOCS = ROOT / "docs"
EXPERIMENTS = [run for run in PUBLISHED if (run / "experiments.json").is_file()]
CLAIMED = re.search(r"^CLAIMED := (.+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
LARGEST_BYTES = 160_000
"""A page of claims that is much longer nobody reads, and GitHub shows it slowly."""


@pytest.mark.parametrize("run", [run for run in PUBLISHED if run.name == LARGE], ids=lambda path: path.name)
def test_the_largest_report_is_rendered_from_its_raw_data(run: Path, tmp_path: Path) -> None:
    """Rendering the kept data again gives every file of the report, byte for byte."""
    check_rendered(run, tmp_path)


def test_the_page_of_all_claims_is_current() -> None:
    """It is what the published runs give that the Makefile names, in at most 150 KB; `make docs` writes it anew."""
    assert CLAIMED is not None
    runs = [ROOT / "results" / "published" / name for name in CLAIMED[1].split()]
    if missing := [run.name for run in runs if run not in PUBLISHED]:
        pytest.skip(f"not published: {missing}")
    text = claims_page.page([analysed(run) for run in runs], at_hand())
    assert (DOCS / "claims.md").read_text(encoding="utf-8") == text
    assert len(text.encode()) <= LARGEST_BYTES


@pytest.mark.skipif(not EXPERIMENTS, reason="no published run has experiments yet")
def test_the_page_of_drivers_under_faults_is_current() -> None:
    """It is what a published run gives."""
    pages = [faults_page.page(analysed(run).run) for run in EXPERIMENTS]
    assert (DOCS / "drivers-under-faults.md").read_text(encoding="utf-8") in pages
