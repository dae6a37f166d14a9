"""`ormbench calibrate`: measure the harness and show how it did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bench.calibrate.run import calibrate
from bench.cli.progress import watch_on


def show_calibration(results: Path, published: Path) -> None:
    """Calibrate, and show the scores beside those of plain pytest-benchmark."""
    console = Console()
    file = calibrate(results, published, watch_on(console))
    judged = json.loads(file.read_text(encoding="utf-8"))
    console.print(_scores(judged["harness"], judged["plain_pytest_benchmark"]))
    costs = judged["overhead"]["empty_operation_ns"]
    console.print(
        Text(
            f"Harness per empty operation: {costs['sync']:.0f} ns sync, {costs['async']:.0f} ns async "
            f"(a loop written by hand: {costs['hand_sync']:.0f} and {costs['hand_async']:.0f} ns)."
        )
    )
    console.print(Text(f"Scores: {file}"), soft_wrap=True)


def _scores(harness: dict[str, Any], plain: dict[str, Any]) -> Table:
    table = Table("", "ormbench", "pytest-benchmark", box=None)
    rows = (
        ("groups", "groups", "{:d}"),
        ("A/A intervals", "twins", "{:d}"),
        ("of these hold 1", "coverage", "{:.1%}"),
        ("A/A ratios off by more than 5 %", "drifted_share", "{:.1%}"),
        ("5 % slowdown found", "power", "{:.1%}"),
        ("median half-width", "median_half_width", "{:.2%}"),
    )
    for label, key, form in rows:
        table.add_row(Text(label), form.format(harness[key]), form.format(plain[key]))
    return table
