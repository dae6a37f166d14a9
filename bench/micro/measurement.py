"""Measure the groups of one unit, each when it is first asked for, within the unit's budget."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from random import Random
from time import perf_counter
from typing import Any, Self

from bench.core.cases import Case
from bench.core.contract import Scenario
from bench.core.vitals import Vitals
from bench.measure.interleaving import Effort, Samples, measure_group
from bench.measure.loops import Block
from bench.measure.overhead import measure_overhead
from bench.measure.workbench import Workbench
from bench.micro.unit import Unit, derived_seed

Report = Callable[[Mapping[str, Any]], None]
"""Receives an event for whoever watches: a group begins, a case is given up."""


class Measurement:
    """The samples of one unit; use it as a context manager around the process's measuring."""

    def __init__(self, unit: Unit, scenarios: Sequence[Scenario], report: Report) -> None:
        self.unit = unit
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._report = report
        self._samples: dict[str, Samples] = {}
        self._cases = {case.id: case for _, _, cases in unit.groups for case in cases}
        self._groups = {cases[0].group: (name, parameters, cases) for name, parameters, cases in unit.groups}
        self._left_s, self._cases_left = unit.budget_s, sum(len(cases) for _, _, cases in unit.groups)
        self._spent_s = {"warm_up_s": 0.0, "measuring_s": 0.0}
        self._stack = ExitStack()
        self._benches: dict[str, Workbench] = {}
        self._before = Vitals.now()

    def __enter__(self) -> Self:
        for dataset, connections in self.unit.connections.items():
            self._benches[dataset] = self._stack.enter_context(Workbench(connections))
        self._overhead = measure_overhead(next(iter(self._benches.values())))
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
        name, parameters, _ = self._groups[case.group]
        scenario = self._scenarios[name]
        key = scenario.key(parameters, self._size(scenario), Random(self.unit.order_seed))
        self._bench(scenario).perform(scenario.variant(case.variant), case.driver, key)

    def machine_info(self) -> dict[str, Any]:
        """Return what the unit's JSON says about this process."""
        after = Vitals.now()
        bench = next(iter(self._benches.values()))
        return {
            "unit": self.unit.name,
            "pass": self.unit.pass_number,
            "backend": self.unit.backend,
            "hash_seed": self.unit.hash_seed,
            "order_seed": self.unit.order_seed,
            "loop": bench.loop_name,
            "overhead_ns": self._overhead.as_data(),
            "load_before": list(self._before.load),
            "load_after": list(after.load),
            "steal_share": round(after.steal_share_since(self._before), 5),
            **{name: round(seconds, 3) for name, seconds in self._spent_s.items()},
        }

    def _measure(self, group_id: str) -> None:
        name, parameters, cases = self._groups[group_id]
        scenario, bench = self._scenarios[name], self._bench(self._scenarios[name])
        size, random = self._size(scenario), Random(derived_seed(self.unit.order_seed, group_id))
        effort = Effort(self._budget_s(cases) * 1e9, self.unit.rounds, self.unit.block_ms * 1e6)
        self._report({"event": "group", "id": group_id, "cases": len(cases)})

        def time_block(case: Case, keys: Sequence[Any]) -> Block:
            return bench.time(scenario.variant(case.variant), case.driver, keys)

        def draw_key(source: Random) -> object:
            return scenario.key(parameters, size, source)

        start_s = perf_counter()
        measured = measure_group(cases, time_block, draw_key, effort, random)
        self._account(cases, measured, perf_counter() - start_s)
        for each in measured:
            self._samples[each.case.id] = each
            if each.failure is not None:
                self._report({"event": "failed", "id": each.case.id, "reason": each.failure})

    def _budget_s(self, cases: Sequence[Case]) -> float:
        # What is left is shared by case, so that a slow group takes from the later ones and the run ends in time.
        return max(0.0, self._left_s) * len(cases) / max(1, self._cases_left)

    def _account(self, cases: Sequence[Case], measured: Sequence[Samples], elapsed_s: float) -> None:
        blocks_s = sum(block.elapsed_ns for each in measured for block in each.blocks) / 1e9
        self._spent_s["measuring_s"] += blocks_s
        self._spent_s["warm_up_s"] += elapsed_s - blocks_s
        self._left_s -= blocks_s
        self._cases_left -= len(cases)

    def _bench(self, scenario: Scenario) -> Workbench:
        return self._benches[scenario.dataset.name]

    def _size(self, scenario: Scenario) -> Any:  # noqa: ANN401 - see Dataset.size
        return scenario.dataset.size(self.unit.size)
