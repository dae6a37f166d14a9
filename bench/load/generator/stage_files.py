"""The files of a stage: opened afresh, and appended to as windows end and reports come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.core.histograms import write_head
from bench.load.generator.recording import Report

PLAN = "plan.json"


class StageFiles:
    """The folder of a stage as the one process writes it that has all reports: the only one, or the master."""

    def __init__(self, folder: Path) -> None:
        self._windows = (folder / "windows.jsonl").open("w", encoding="utf-8")
        self._reports = {
            "intervals": (folder / "intervals.hlog").open("w", encoding="utf-8"),
            "seconds": (folder / "seconds.jsonl").open("w", encoding="utf-8"),
        }
        write_head(self._reports["intervals"])

    def add(self, report: Report) -> None:
        """Append what a process recorded."""
        for kind, text in report.items():
            self._reports[kind].write(text)
            self._reports[kind].flush()

    def end_window(self, line: Mapping[str, Any]) -> None:
        """Append the line of a window that is over."""
        self._windows.write(json.dumps(line) + "\n")
        self._windows.flush()

    def close(self) -> None:
        """Close the files."""
        for file in (self._windows, *self._reports.values()):
            file.close()
