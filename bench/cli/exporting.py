"""`ormbench export`: a run as a file for another tool, on standard output or in a file."""

from __future__ import annotations

import sys
from pathlib import Path

from bench.core.errors import UsageError
from bench.core.store import find_run
from bench.core.visible import visible
from bench.export.formats import find, notes
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load


def export_run(run: str, format_name: str, results: Path, out: Path | None) -> None:
    """Write a run in the format of that name; what the format cannot hold is said on standard error.

    Raises:
        UsageError: There is no such run or format, or the file cannot be written.
    """
    chosen = find(format_name)
    analysis = analyse(load(find_run(results, run).path))
    text = chosen.text(analysis)
    if out is None:
        sys.stdout.write(text)
    else:
        _write(out, text)
    for note in notes(analysis, chosen):
        sys.stderr.write(f"ormbench: {visible(note)}\n")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        message = f"cannot write to {out}: {error.strerror}; choose another file with --out"
        raise UsageError(message) from None
