"""The process that performs the experiments of one driver: `python -m bench.experiments.worker`, started by a run.

It reads a `Job` from its channel and reports when an experiment is set up, when it runs, and what came out. It ends
early where an experiment failed or left connections behind: the next one starts clean, in a fresh process.
"""

from __future__ import annotations

import asyncio
import gc
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy.exc import DBAPIError

from bench.core.discovery import discover_experiments
from bench.core.drivers import Mode
from bench.core.errors import OrmbenchError
from bench.core.experiments import Experiment, plain
from bench.experiments.apparatus import Apparatus
from bench.experiments.events import DONE, RUNNING, SETTING_UP, SPOILT
from bench.experiments.job import Job
from bench.experiments.laboratories import AwaitedLaboratory, BlockingLaboratory, Equipment
from bench.measure.eventloops import loop_factory
from bench.micro.channel import Channel

Report = Callable[[Mapping[str, Any]], None]


def work(job: Job, report: Report) -> int:
    """Perform the experiments of the job in order, and return the exit code."""
    known = {experiment.name: experiment for experiment in discover_experiments(job.paths)}
    with Apparatus(job) as apparatus:
        for name in job.experiments:
            report({"event": SETTING_UP, "experiment": name})
            event, is_spoilt = _performed(
                known[name], apparatus, partial(report, {"event": RUNNING, "experiment": name})
            )
            report({"event": DONE, "experiment": name, **event})
            if is_spoilt:
                return SPOILT
    return 0


def _performed(experiment: Experiment, apparatus: Apparatus, begins: Callable[[], None]) -> tuple[dict[str, Any], bool]:
    """Return what came out of all repetitions, and whether the process is spoilt for others."""
    outcomes: list[Any] = []
    seconds: list[float] = []
    left: list[int | None] = []
    try:
        for _ in range(experiment.repeats):
            equipment = apparatus.equipment(experiment)
            begins()
            outcome, elapsed_s = _once(experiment, equipment)
            outcomes.append(plain(outcome))
            seconds.append(elapsed_s)
            gc.collect()
            # Now: the next repetition takes them for other people's.
            left.append(_left(equipment))
    except Exception as error:  # noqa: BLE001 - an experiment may raise anything; it is reported as that
        return {"error": _in_a_line(error)}, True
    total = None if None in left else sum(number or 0 for number in left)
    return {"outcomes": outcomes, "seconds": seconds, "left_connections": total}, total != 0


def _once(experiment: Experiment, equipment: Equipment) -> tuple[Any, float]:
    if experiment.run is not None and equipment.place.driver.mode is Mode.SYNC:
        laboratory = BlockingLaboratory(equipment)
        began_s = time.perf_counter()
        try:
            return experiment.run(laboratory), time.perf_counter() - began_s
        finally:
            equipment.let_pass()
            laboratory.close()
    with asyncio.Runner(loop_factory=loop_factory()[1]) as runner:
        return runner.run(_once_awaited(experiment, equipment))


async def _once_awaited(experiment: Experiment, equipment: Equipment) -> tuple[Any, float]:
    if experiment.run_async is None:
        raise AssertionError
    laboratory = AwaitedLaboratory(equipment)
    began_s = time.perf_counter()
    try:
        return await experiment.run_async(laboratory), time.perf_counter() - began_s
    finally:
        equipment.let_pass()
        await laboratory.close()


def _left(equipment: Equipment) -> int | None:
    """Return how many connections the server still holds; None where the experiment left no server that answers."""
    try:
        return equipment.observer.connections()
    except DBAPIError:
        return None


def _in_a_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    return words if isinstance(error, OrmbenchError) else f"{type(error).__name__}: {words}"


def main() -> None:
    """Do the job that the channel brings."""
    channel = Channel.from_environment()
    exit_code = work(Job.from_data(channel.receive()), channel.report)
    # Connections that leaked would be complained about, and waited for, at the end of the interpreter.
    os._exit(exit_code)


if __name__ == "__main__":
    main()
