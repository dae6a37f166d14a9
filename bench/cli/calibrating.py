"""`ormbench calibrate`: measure the harness and show how it did."""

from __future__ import annotations

import json
from pathlib import Path

from rich.markdown import Markdown
from rich.text import Text

from bench.calibrate.run import calibrate
from bench.calibrate.summary import cost_table, scores_table
from bench.cli.progress import watch_on
from bench.cli.terminal import Terminal


def show_calibration(results: Path, published: Path) -> None:
    """Calibrate, and show the scores beside those of plain pytest-benchmark."""
    console = Terminal()
    file = calibrate(results, published, watch_on(console))
    judged = json.loads(file.read_text(encoding="utf-8"))
    console.print(Markdown(f"{scores_table(judged)}\n\n{cost_table(judged)}"))
    console.print(Text(f"Scores: {file}"), soft_wrap=True)
