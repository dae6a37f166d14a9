"""Replayed samples come out of pytest-benchmark exactly as they went in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from bench.micro.replay import VirtualClock

PLAIN_TEST = """
import pytest
from bench.micro.replay import CLOCK, replay

@pytest.mark.benchmark(timer=CLOCK.read_s)
def test_replayed(benchmark):
    replay(benchmark, [0.001, 0.0031, 0.002])
"""


def test_clock_stands_still_between_samples() -> None:
    """Only replaying a sample moves the clock."""
    clock = VirtualClock()
    clock.advance(0.25)
    assert clock.read_s() == clock.read_s() == 0.25
    clock.reset()
    assert clock.read_s() == 0.0


def test_samples_reach_the_json_unchanged(tmp_path: Path) -> None:
    """pytest-benchmark reports the replayed durations, in order and to the last bit."""
    test_file = tmp_path / "test_plain.py"
    test_file.write_text(PLAIN_TEST, encoding="utf-8")
    output = tmp_path / "out.json"
    command = [sys.executable, "-m", "pytest", "-q", "-c", "/dev/null", f"--benchmark-json={output}", str(test_file)]
    # Beside other workers of xdist pytest-benchmark would measure nothing.
    alone = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, env=alone)
    [benchmark] = json.loads(output.read_text(encoding="utf-8"))["benchmarks"]
    assert benchmark["stats"]["data"] == [0.001, 0.0031, 0.002]
    assert benchmark["stats"]["rounds"] == 3
