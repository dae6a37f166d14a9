"""The untimed pass that weighs: peak memory and worst loop lag of one operation, each in a process of its own.

`python -m bench.micro.weighing` is that pass; a run hands it a unit as it does to a measuring process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from typing import Any

from bench.core.cases import Case
from bench.core.contract import Scenario
from bench.core.discovery import discover
from bench.core.errors import OrmbenchError
from bench.core.interpreter import module_command
from bench.measure.memory import in_child, peak_of
from bench.measure.steward import Steward
from bench.measure.workbench import Workbench
from bench.micro.channel import Channel
from bench.micro.process import TIME_LIMIT_FLOOR_S, ending, hand_over, launch
from bench.micro.unit import Unit
from bench.micro.watchdog import Watchdog


def weigh(unit: Unit, logs: Path, slowest_s: float) -> list[dict[str, Any]]:
    """Return what one operation of every case of the unit weighs, or why it failed, found in a new Python process.

    Args:
        unit: What to weigh.
        logs: The folder for the output of the process.
        slowest_s: The longest that a case may take; each has that, and the floor of a unit for all around it.

    Raises:
        OrmbenchError: The process died or hung; the message names its log.
    """
    log_file = logs / f"weighing-{unit.backend}.log"
    process, lifeline, events = launch(module_command("bench.micro.weighing"), log_file, unit.hash_seed)
    watchdog, limit_s = Watchdog(process), TIME_LIMIT_FLOOR_S + slowest_s
    watchdog.allow(limit_s)
    found = []
    with lifeline, events:
        try:
            hand_over(unit.as_data(), lifeline)
            for line in events:
                watchdog.allow(limit_s)
                found.append(json.loads(line))
            exit_code = process.wait()
        finally:
            watchdog.end()
    if exit_code != 0:
        how = f"did not get on for {limit_s:.0f} s and was stopped" if watchdog.has_bitten else ending(exit_code)
        message = f"weighing memory on {unit.backend} {how}; see {log_file}"
        raise OrmbenchError(message)
    return found


def _answers(unit: Unit, scenarios: Mapping[str, Scenario]) -> Iterator[dict[str, Any]]:
    for name, parameters, delay_ms, cases in unit.groups:
        scenario = scenarios[name]
        for case in cases:
            try:
                found = in_child(
                    lambda: _weighed(unit, scenario, parameters, delay_ms, case),  # noqa: B023 - called at once
                    scenario.limit_s,
                )
            except RuntimeError as error:
                yield {"failed": case.id, "reason": str(error)}
            else:
                yield {"case": case.as_data(), **found}


def _weighed(
    unit: Unit, scenario: Scenario, parameters: Mapping[str, Any], delay_ms: float | None, case: Case
) -> dict[str, int | None]:
    lags_ns: list[int] = []
    routes, size = unit.routes[scenario.dataset.name], scenario.dataset.size(unit.size)
    conditions = scenario.surroundings(case.variant, parameters)
    route = [each for each in routes.under(delay_ms) if each.driver_name == case.driver]
    key = scenario.key(parameters, size, Random(unit.order_seed))
    with Steward(routes.steward) as steward, Workbench(route) as bench, bench.under([(case.driver, conditions)]):
        steward.arrange(scenario, [key])
        variant = scenario.variant(case.variant)
        peak_bytes = peak_of(lambda: lags_ns.extend(bench.watch(variant, case.driver, [key], conditions)[1]))
    return {"peak_bytes": peak_bytes, "worst_lag_ns": max(lags_ns, default=None)}


def main() -> None:
    """Weigh the unit that the run hands over, and report each case to it."""
    channel = Channel.from_environment()
    unit = channel.receive_unit()
    named = {name for name, *_ in unit.groups}
    scenarios = {scenario.name: scenario for scenario in discover([Path(file) for file in unit.files], named)}
    for answer in _answers(unit, scenarios):
        channel.report(answer)


if __name__ == "__main__":
    main()
