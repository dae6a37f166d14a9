"""The documentation does what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_scenario_of_the_guide_passes_its_proofs(tmp_path: Path) -> None:
    """The whole file in docs/add-a-scenario.md runs as it is printed."""
    guide = (ROOT / "docs" / "add-a-scenario.md").read_text(encoding="utf-8")
    [text] = EXAMPLE.findall(guide)
    file = tmp_path / "books.py"
    file.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "bench.cli", "check", "--scenario", str(file), "--backend", "sqlite"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "4 cases in 1 groups: all do the same work." in done.stdout


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/methodology.md", "docs/read-a-report.md"])
def test_links_lead_somewhere(name: str) -> None:
    """Every relative link and picture of the documentation exists."""
    page = ROOT / name
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []


def test_commands_of_the_readme_exist() -> None:
    """Every `ormbench` and `make` command that the README shows is one."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"^\$ ormbench (\w+)", readme, re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-m", "bench.cli", "--help"], capture_output=True, text=True, cwd=ROOT, check=True
    ).stdout
    assert shown <= set(re.findall(r"^  (\w+) ", help_text, re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"^\$ make (\w+)", readme, re.MULTILINE)) <= targets


def test_constraints_are_versions_only() -> None:
    """Every pin is a name and a version; no address of an index stands in it."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.]+", line)] == []
