"""Judge a run of load by its thresholds, and keep what became of them as JUnit XML beside its stages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from bench.load.judging.junit import junit_xml
from bench.load.judging.thresholds import Result, judge_thresholds, not_met, parse_threshold
from bench.load.measuring import FILE
from bench.load.reading.cells import cells
from bench.load.reading.stage_folder import read_stage

JUNIT = "thresholds.xml"
_UNJUDGED = ("ceiling", "knee")
"""Purposes of stages that no threshold is for: one asks nothing of the application, one goes beyond every limit."""


def judge_run(place: Path) -> Sequence[Result]:
    """Return what of the thresholds is not met, and write the file for CI servers; nothing where none was given.

    Args:
        place: `results/<run>/load`.

    Raises:
        UsageError: A stage is damaged.
    """
    load = json.loads((place / FILE).read_text(encoding="utf-8"))
    if not load["thresholds"]:
        return ()
    stages = [read_stage(place / each["name"]) for each in load["stages"] if each["purpose"] not in _UNJUDGED]
    thresholds = [parse_threshold(text) for text in load["thresholds"]]
    results = judge_thresholds(thresholds, cells(stages, load["ceiling_per_s"]))
    (place / JUNIT).write_text(junit_xml(results), encoding="utf-8")
    return not_met(results)
