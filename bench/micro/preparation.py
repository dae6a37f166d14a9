"""Bring up the servers of a run, put the data into them, and tell how to reach it through each driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.core.cases import every_case
from bench.core.connections import Connection
from bench.core.contract import Scenario
from bench.core.dataset import Dataset
from bench.core.drivers import FAMILIES, Driver, driver_named, drivers_of
from bench.core.errors import OrmbenchError, UsageError
from bench.core.selection import select
from bench.micro.description import drivers_data
from bench.micro.request import Request
from bench.micro.stopwatch import Stopwatch
from bench.micro.watch import Watch
from bench.servers.fleet import Fleet, open_servers
from bench.servers.given import connected, parse
from bench.servers.namespaces import namespace
from bench.servers.seeding import Seeded, seed
from bench.servers.server import Server


@dataclass(frozen=True)
class Prepared:
    """Servers that are up and filled; what is in here is gone when the run ends."""

    fleet: Fleet
    size: str
    drivers: dict[str, list[Driver]]
    """The drivers to measure on each backend, baseline driver first."""
    connections: dict[str, dict[str, list[Connection]]] = field(default_factory=dict)
    """By backend and dataset."""
    seeded: dict[str, dict[str, Seeded]] = field(default_factory=dict)
    """By backend and dataset."""

    def require(self, backend: str) -> None:
        """Make sure that a backend still answers, so that its end is not taken for the failure of a case.

        Raises:
            OrmbenchError: It does not.
        """
        server = next(server for server in self.fleet.servers if server.label == backend)
        if server.kind == "sqlite":
            return
        try:
            connected(server.url).close()
        except UsageError as error:
            message = f"{backend} went away while it was measured: {error}"
            raise OrmbenchError(message) from None

    def backends_data(self) -> list[dict[str, Any]]:
        """Return the backends for run.json; it holds no URL."""
        return [
            {
                "label": server.label,
                "kind": server.kind,
                "version": server.version,
                "origin": str(server.origin),
                "settings": dict(server.settings),
                "drivers": drivers_data(self.drivers[server.label]),
                "datasets": [_dataset_data(name, self.size, each) for name, each in self.seeded[server.label].items()],
            }
            for server in self.fleet.servers
            if server.label in self.connections
        ]

    def absent_data(self) -> list[dict[str, str]]:
        """Return the backends that this machine does not have."""
        return [{"kind": each.kind, "reason": each.detail, "remedy": each.remedy} for each in self.fleet.absent]


def _dataset_data(name: str, size: str, seeded: Seeded) -> dict[str, Any]:
    return {
        "name": name,
        "size": size,
        "rows": seeded.rows,
        "elapsed_s": round(seeded.elapsed_s, 3),
        "rows_per_s": None if seeded.reused else round(seeded.rows / seeded.elapsed_s),
        "reused": seeded.reused,
    }


def refuse_unknown(request: Request, scenarios: Sequence[Scenario]) -> None:
    """Refuse, before any server starts, names that cannot come to anything on any machine.

    Raises:
        UsageError: A URL is malformed, a driver is unknown or not installed, or a pattern matches nothing.
    """
    for url in request.urls:
        parse(url)
    for name in request.drivers:
        driver_named(name)
    labels = {kind: kind for kind in FAMILIES}
    labels |= {f"{kind}-{number}": kind for kind in FAMILIES for number in range(2, len(request.urls) + 2)}
    select(request.patterns, every_case(scenarios, {label: drivers_of(kind) for label, kind in labels.items()}))


@contextmanager
def prepared(scenarios: Sequence[Scenario], request: Request, stopwatch: Stopwatch, watch: Watch) -> Iterator[Prepared]:
    """Yield servers with the data of all scenarios in them, and take everything away afterwards.

    Raises:
        UsageError: A backend, driver or server that was asked for is not there, or a namespace is somebody else's.
        OrmbenchError: A server did not start, or did not take the rows.
    """
    asked = [driver_named(name) for name in request.drivers]
    datasets = {scenario.dataset.name: scenario.dataset for scenario in scenarios}
    with ExitStack() as stack:
        watch.phase("Starting the database servers")
        with stopwatch.phase("servers"):
            fleet = stack.enter_context(open_servers(request.backends, request.urls))
        for each in fleet.absent:
            watch.note(f"Left out: {each.kind} ({each.detail}). To add it: {each.remedy}")
        ready = Prepared(fleet, request.profile.size, _drivers(fleet.servers, asked))
        for server in fleet.servers:
            if ready.drivers[server.label]:
                watch.phase(f"Seeding {server.label} {server.version} ({request.profile.size})")
                with stopwatch.phase("seeding"):
                    _fill(server, datasets, request, ready, stack)
        yield ready


def _drivers(servers: Sequence[Server], asked: Sequence[Driver]) -> dict[str, list[Driver]]:
    """Return the drivers of each server: those of its kind that are installed, asked for, and named by its URL."""
    chosen = {
        server.label: [
            driver
            for driver in drivers_of(server.kind)
            if (not asked or driver in asked) and (not server.drivers or driver.name in server.drivers)
        ]
        for server in servers
    }
    useless = [driver for driver in asked if not any(driver in drivers for drivers in chosen.values())]
    if useless:
        kinds = " or ".join(kind for kind, family in FAMILIES.items() if family == useless[0].family)
        message = f"driver {useless[0].name} has no backend in this run; add {kinds} by --backend or --url"
        raise UsageError(message)
    return chosen


def _fill(server: Server, datasets: dict[str, Dataset], request: Request, ready: Prepared, stack: ExitStack) -> None:
    connections = ready.connections.setdefault(server.label, {})
    for name, dataset in datasets.items():
        place = stack.enter_context(namespace(server, name))
        ready.seeded.setdefault(server.label, {})[name] = seed(place, dataset, request.profile.size, request.seed)
        connections[name] = [place.route(driver.name) for driver in ready.drivers[server.label]]
