"""One pytest-benchmark JSON of a whole run: every case once, with the blocks of all its passes.

`micro/` holds a file a unit in the same format. pytest-benchmark shows a case once for each file that it is given, so
that two merged runs stand beside each other, and two runs of eight passes would be sixteen lines a case.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

import pytest_benchmark
from pytest_benchmark.stats import Stats

from bench.report.findings.analysis import Analysis, CaseResult, GroupResult

NS_PER_S = 1e9
_STATS: Any = Stats
"""pytest-benchmark has no types."""


def text(analysis: Analysis) -> str:
    """Return the JSON; names and groups are those of the case, times are in seconds per operation."""
    run = analysis.run.manifest
    data = {
        "machine_info": {
            **asdict(run.environment),
            "run": run.id,
            "profile": run.profile.name,
            "evidence": run.profile.evidence,
        },
        "commit_info": {"id": run.environment.git},
        "benchmarks": [each for group in analysis.groups for each in _group(analysis, group)],
        "datetime": run.started,
        "version": pytest_benchmark.__version__,
    }
    return json.dumps(data, indent=1, allow_nan=False) + "\n"


def _group(analysis: Analysis, group: GroupResult) -> Iterator[Mapping[str, Any]]:
    for result in group.cases.values():
        if result.wall_ns is not None:
            yield _benchmark(analysis, group, result)


def _benchmark(analysis: Analysis, group: GroupResult, result: CaseResult) -> Mapping[str, Any]:
    case, run, count = result.case, analysis.run.manifest, result.count
    passes = analysis.run.blocks[case.id]
    stats = _STATS()
    for number in sorted(passes):
        for wall_ns in passes[number].wall_ns:
            stats.update(wall_ns / NS_PER_S)
    return {
        "group": case.group,
        "name": case.id,
        "fullname": case.id,
        # What `--group-by param:driver` asks for.
        "params": {
            **group.used.parameters,
            **{name: getattr(case, name) for name in ("scenario", "variant", "backend", "driver")},
        },
        "param": case.id,
        "extra_info": {
            "case": case.as_data(),
            "run": run.id,
            "evidence": run.profile.evidence,
            "passes": result.passes,
            "statements": count.statements if count else None,
            "round_trips": count.traffic.round_trips if count and count.traffic else None,
        },
        "options": {},
        "stats": {**stats.as_dict(), "data": stats.data, "iterations": 1},
    }
