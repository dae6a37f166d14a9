"""Processes of ours are started so that they import nothing from the working folder."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from bench.core.interpreter import module_command

ROOT = Path(__file__).parents[2]
ROOMS = ("bench", "scenarios", "target_app")
BY_HAND = re.compile(r"""executable,\s*["']-m["']""")
"""Python started with `-m` alone, in one line or over several."""


def test_a_file_in_the_working_folder_is_not_imported(tmp_path: Path) -> None:
    """It is not even found, whatever module it is named like."""
    (tmp_path / "ambush.py").write_text("raise SystemExit('imported')")
    ended = subprocess.run(module_command("ambush"), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "No module named ambush" in ended.stderr


@pytest.mark.parametrize("room", ROOMS)
def test_no_process_is_started_by_hand(room: str) -> None:
    """`module_command` is the only place that names `-m`; it keeps the working folder out."""
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    assert [str(file) for file in files if BY_HAND.search(file.read_text(encoding="utf-8"))] == []
