"""Have the second side of a run prove its cases, in its own environment and with its own code."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.core.errors import OrmbenchError
from bench.core.interpreter import module_command
from bench.micro.against.agreement import Agreement, originals
from bench.micro.against.environments import versions
from bench.micro.against.second import Second
from bench.micro.description import proof_data
from bench.micro.preparation import Prepared
from bench.micro.process import hand_over, last_words, launch
from bench.micro.request import Request
from bench.micro.side import Side
from bench.micro.unit import Unit

TIME_LIMIT_S = 1800.0
"""A witness that has not ended by then hangs."""


def hear(side: Side, request: Request, ready: Prepared, logs: Path) -> Iterator[dict[str, Any]]:
    """Yield what the second side says of itself and of its cases, in a process for each backend.

    Raises:
        OrmbenchError: A process died; the message names its log.
    """
    for backend in ready.routes:
        unit = _unit(backend, side, request, ready)
        if unit.groups:
            yield from _witness(unit, side, logs)


def agreement_data(second: Second, found: Agreement) -> dict[str, Any]:
    """Return plain data for run.json: what the second side is, what it proved, and what is not compared."""
    ours = versions()
    names = sorted(name for name in {*ours, *found.packages} if ours.get(name) != found.packages.get(name))
    return {
        **second.as_data(),
        "python": found.python,
        "packages": [{"name": name, "this": ours.get(name), "that": found.packages.get(name)} for name in names],
        **proof_data(found.proof),
        "left_out": found.left_out,
    }


def _unit(backend: str, side: Side, request: Request, ready: Prepared) -> Unit:
    """Return what a witness is asked: every timed group of the backend, as it is proved."""
    groups = [
        (group.scenario.name, group.parameters, None, cases)
        for group_id, cases in originals(ready.plan)
        if (group := ready.plan.by_id[group_id]).backend == backend
    ]
    return Unit(
        pass_number=0,
        backend=backend,
        seed=request.seed,
        budget_s=0.0,
        rounds=(0, 0),
        block_ms=0.0,
        size=ready.size,
        files=side.files(request.files),
        groups=groups,
        routes=ready.routes[backend],
        against=True,
    )


def _witness(unit: Unit, side: Side, logs: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a witness.

    Raises:
        OrmbenchError: It died or hung; the message names its log.
    """
    log_file = logs / f"proofs-{unit.backend}-against.log"
    command = module_command("bench.micro.against.witness", python=side.python)
    process, lifeline, events = launch(command, log_file, unit.hash_seed, side)
    watchdog = threading.Timer(TIME_LIMIT_S, process.kill)
    watchdog.start()
    with lifeline, events:
        try:
            hand_over(unit.as_data(), lifeline)
            yield from (json.loads(line) for line in events)
            exit_code = process.wait()
        finally:
            watchdog.cancel()
            process.kill()
            process.wait()
    if exit_code != 0:
        message = f"the second side could not prove its cases on {unit.backend}: {last_words(log_file)}; see {log_file}"
        raise OrmbenchError(message)
    # A run that then finds nothing to compare leaves nothing behind.
    if log_file.stat().st_size == 0:
        log_file.unlink()
