"""Measure the groups of one unit within its budget: all are calibrated first, each is timed when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from random import Random
from time import perf_counter
from typing import Any, Self

from bench.core.contract import Scenario
from bench.core.doubts import GROWTH_LIMIT_BYTES
from bench.core.histograms import Histogram
from bench.core.vitals import Vitals
from bench.measure.delays import measure_delays
from bench.measure.interleaving import Effort, Samples
from bench.measure.memory import HoardError, growth, hoards
from bench.measure.observation import NOTHING, Observation
from bench.measure.overhead import measure_overhead
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.micro.sentry import HANGS, Sentry
from bench.micro.timed_group import TimedGroup
from bench.micro.unit import Unit, derived_seed

Report = Callable[[Mapping[str, Any]], None]
"""Receives an event for whoever watches: a group begins, a case is given up or hangs."""


class Measurement:
    """The samples of one unit; use it as a context manager around the process's measuring."""

    def __init__(self, unit: Unit, scenarios: Sequence[Scenario], report: Report) -> None:
        self.unit = unit
        self._scenarios = {scenario.name: scenario for scenario in scenarios}
        self._report = report
        self._cases = {case.id: case for *_, cases in unit.groups for case in cases}
        self._groups: dict[str, TimedGroup] = {}
        self._calibrated: dict[str, list[Samples]] = {}
        self._rounds: dict[str, int] = {}
        self._samples: dict[str, Samples] = {}
        self._observed: dict[str, Observation] = {}
        self._growth_bytes: dict[str, int] = {}
        self._spent_s = {"warm_up_s": 0.0, "measuring_s": 0.0}
        self._stack = ExitStack()
        self._before = Vitals.now()

    def __enter__(self) -> Self:
        routes = self.unit.routes
        stewards = {name: self._stack.enter_context(Steward(each.steward)) for name, each in routes.items()}
        limits_s = [self._scenarios[name].limit_s for name, *_ in self.unit.groups]
        sentry = self._stack.enter_context(Sentry(min(limits_s), self._hung))
        benches: dict[tuple[str, float | None], Workbench] = {}
        for name, parameters, delay_ms, cases in self.unit.groups:
            scenario = self._scenarios[name]
            dataset, random = scenario.dataset, Random(derived_seed(self.unit.order_seed, cases[0].group))
            place = (dataset.name, delay_ms)
            if place not in benches:
                benches[place] = self._stack.enter_context(Workbench(routes[dataset.name].under(delay_ms)))
            self._groups[cases[0].group] = TimedGroup(
                scenario,
                parameters,
                cases,
                benches[place],
                stewards[dataset.name],
                sentry,
                dataset.size(self.unit.size),
                random,
                first_pass=self.unit.pass_number == 1,
            )
        self._any_bench = next(iter(benches.values()))
        self._overhead = measure_overhead(self._any_bench)
        self._delays = measure_delays(routes, {delay_ms: bench for (_, delay_ms), bench in benches.items()})
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
        self._groups[case.group].perform(case, self.unit.order_seed)

    def observation(self, case_id: str) -> Observation:
        """Return what was observed of a measured case beside its time."""
        return self._observed.get(case_id, NOTHING)

    def histograms(self) -> dict[str, Histogram]:
        """Return the latencies, waits for a connection and loop lags of what was measured with several in flight."""
        found: dict[str, Histogram] = {}
        for case_id, samples in self._samples.items():
            if samples.latencies.total:
                found[f"latency {case_id}"] = samples.latencies
            for name, histogram in self._observed.get(case_id, NOTHING).histograms().items():
                found[f"{name} {case_id}"] = histogram
        return found

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
            "delays": self._delays,
            "load_before": list(self._before.load),
            "load_after": list(after.load),
            "growth_bytes": {name: grown for name, grown in self._growth_bytes.items() if grown > GROWTH_LIMIT_BYTES},
            "steal_share": round(after.steal_share_since(self._before), 5),
            **{name: round(seconds, 3) for name, seconds in self._spent_s.items()},
        }

    def _hung(self, case_id: str, limit_s: float) -> None:
        """Tell the run why this process ends; what it knows of the case may be all that is ever known."""
        self._report({"event": HANGS, "id": case_id, "reason": f"did not end within {limit_s:g} s and was stopped"})

    def _calibrate(self) -> None:
        """Warm all groups up, so that their rounds can be planned together."""
        start_s = perf_counter()
        for group_id, group in self._groups.items():
            self._calibrated[group_id] = group.calibrate(self.unit.block_ms * 1e6)
        effort = Effort(self.unit.budget_s * 1e9, self.unit.rounds, self.unit.block_ms * 1e6)
        counts = effort.rounds_for(list(self._calibrated.values()))
        self._rounds = dict(zip(self._calibrated, counts, strict=True))
        self._spent_s["warm_up_s"] += perf_counter() - start_s

    def _measure(self, group_id: str) -> None:
        if not self._calibrated:
            self._calibrate()
        samples, rounds = self._calibrated[group_id], self._rounds[group_id]
        self._report({"event": "group", "id": group_id, "cases": len(samples), "rounds": rounds})
        self._observed |= self._groups[group_id].measure(samples, rounds)
        self._growth_bytes[group_id] = _blame_hoards(samples)
        self._spent_s["measuring_s"] += sum(block.elapsed_ns for each in samples for block in each.blocks) / 1e9
        for each in samples:
            self._samples[each.case.id] = each
        # Those that lost a connection come first: the run may begin the unit anew, and the others are not blamed then.
        for each in sorted(samples, key=lambda one: not one.lost):
            if each.failure is not None:
                self._report({"event": "failed", "id": each.case.id, "reason": each.failure, "lost": each.lost})


def _blame_hoards(samples: Sequence[Samples]) -> int:
    """Give up the cases that keep what they load; return by how many bytes the others grew together."""
    growths_bytes = {each.case.id: growth(each.changes_bytes) for each in samples}
    hoarded = hoards(growths_bytes, GROWTH_LIMIT_BYTES)
    for each in samples:
        if each.case.id in hoarded and each.failure is None:
            kept_mib = hoarded[each.case.id] / 2**20
            message = (
                f"kept {kept_mib:.0f} MiB more in the second half of its blocks; "
                "let go of what an operation loads: lists of the module, caches without a limit, sessions"
            )
            each.give_up(HoardError(message))
    return sum(growths_bytes.values()) - sum(hoarded.values())
