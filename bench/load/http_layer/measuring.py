"""The layer HTTP of `ormbench run`: requests to the target app in both modes in turns, and what of them is not HTTP.

One request at a time, by one client that blocks, for both modes: what differs is the service alone. Each answer tells
how long the scenario's operation in it took, so what HTTP adds is known of every single request, whatever the machine
did in that moment: receiving, routing, the thread of a `def`, drawing what is asked for, building the response,
sending it.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from random import Random
from time import perf_counter_ns
from typing import Any
from urllib.parse import urlencode

from bench.core.claims import Parameters
from bench.core.conditions import Conditions
from bench.core.drivers import DRIVERS
from bench.core.errors import OrmbenchError
from bench.core.store import RunFolder, write_json
from bench.load.http_layer.client import exchanges
from bench.load.http_layer.plan import SCENARIO, VARIANT, HttpPlan, plan_of
from bench.load.measuring import Say
from bench.load.record import earlier
from bench.load.target.options import TargetOptions
from bench.load.target.prepared import seeded_server
from bench.load.target.process import running
from bench.measure.collector import quiesced
from bench.servers.server import Server

FORMAT = 1
"""Version of http_layer.json; history: 1 (2026-11) first."""
SIZE = "small"
"""Of the data: what is around an operation does not see the rows that it leaves alone."""
BLOCK_MS = 20.0
"""Length of a block that the number of its requests aims for."""
LEAST_REQUESTS = 3
"""In a block."""
WARM_UP_REQUESTS = 20
"""By then psycopg has prepared the statement (from its sixth execution on), and every cache is filled."""
_SEEDS = 2**31


def add_http_layer(folder: RunFolder, urls: Sequence[str], say: Say) -> None:
    """Measure the layer HTTP of a run whose cases are measured; passes that are complete are kept.

    Whatever goes wrong is kept as a failure in http_layer.json: it takes nothing from the cases.
    """
    plan = plan_of(folder.read(), urls)
    if plan is None:
        return
    record = earlier(folder.http_layer) or _first_record(plan)
    if record["finished"]:
        return
    record["failures"] = []
    try:
        with folder.held():
            _measure(plan, folder, record, say)
    except OrmbenchError as error:
        write_json(folder.http_layer, record | {"failures": [str(error)]})


def _first_record(plan: HttpPlan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "backend": plan.backend,
        "effort": asdict(plan.effort),
        "passes": [],
        "finished": False,
        "failures": [],
    }


def _measure(plan: HttpPlan, folder: RunFolder, record: dict[str, Any], say: Say) -> None:
    """Measure the passes that are missing; the record is written after each.

    Raises:
        UsageError: The server is missing, or the service refuses its settings.
        OrmbenchError: A server or a service did not start, or gave no good answer.
    """
    say(f"Measuring what HTTP adds on {plan.backend}: {plan.effort.passes} fresh starts of the service")
    with seeded_server(plan.kind, plan.url, SIZE, plan.seed, scenarios=True) as server:
        for number in range(len(record["passes"]) + 1, plan.effort.passes + 1):
            series = _one_pass(plan, number, server)
            record["passes"].append({"number": number, "series": [each.as_data() for each in series]})
            write_json(folder.http_layer, record)
    record["finished"] = True
    write_json(folder.http_layer, record)


@dataclass
class _Series:
    """What one pass measured of one driver under one combination of parameters."""

    base_url: str
    driver: str
    parameters: Parameters
    requests: int = 0
    """In a block."""
    total_ns: list[int] = field(default_factory=list)
    """Of all requests of a block together, block by block."""
    operation_ns: list[int] = field(default_factory=list)
    """Of their operations."""

    def calibrate(self, seeds: Sequence[int]) -> None:
        """Warm up, and find how many requests fill a block."""
        self._ask(seeds)
        start_ns = perf_counter_ns()
        self._ask(seeds)
        request_ns = (perf_counter_ns() - start_ns) / len(seeds)
        self.requests = max(LEAST_REQUESTS, round(BLOCK_MS * 1e6 / request_ns))

    def measure(self, seeds: Sequence[int]) -> None:
        """Measure one block."""
        total_ns, operation_ns = self._ask(seeds[: self.requests])
        self.total_ns.append(total_ns)
        self.operation_ns.append(operation_ns)

    def as_data(self) -> dict[str, Any]:
        """Return plain data for http_layer.json."""
        kept = ("driver", "parameters", "requests", "total_ns", "operation_ns")
        return {name: getattr(self, name) for name in kept}

    def _ask(self, seeds: Sequence[int]) -> tuple[int, int]:
        found = exchanges(self.base_url, [self._path(seed) for seed in seeds])
        return sum(each.total_ns for each in found), sum(each.operation_ns for each in found)

    def _path(self, seed: int) -> str:
        words = {**self.parameters, "seed": seed, "answer": "true"}
        return f"/{DRIVERS[self.driver].mode}/scenarios/{SCENARIO}/{VARIANT}?{urlencode(words)}"


def _one_pass(plan: HttpPlan, number: int, server: Server) -> list[_Series]:
    """Start the services afresh, and return the blocks of all drivers and parameters, measured in random order."""
    random = Random(f"{plan.seed} {number}")
    with ExitStack() as stack:
        every = [
            _Series(base_url, driver, each)
            for pair, base_url in zip(plan.pairs, _started(plan, server, stack), strict=True)
            for driver in pair
            for each in plan.parameters
        ]
        for each in every:
            each.calibrate(_seeds(random, WARM_UP_REQUESTS))
        order = list(every)
        stack.enter_context(quiesced())
        for _ in range(plan.effort.rounds):
            # The same requests for all of them.
            seeds = _seeds(random, max(each.requests for each in every))
            random.shuffle(order)
            for each in order:
                each.measure(seeds)
    return every


def _started(plan: HttpPlan, server: Server, stack: ExitStack) -> list[str]:
    """Start a service for each pair of drivers, and return their addresses."""

    def start(pair: tuple[str, str]) -> str:
        # As many connections as the measured cases have.
        options = TargetOptions(drivers=pair, pool_size=Conditions().pool_size, size=SIZE)
        return stack.enter_context(running(server.url, server.kind, options)).base_url

    # All at once: each of them mostly imports, on a core of its own.
    with ThreadPoolExecutor() as pool:
        return list(pool.map(start, plan.pairs))


def _seeds(random: Random, count: int) -> list[int]:
    return [random.randrange(_SEEDS) for _ in range(count)]
