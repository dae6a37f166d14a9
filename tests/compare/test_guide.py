"""The workflow in docs/compare.md calls the command as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import twice
from test_gate import edit_counts

ROOT = Path(__file__).parents[2]
GATE = re.compile(r"^ +(new/\.venv/bin/ormbench compare .*)$", re.MULTILINE)
MEASURE = re.compile(r"\.venv/bin/ormbench (run .*?)\)$", re.MULTILINE)


def guide() -> str:
    """Return the page."""
    return (ROOT / "docs" / "compare.md").read_text(encoding="utf-8")


def call(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line of the workflow in a shell, with the program of this checkout."""
    program = f"{sys.executable} -m bench.cli"
    command = re.sub(r"(new/)?\.venv/bin/ormbench", program, line)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        ["bash", "-c", command], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.parametrize(("more", "code"), [(0, 0), (1, 1)])
def test_the_workflow_gates_on_counts(tmp_path: Path, more: int, code: int) -> None:
    """Its line on two smoke runs writes the comparison, and fails where a statement came in addition."""
    [line] = GATE.findall(guide())
    twice.run(tmp_path / "runs" / "base", "base", twice.BASE_SEED, evidence=False)
    twice.run(tmp_path / "runs" / "new", "new", twice.NEW_SEED, evidence=False, edit=edit_counts(more))
    done = call(line, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
    said = (tmp_path / "comparison.md").read_text(encoding="utf-8")
    assert ("Gate failed" in said, "Gate passed" in said) == (bool(more), not more)


def test_the_workflow_measures_where_it_compares(tmp_path: Path) -> None:
    """Its line that measures, on one scenario and driver to be quick, leaves a run and a report where it looks."""
    [line] = MEASURE.findall(guide())
    (tmp_path / "new").mkdir()
    short = f".venv/bin/ormbench {line} loading --driver pysqlite".replace("$side", "new").replace(
        "--backend postgresql", ""
    )
    done = call(short, tmp_path / "new")
    assert done.returncode == 0, done.stderr
    [run] = (tmp_path / "runs" / "new").iterdir()
    [report] = (tmp_path / "reports" / "new").glob("*/report.md")
    assert report.parent.name == run.name
