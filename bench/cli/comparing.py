"""`ormbench compare`: show two runs beside each other, and end with 1 where a gate fails."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import typer

from bench.cli.terminal import Terminal
from bench.core.errors import UsageError
from bench.core.store import find_run
from bench.report.comparing import gate, markdown, terminal
from bench.report.comparing.comparison import compare
from bench.report.comparing.data import as_data
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load


@dataclass(frozen=True, kw_only=True)
class Shown:
    """How a comparison is shown."""

    as_json: bool = False
    as_markdown: bool = False
    page: Path | None = None
    absolute: bool = False


def compare_runs(
    runs: tuple[str, str], results: Path, fail_on: Sequence[str], shown: Shown, *, force: bool = False
) -> None:
    """Compare BASE with NEW, and exit with 1 where a limit of `fail_on` is exceeded.

    Raises:
        UsageError: A run cannot be read, the two cannot be compared, or an option is malformed.
    """
    if shown.as_json and shown.as_markdown:
        message = "--json and --markdown both write to standard output; give one of them"
        raise UsageError(message)
    limits = gate.limits(fail_on) if fail_on else None
    base, new = (analyse(load(find_run(results, name).path)) for name in runs)
    comparison = compare(base, new, force=force)
    outcome = gate.hold(comparison, limits) if limits else None
    if shown.page:
        from bench.report.comparing import page  # noqa: PLC0415 - templates are slow to import

        page.write(comparison, outcome, shown.page)
    if shown.as_json:
        sys.stdout.write(json.dumps(as_data(comparison, outcome), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    elif shown.as_markdown:
        sys.stdout.write(markdown.text(comparison, outcome, absolute=shown.absolute))
    else:
        terminal.show(comparison, outcome, Terminal(), absolute=shown.absolute)
    if outcome is not None and outcome.failed:
        raise typer.Exit(1)
