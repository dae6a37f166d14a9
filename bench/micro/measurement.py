"""Measure the groups of one unit within its budget: all are calibrated first, each is timed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain
from random import Random
from time import perf_counter
from typing import Any, Self

from bench.core.cases import Case
from bench.core.claims import Parameters
from bench.core.contract import Scenario
from bench.core.vitals import Vitals
from bench.measure.interleaving import Effort, Samples, calibrate_group, measure_rounds, round_ns
from bench.measure.loops import Block
from bench.measure.overhead import measure_overhead
from bench.measure.workbench import Workbench
from bench.micro.unit import Unit, derived_seed

Report = Callable[[Mapping[str, Any]], None]
"""Receives an event for whoever watches: a group begins, a case is given up."""


@dataclass(frozen=True)
class _Group:
    """A group of the unit, ready to be timed."""

    scenario: Scenario
    parameters: Parameters
    cases: Sequence[Case]
    bench: Workbench
    size: Any
    random: Random

    def time_block(self, case: Case, keys: Sequence[Any]) -> Block:
        return self.bench.time(self.scenario.variant(case.variant), case.driver, keys)

    def draw_key(self, random: Random) -> Any:  # noqa: ANN401 - the scenario's own type
        return self.scenario.key(self.parameters, self.size, random)


class Measurement:
    """The samples of one unit; use it as a context manager around the process's measuring."""

    def __init__(self, unit: Unit, scenarios: Sequence[Scenario], report: Report) -> None:
        self.unit = unit
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._report = report
        self._cases = {case.id: case for _, _, cases in unit.groups for case in cases}
        self._groups: dict[str, _Group] = {}
        self._calibrated: dict[str, list[Samples]] = {}
        self._samples: dict[str, Samples] = {}
        self._rounds = 0
        self._spent_s = {"warm_up_s": 0.0, "measuring_s": 0.0}
        self._stack = ExitStack()
        self._before = Vitals.now()

    def __enter__(self) -> Self:
        benches = {
            dataset: self._stack.enter_context(Workbench(connections))
            for dataset, connections in self.unit.connections.items()
        }
        for name, parameters, cases in self.unit.groups:
            scenario = self._scenarios[name]
            dataset, random = scenario.dataset, Random(derived_seed(self.unit.order_seed, cases[0].group))
            size = dataset.size(self.unit.size)
            self._groups[cases[0].group] = _Group(scenario, parameters, cases, benches[dataset.name], size, random)
        self._any_bench = next(iter(benches.values()))
        self._overhead = measure_overhead(self._any_bench)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def samples(self, case_id: str) -> Samples:
        """Return what was measured of the case; the first call for a group measures all of it."""
        if case_id not in self._samples:
            self._measure(self._cases[case_id].group)
        return self._samples[case_id]

    def perform(self, case_id: str) -> None:
        """Do the work of a case once without a clock, for `--benchmark-disable`."""
        case = self._cases[case_id]
        group = self._groups[case.group]
        variant = group.scenario.variant(case.variant)
        group.bench.perform(variant, case.driver, group.draw_key(Random(self.unit.order_seed)))

    def machine_info(self) -> dict[str, Any]:
        """Return what the unit's JSON says about this process."""
        after = Vitals.now()
        return {
            "unit": self.unit.name,
            "pass": self.unit.pass_number,
            "backend": self.unit.backend,
            "hash_seed": self.unit.hash_seed,
            "order_seed": self.unit.order_seed,
            "loop": self._any_bench.loop_name,
            "overhead_ns": self._overhead.as_data(),
            "load_before": list(self._before.load),
            "load_after": list(after.load),
            "steal_share": round(after.steal_share_since(self._before), 5),
            **{name: round(seconds, 3) for name, seconds in self._spent_s.items()},
        }

    def _calibrate(self) -> None:
        """Warm all groups up, so that their rounds can be planned together: each group gets as many as the others."""
        start_s = perf_counter()
        for group_id, group in self._groups.items():
            cases = group.cases
            samples = calibrate_group(cases, group.time_block, group.draw_key, self.unit.block_ms * 1e6, group.random)
            self._calibrated[group_id] = samples
        everything = chain.from_iterable(self._calibrated.values())
        effort = Effort(self.unit.budget_s * 1e9, self.unit.rounds, self.unit.block_ms * 1e6)
        self._rounds = effort.rounds_for(round_ns(everything))
        self._spent_s["warm_up_s"] += perf_counter() - start_s

    def _measure(self, group_id: str) -> None:
        if not self._calibrated:
            self._calibrate()
        group, samples = self._groups[group_id], self._calibrated[group_id]
        self._report({"event": "group", "id": group_id, "cases": len(samples), "rounds": self._rounds})
        measure_rounds(samples, group.time_block, group.draw_key, self._rounds, group.random)
        self._spent_s["measuring_s"] += sum(block.elapsed_ns for each in samples for block in each.blocks) / 1e9
        for each in samples:
            self._samples[each.case.id] = each
            if each.failure is not None:
                self._report({"event": "failed", "id": each.case.id, "reason": each.failure})
