"""How a run and its processes speak: what is told where one of them is gone."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.micro.process import hand_over, launch


def test_a_process_that_dies_before_it_has_read_is_told_by_its_end(tmp_path: Path) -> None:
    """Its task is larger than what a pipe holds: neither handing it over nor closing the pipe raises."""
    process, lifeline, events = launch([sys.executable, "-c", "raise SystemExit(7)"], tmp_path / "log", 1)
    with lifeline, events:
        hand_over({"cases": "x" * 2**20}, lifeline)
        assert list(events) == []
    assert process.wait() == 7
