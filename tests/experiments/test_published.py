"""The published runs have an outcome of every experiment of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from bench.core.discovery import discover_experiments

PUBLISHED = Path(__file__).parents[2] / "results" / "published"
RUNS = ("full",)


def test_every_experiment_has_a_published_outcome() -> None:
    """On one driver at least, of one of the runs that perform them; one that was added since is missing."""
    records = [json.loads((PUBLISHED / run / "experiments.json").read_text(encoding="utf-8")) for run in RUNS]
    found = {
        each["name"]
        for record in records
        for each in record["experiments"]
        if any(result.get("outcomes") for result in each["results"])
    }
    assert [each.name for each in discover_experiments() if each.name not in found] == []
