"""Units that are measured and weighed for real, on SQLite: crowds have latencies, and memory is told case by case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bench.core.cases import Group
from bench.core.conditions import Collector, Conditions
from bench.core.contract import Scenario, Variant
from bench.core.profiles import PROFILES
from bench.measure.workbench import Workbench
from bench.micro.measurement import Measurement
from bench.micro.preparation import Prepared, prepared
from bench.micro.proving import prove
from bench.micro.request import Request
from bench.micro.stopwatch import Stopwatch
from bench.micro.unit import Unit
from bench.micro.watch import Watch
from bench.micro.weighing import weigh
from tests.micro import shelf

SMOKE = replace(PROFILES["smoke"], block_ms=0.5)


@pytest.fixture
def ready() -> Iterator[Prepared]:
    """Return SQLite with the books of the shelf."""
    request = Request(profile=SMOKE, backends=("sqlite",), patterns=("shelf/shelf=1[*",))
    with prepared([shelf.SCENARIO], request, Stopwatch(), Watch()) as up:
        yield up


def unit_of(ready: Prepared, scenario: Scenario) -> Unit:
    """Return a unit of one group, with the A/A twins."""
    group = Group(scenario, {"shelf": 1}, "sqlite", "sqlite", ready.drivers["sqlite"])
    return Unit(
        pass_number=1,
        backend="sqlite",
        seed=1,
        budget_s=0.2,
        rounds=(2, 3),
        block_ms=SMOKE.block_ms,
        size="small",
        files=[str(Path(shelf.__file__))],
        groups=[("shelf", group.parameters, None, [*group.cases(), *group.twins()])],
        routes=ready.routes["sqlite"],
    )


def measured(unit: Unit, scenario: Scenario) -> tuple[Measurement, list[Mapping[str, Any]]]:
    """Measure the unit and return what it tells, after it is closed."""
    events: list[Mapping[str, Any]] = []
    with Measurement(unit, [scenario], events.append) as measuring:
        for *_, cases in unit.groups:
            for case in cases:
                measuring.samples(case.id)
    return measuring, events


def test_a_crowd_has_latencies_and_waits(ready: Prepared) -> None:
    """What was timed, or under way at a stop, has latencies; the observed block has waits, and lags in a loop."""
    scenario = replace(shelf.SCENARIO, conditions=lambda _: Conditions(in_flight=3))
    unit = unit_of(ready, scenario)
    measuring, events = measured(unit, scenario)
    [(*_, cases)] = unit.groups
    found = measuring.histograms()
    for case in cases:
        samples = measuring.samples(case.id)
        inner = samples.calibration.inner
        assert inner % 3 == 0
        assert inner <= found[f"latency {case.id}"].total / len(samples.blocks) < inner + 3
        assert found[f"wait {case.id}"].total >= inner + 3
        assert (f"lag {case.id}" in found) == (case.driver == "aiosqlite")
    assert [event["event"] for event in events] == ["group"]
    assert measuring.machine_info()["delays"] == []


def test_single_operations_have_neither(ready: Prepared) -> None:
    """Their blocks are all there is: a histogram of the operations inside would cost time in each of them."""
    measuring, _ = measured(unit_of(ready, shelf.SCENARIO), shelf.SCENARIO)
    assert measuring.histograms() == {}


def test_a_case_about_the_collector_is_measured_beside_the_others(ready: Prepared) -> None:
    """All of a group have the same number of blocks, whatever the collector does in some of them."""

    def collecting(given: Conditions) -> Conditions:
        return replace(given, collector=Collector.ON)

    again = Variant("again", shelf.get, shelf.get_async, conditions=collecting)
    scenario = replace(shelf.SCENARIO, variants=[shelf.SCENARIO.variant("get"), again])
    unit = unit_of(ready, scenario)
    measuring, _ = measured(unit, scenario)
    blocks = {len(measuring.samples(case.id).blocks) for *_, cases in unit.groups for case in cases}
    assert len(blocks) == 1
    assert blocks <= {2, 3}


def test_the_proofs_find_the_plan_of_a_run_sound(ready: Prepared) -> None:
    """Each case is counted once, on a library without traffic."""
    proof, outcomes = prove(ready, 1, Watch())
    assert (proof.failures, outcomes) == ([], {})
    assert [(counts.case.variant, counts.case.driver) for counts in proof.counts] == [
        ("get", "pysqlite"),
        ("get", "aiosqlite"),
        ("again", "pysqlite"),
        ("again", "aiosqlite"),
    ]
    assert {counts.traffic for counts in proof.counts} == {None}


def test_every_case_of_a_unit_is_weighed(ready: Prepared, tmp_path: Path) -> None:
    """Each in a process of its own, in which the first operation takes some memory."""
    unit = unit_of(ready, shelf.SCENARIO)
    found = weigh(unit, tmp_path, shelf.SCENARIO.limit_s)
    assert [each["case"] for each in found] == [case.as_data() for *_, cases in unit.groups for case in cases]
    assert all(each["peak_bytes"] > 0 for each in found)


def test_an_operation_that_cannot_be_weighed_does_not_end_the_others(ready: Prepared, tmp_path: Path) -> None:
    """Each case that fails is named, and its words are in the log."""
    unit = unit_of(ready, shelf.SCENARIO)
    with Workbench(unit.routes["shelf"].direct) as bench, bench.engine("pysqlite").begin() as connection:
        connection.execute(text("DROP TABLE book"))
    found = weigh(unit, tmp_path, shelf.SCENARIO.limit_s)
    assert [each["failed"] for each in found] == [case.id for *_, cases in unit.groups for case in cases]
    assert "no such table: book" in (tmp_path / "weighing-sqlite.log").read_text(encoding="utf-8")
