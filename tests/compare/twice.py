"""Build two synthetic runs of the same plan, and change the second as a test asks."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import stored

from bench.report.comparing.comparison import Comparison, compare
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load

Edit = Callable[[dict[str, Any]], None]
SMALL: dict[str, Any] = {
    "backends": ("postgresql",),
    "parameters": {"parents": [20]},
    "variants": ("selectin", "joined", "select"),
}
"""One group on four drivers."""
BASE_SEED, NEW_SEED = 10, 11
"""Of runs whose noise alone gives no case a winner: in one of twenty pairs it may, and does with 5 and 6."""


def nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


def run(
    folder: Path,
    name: str,
    seed: int,
    *,
    edit: Edit = nothing,
    slow: dict[str, float] | None = None,
    **plan: Any,  # noqa: ANN401 - the fields of a Plan
) -> Path:
    """Write a run under that name.

    Args:
        folder: Where its folder is made.
        name: Its id.
        seed: Of its noise.
        edit: Changes run.json.
        slow: Factors of time by the end of case ids, A/A twins among them.
        plan: What differs from SMALL.
    """
    path = stored.write(folder / name, stored.Plan(**{**SMALL, "seed": seed, **plan}))
    record = json.loads((path / "run.json").read_text())
    record |= {"id": name, "seed": 1}
    edit(record)
    (path / "run.json").write_text(json.dumps(record))
    for file in (path / "micro").iterdir():
        unit = json.loads(file.read_text())
        for entry in unit["benchmarks"]:
            factor = next((by for end, by in (slow or {}).items() if entry["name"].endswith(end)), 1.0)
            extra = entry["extra_info"]
            extra["elapsed_ns"] = [round(each * factor) for each in extra["elapsed_ns"]]
        file.write_text(json.dumps(unit))
    return path


def read(path: Path) -> Analysis:
    """Return the analysis of a run."""
    return analyse(load(path))


def compared(folder: Path, *, edit: Edit = nothing, slow: dict[str, float] | None = None, **plan: Any) -> Comparison:  # noqa: ANN401 - see run
    """Return a comparison of two runs of one plan, the second changed; unlike machines are forced."""
    base = run(folder, "base", BASE_SEED, **plan)
    new = run(folder, "new", NEW_SEED, edit=edit, slow=slow, **plan)
    return compare(read(base), read(new), force=True)
