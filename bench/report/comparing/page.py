"""The one self-contained page of a comparison."""

from __future__ import annotations

from pathlib import Path

from bench.core.errors import UsageError
from bench.report import templating
from bench.report.comparing import telling
from bench.report.comparing.comparison import Comparison
from bench.report.comparing.gate import Outcome
from bench.report.making import repetition


def write(comparison: Comparison, outcome: Outcome | None, file: Path) -> None:
    """Write the page.

    Raises:
        UsageError: The file cannot be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(html(comparison, outcome), encoding="utf-8")
    except OSError as error:
        message = f"cannot write {file}: {error.strerror}; choose another file with --html"
        raise UsageError(message) from None


def html(comparison: Comparison, outcome: Outcome | None) -> str:
    """Return the page; whatever text a result holds is shown as text."""
    runs = [("BASE", comparison.base), ("NEW", comparison.new)]
    context = {
        "comparison": comparison,
        "outcome": outcome,
        "telling": telling,
        "rows": telling.rows(comparison),
        "runs": [(name, side.run.manifest, repetition(side.run.manifest)) for name, side in runs],
    }
    return templating.environment().get_template("comparison.html").render(context) + "\n"
