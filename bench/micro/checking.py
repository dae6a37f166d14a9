"""Bring servers and data up and prove the cases, with no timing: `ormbench check`."""

from __future__ import annotations

from bench.core.discovery import discover
from bench.measure.proofs import Proof
from bench.micro.plan import Plan
from bench.micro.preparation import prepared, refuse_unknown
from bench.micro.proving import prove
from bench.micro.request import Request
from bench.micro.stopwatch import Stopwatch
from bench.micro.watch import Watch


def check(request: Request, watch: Watch) -> tuple[Plan, Proof]:
    """Return what was proved and what failed.

    Raises:
        UsageError: The request names what does not exist or what this machine lacks.
    """
    scenarios = discover(request.files)
    refuse_unknown(request, scenarios)
    with prepared(scenarios, request, Stopwatch(), watch) as ready:
        proof, _ = prove(ready, request.seed, watch)
        return ready.plan, proof
