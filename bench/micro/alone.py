"""Make a unit for `pytest bench/micro`, started by hand: servers, data and proofs in this one process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from bench.core.discovery import discover
from bench.core.errors import OrmbenchError
from bench.core.profiles import profile_named
from bench.micro.preparation import prepared
from bench.micro.proving import prove
from bench.micro.request import Request
from bench.micro.stopwatch import Stopwatch
from bench.micro.unit import Unit
from bench.micro.watch import Watch


@contextmanager
def open_unit(patterns: Sequence[str], kind: str, profile_name: str, seed: int) -> Iterator[Unit]:
    """Yield one pass over one backend.

    Raises:
        UsageError: A name is wrong, or this machine lacks what was asked for.
        OrmbenchError: A proof failed, or a server did not start.
    """
    profile = profile_named(profile_name)
    request = Request(
        patterns=tuple(patterns), profile=replace(profile, counts_everything=False), backends=(kind,), seed=seed
    )
    scenarios = discover()
    with prepared(scenarios, request, Stopwatch(), Watch()) as ready:
        proof, _ = prove(ready, seed, Watch())
        if proof.failures:
            first = proof.failures[0]
            message = f"{first.case} failed the proof of the {first.stage}; `ormbench check` shows why"
            raise OrmbenchError(message)
        [backend] = ready.drivers
        groups = ready.plan.timed_on(backend)
        yield Unit(
            pass_number=1,
            backend=backend,
            seed=seed,
            budget_s=profile.measuring_s / profile.passes,
            rounds=profile.rounds,
            block_ms=profile.block_ms,
            size=profile.size,
            files=[],
            groups=[(each.scenario.name, each.parameters, None, ready.plan.timed[each.id]) for each in groups],
            routes=ready.routes[backend],
        )
