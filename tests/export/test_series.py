"""Time series: the points of a run for github-action-benchmark and Bencher.

Neither consumer is a Python package: the action is JavaScript inside of a workflow and Bencher a program and a service.
Their output is held against the documented shapes, and strictly: no field that they do not name, no other type.
"""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Annotated

import pytest
import stored
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from scipy import stats

from bench.export import bencher, github_action
from bench.export.points import points
from bench.report.findings.analysis import Analysis, analyse
from bench.report.reading.results import load

JOINED = "loading/parents=20[joined]@postgresql+asyncpg"
BASELINE = "loading/parents=20[selectin]@postgresql+asyncpg"
STRICT = ConfigDict(extra="forbid", strict=True)
RANGE = re.compile(r"± ([0-9.]+(?:e[+-][0-9]+)?)")
"""The sign and one number, with nothing behind it: the action takes all that follows the sign for the number."""


class Entry(BaseModel):
    """An entry of `customSmallerIsBetter`, as the README of the action has it."""

    model_config = STRICT

    name: Annotated[str, Field(min_length=1)]
    unit: Annotated[str, Field(min_length=1)]
    value: float
    range: str | None = None
    extra: str | None = None


class Metric(BaseModel):
    """A metric of BMF: one value, and two bounds that may be there."""

    model_config = STRICT

    value: float
    lower_value: float | None = None
    upper_value: float | None = None


Name = Annotated[str, Field(min_length=1, max_length=1024)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]


def entries(analysis: Analysis) -> dict[str, Entry]:
    """Return what the action reads, by name."""
    found = TypeAdapter(list[Entry]).validate_python(json.loads(github_action.text(analysis)))
    assert len({entry.name for entry in found}) == len(found)
    return {entry.name: entry for entry in found}


def benchmarks(analysis: Analysis) -> dict[Name, dict[Slug, Metric]]:
    """Return what Bencher reads."""
    return TypeAdapter(dict[Name, dict[Slug, Metric]]).validate_json(bencher.text(analysis))


def valid(analysis: Analysis) -> set[str]:
    """Return the ids of the cases that a time series may hold."""
    results = [result for group in analysis.groups for result in group.cases.values()]
    return {result.case.id for result in results if not result.void and not result.case.twin}


def test_every_valid_case_is_a_point(analysis: Analysis) -> None:
    """Void cases and A/A twins are none, and both formats hold the same."""
    assert len(valid(analysis)) == 35
    assert set(entries(analysis)) == set(benchmarks(analysis)) == valid(analysis)


def test_the_interval_of_a_time_is_that_of_the_medians_of_passes(analysis: Analysis) -> None:
    """It is Student's t over the logs of the passes' medians, and holds the median over all blocks."""
    logs = [math.log(median(blocks.wall_ns)) for blocks in analysis.run.blocks[JOINED].values()]
    low, high = stats.t.interval(0.95, len(logs) - 1, loc=sum(logs) / len(logs), scale=stats.sem(logs))
    [point] = [each for each in points(analysis) if each.name == JOINED]
    assert point.interval_ns is not None
    assert point.interval_ns.low == pytest.approx(min(math.exp(low), point.wall_ns))
    assert point.interval_ns.high == pytest.approx(max(math.exp(high), point.wall_ns))
    assert point.interval_ns.low <= point.wall_ns <= point.interval_ns.high


def test_the_interval_holds_a_median_that_few_long_passes_pull_away(analysis: Analysis) -> None:
    """Where one pass has most of the blocks, the median over all blocks lies outside of the t interval."""
    wall_ns = {1: (1000.0,), 2: (1001.0,), 3: (999.0,), 4: (1100.0,) * 9}
    passes = {number: replace(each, wall_ns=wall_ns[number]) for number, each in analysis.run.blocks[JOINED].items()}
    passes |= {number + 4: replace(passes[number]) for number in (1, 2, 3)}
    changed = analyse(replace(analysis.run, blocks={BASELINE: passes, JOINED: passes}))
    [point] = [each for each in points(changed) if each.name == JOINED]
    assert point.interval_ns is not None
    assert point.interval_ns.high == point.wall_ns == 1100.0
    assert point.interval_ns.low < 1000.0


