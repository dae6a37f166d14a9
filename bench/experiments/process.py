"""Have workers perform a job, each experiment within its time limit, with a fresh process where one was spoilt."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.core.experiments import Experiment
from bench.core.interpreter import module_command
from bench.experiments.events import DONE, RUNNING
from bench.experiments.job import Job
from bench.micro.process import ending, hand_over, launch
from bench.micro.watchdog import Watchdog

_COMMAND = module_command("bench.experiments.worker")
SETTING_UP_LIMIT_S = 90.0
"""For starting Python, connecting, putting rows back, and a private server."""


@dataclass(frozen=True)
class Performed:
    """What came out of one experiment on one driver."""

    experiment: str
    outcomes: tuple[Any, ...] = ()
    seconds: tuple[float, ...] = ()
    left_connections: int | None = 0
    """None where no server was left that could tell."""
    error: str | None = None
    """Why there is no outcome."""


def perform(job: Job, experiments: Mapping[str, Experiment], log_file: Path) -> Iterator[Performed]:
    """Yield what came out of each experiment of the job, in order.

    A worker that dies, or has not done an experiment within its limit, costs that experiment alone.
    """
    todo, workers = list(job.experiments), 0
    while todo:
        workers += 1
        log = log_file.with_stem(f"{log_file.stem}-{workers}")
        for performed in _worker(replace(job, experiments=todo.copy()), experiments, log):
            todo.remove(performed.experiment)
            yield performed


def _worker(job: Job, experiments: Mapping[str, Experiment], log_file: Path) -> Iterator[Performed]:
    """Yield what one worker came to; at least one experiment is done or given up with it."""
    process, lifeline, events = launch(_COMMAND, log_file, job.seed)
    watchdog = Watchdog(process)
    watchdog.allow(SETTING_UP_LIMIT_S)
    current, done = job.experiments[0], set[str]()
    with lifeline, events:
        try:
            hand_over(job.as_data(), lifeline)
            for line in events:
                event = json.loads(line)
                current = event["experiment"]
                is_running = event["event"] == RUNNING
                watchdog.allow(experiments[current].limit_s if is_running else SETTING_UP_LIMIT_S)
                if event["event"] == DONE:
                    done.add(current)
                    yield _performed(event)
            exit_code = process.wait()
        finally:
            watchdog.end()
    if current not in done:
        hung = f"did not end within {watchdog.limit_s:g} s and was stopped"
        died = f"its process {ending(exit_code)}; see logs/{log_file.name}"
        yield Performed(current, error=hung if watchdog.has_bitten else died)


def _performed(event: Mapping[str, Any]) -> Performed:
    return Performed(
        event["experiment"],
        tuple(event.get("outcomes", ())),
        tuple(event.get("seconds", ())),
        event.get("left_connections", 0),
        event.get("error"),
    )
