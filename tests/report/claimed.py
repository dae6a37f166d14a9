"""One claim on a synthetic run, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import stored

from bench.report.claims.deciding import decide
from bench.report.claims.decisions import ClaimResult
from bench.report.findings.analysis import analyse
from bench.report.reading.results import load

PLAN = stored.Plan(backends=("sqlite",), parameters={"parents": [20, 500]}, passes=4)
IDS = ["parents=20", "parents=500"]


def decided(
    folder: Path,
    check: dict[str, Any],
    plan: stored.Plan = PLAN,
    without: tuple[str, str] | None = None,
    **changes: Any,  # noqa: ANN401 - JSON
) -> ClaimResult:
    """Return what becomes of one claim on a synthetic SQLite run, whose groups lack a variant on a driver."""
    stored.write(folder / "run", plan)
    path = folder / "run" / "run.json"
    data = json.loads(path.read_text())
    data["scenarios"][0]["claims"] = [{"id": "C1", "text": "said", "advice": "", "check": check}]
    for group in data["groups"]:
        group["cases"] = [case for case in group["cases"] if (case["variant"], case["driver"]) != without]
    data.update(changes)
    path.write_text(json.dumps(data))
    return decide(analyse(load(folder / "run")))[0]


def faster(times: float, variant: str = "selectin", than: str = "joined") -> dict[str, Any]:
    """Return a claim on time."""
    return {"kind": "faster", "variant": variant, "than": than, "times": times, "where": IDS}