def test_the_action_gets_the_median_and_a_number_behind_the_sign(analysis: Analysis) -> None:
    """`range` reaches from the median to the further end of the interval; the rest is text."""
    entry = entries(analysis)[JOINED]
    [point] = [each for each in points(analysis) if each.name == JOINED]
    assert (entry.unit, entry.value) == ("ns", pytest.approx(point.wall_ns, rel=1e-5))
    assert entry.range is not None
    found = RANGE.fullmatch(entry.range)
    assert found is not None
    assert point.interval_ns is not None
    reach = max(point.interval_ns.high - point.wall_ns, point.wall_ns - point.interval_ns.low)
    assert float(found[1]) == pytest.approx(reach, rel=1e-5)
    assert entry.extra is not None
    interval, ratio, counts = entry.extra.splitlines()
    assert interval.endswith("over 4 passes")
    assert re.fullmatch(r"time / selectin: 1\.\d+x \(1\.\d+-1\.\d+\), slower", ratio)
    assert counts == "statements 1, round trips 3"


def test_bencher_gets_each_count_as_a_measure_of_its_own(analysis: Analysis) -> None:
    """Latency is in ns with bounds, the ratio has bounds, and counts are whole numbers without."""
    measures = benchmarks(analysis)[JOINED]
    latency, ratio = measures["latency"], measures["ratio-to-baseline"]
    for each in (latency, ratio):
        assert each.lower_value is not None
        assert each.upper_value is not None
        assert each.lower_value <= each.value <= each.upper_value
    assert latency.value == pytest.approx(entries(analysis)[JOINED].value)
    assert ratio.value == pytest.approx(1.42, abs=0.05)
    counts = {name: measures[name].value for name in ("statements", "round-trips", "rows", "rows-read")}
    assert counts == {"statements": 1, "round-trips": 3, "rows": 220, "rows-read": 2420}
    assert measures["client-cpu-ns"].value < latency.value
    assert "peak-memory-bytes" not in measures
    select = benchmarks(analysis)["loading/parents=20[select]@sqlite+pysqlite"]
    assert select["peak-memory-bytes"].value == 48_000_000
    assert {"round-trips", "server-time-ns", "rows-read"}.isdisjoint(select)


def test_what_is_not_known_is_no_measure(analysis: Analysis) -> None:
    """A baseline has no ratio, and statements that were not heard are not zero."""
    found = benchmarks(analysis)
    assert "ratio-to-baseline" not in found[BASELINE]
    assert "statements" not in found["loading/parents=20[core_join]@postgresql+asyncpg"]


def test_one_pass_has_no_bounds_and_a_smoke_run_says_so(smoke: Analysis) -> None:
    """Without a spread between processes no range is made up; the text of a point says that it is no evidence."""
    for entry in entries(smoke).values():
        assert entry.range is None
        assert entry.extra is not None
        assert entry.extra.startswith("NOT EVIDENCE")
        assert "1 pass: no interval" in entry.extra
    for measures in benchmarks(smoke).values():
        assert all(metric.lower_value is None and metric.upper_value is None for metric in measures.values())


def test_names_are_the_same_in_every_run(analysis: Analysis, tmp_path: Path) -> None:
    """Another run with other seeds and times gives the series the same names and measures."""
    plan = stored.Plan(parameters={"parents": [20]}, passes=2, seed=99)
    other = analyse(load(stored.write(tmp_path / "other", plan)))
    assert set(entries(analysis)) < set(entries(other))
    later = benchmarks(other)
    assert all(
        set(later[name]) >= set(measures) - {"peak-memory-bytes"} for name, measures in benchmarks(analysis).items()
    )
