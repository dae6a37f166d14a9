"""Bring up the servers of a run, put the data into them, and tell how to reach it through each driver."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bench.core.cases import every_case
from bench.core.connections import Connection, Routes
from bench.core.contract import Scenario
from bench.core.dataset import Dataset
from bench.core.drivers import FAMILIES, Driver, driver_named, drivers_of
from bench.core.errors import UsageError
from bench.core.selection import select
from bench.core.traffic import Traffic
from bench.micro.description import drivers_data
from bench.micro.plan import Backend, Plan, make_plan
from bench.micro.request import Request
from bench.micro.stopwatch import Stopwatch
from bench.micro.watch import Watch
from bench.servers.delaying import DelayProxy, check_delays
from bench.servers.fleet import Fleet, open_servers, refuse_absent
from bench.servers.given import parse, require
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
    plan: Plan
    routes: dict[str, dict[str, Routes]] = field(default_factory=dict)
    """By backend and dataset."""
    proxies: dict[str, DelayProxy] = field(default_factory=dict)
    """By backend; a library and a server behind a socket file have none."""
    seeded: dict[str, dict[str, Seeded]] = field(default_factory=dict)
    """By backend and dataset."""

    def require(self, backend: str) -> None:
        """Make sure that a backend and the proxy before it still answer: their end is not the failure of a case.

        Raises:
            OrmbenchError: One does not.
        """
        require(next(server for server in self.fleet.servers if server.label == backend))
        if backend in self.proxies:
            self.proxies[backend].traffic(0.0)

    @contextmanager
    def required(self, backend: str) -> Iterator[None]:
        """Blame the backend for whatever ends the block, where it does not answer any more.

        Raises:
            OrmbenchError: It does not.
        """
        try:
            yield
        except Exception:
            self.require(backend)
            raise

    def traffic_of(self, backend: str) -> Callable[[], Traffic] | None:
        """Return what reads the counts of the undelayed way through the proxy, where there is one."""
        proxy = self.proxies.get(backend)
        return partial(proxy.traffic, 0.0) if proxy else None

    @property
    def measured(self) -> list[Server]:
        """Return the servers that have anything to measure."""
        return [server for server in self.fleet.servers if server.label in self.routes]

    def backends_data(self) -> list[dict[str, Any]]:
        """Return the backends for run.json; it holds no URL."""
        return [
            {
                **server.as_data(),
                "drivers": drivers_data(self.drivers[server.label]),
                "datasets": [_dataset_data(name, self.size, each) for name, each in self.seeded[server.label].items()],
            }
            for server in self.measured
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
    """Refuse, before any server starts, names that cannot come to anything.

    Raises:
        UsageError: A URL is malformed, a backend or a driver is unknown or not installed, a delay or a size makes no
            sense, or a pattern matches nothing.
    """
    refuse_absent(request.backends)
    for url in request.urls:
        parse(url)
    for name in request.drivers:
        driver_named(name)
    check_delays(request.delays_ms)
    for scenario in scenarios:
        scenario.dataset.size(request.profile.size)
    labels = {kind: kind for kind in FAMILIES}
    labels |= {f"{kind}-{number}": kind for kind in FAMILIES for number in range(2, len(request.urls) + 2)}
    every = every_case(scenarios, {label: (kind, drivers_of(kind)) for label, kind in labels.items()})
    select(request.patterns, every)


@contextmanager
def prepared(scenarios: Sequence[Scenario], request: Request, stopwatch: Stopwatch, watch: Watch) -> Iterator[Prepared]:
    """Yield servers with the data of all scenarios in them, and take everything away afterwards.

    Raises:
        UsageError: A backend, driver or server that was asked for is not there, or a namespace is somebody else's.
        OrmbenchError: A server did not start, or did not take the rows.
    """
    asked = [driver_named(name) for name in request.drivers]
    with ExitStack() as stack:
        watch.phase("Starting the database servers")
        with stopwatch.phase("servers"):
            fleet = stack.enter_context(open_servers(request.backends, request.urls))
        for each in fleet.absent:
            watch.note(f"Left out: {each.kind} ({each.detail}). To add it: {each.remedy}")
        drivers = drivers_by_server(fleet.servers, asked)
        backends = {
            server.label: Backend(server.kind, drivers[server.label], server.most_connections)
            for server in fleet.servers
        }
        plan = make_plan(scenarios, backends, request.profile, request.patterns, request.delays_ms)
        ready = Prepared(fleet, request.profile.size, drivers, plan)
        for server in fleet.servers:
            datasets = plan.datasets_on(server.label)
            if datasets:
                watch.phase(f"Seeding {server.label} {server.version} ({request.profile.size})")
                with stopwatch.phase("seeding"):
                    _listen(server, request.delays_ms, ready, stack)
                    _fill(server, datasets, request, ready, stack)
        yield ready


def drivers_by_server(servers: Sequence[Server], asked: Sequence[Driver]) -> dict[str, list[Driver]]:
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


def _listen(server: Server, delays_ms: Sequence[float], ready: Prepared, stack: ExitStack) -> None:
    """Put a proxy before a server: one way for each delay, and one without that counts what the proofs send."""
    if server.address is not None:
        every = sorted({0.0, *delays_ms})
        ready.proxies[server.label] = stack.enter_context(DelayProxy(*server.address, every))
    elif delays_ms and server.kind != "sqlite":
        message = f"--delay cannot be put before {server.label}: its URL names no host, or asks for an encrypted way"
        raise UsageError(message)


def _fill(server: Server, datasets: Sequence[Dataset], request: Request, ready: Prepared, stack: ExitStack) -> None:
    routes = ready.routes.setdefault(server.label, {})
    for dataset in datasets:
        place = stack.enter_context(namespace(server, dataset.name))
        seeded = seed(place, dataset, request.profile.size, request.seed)
        ready.seeded.setdefault(server.label, {})[dataset.name] = seeded
        direct = tuple(place.route(driver.name) for driver in ready.drivers[server.label])
        proxy = ready.proxies.get(server.label)
        delayed = {} if proxy is None else _through(proxy, direct)
        routes[dataset.name] = Routes(place.route(drivers_of(server.kind)[0].name), direct, delayed)


def _through(proxy: DelayProxy, direct: Sequence[Connection]) -> dict[float, tuple[Connection, ...]]:
    return {
        delay_ms: tuple(each.through("127.0.0.1", proxy.port(delay_ms)) for each in direct)
        for delay_ms in proxy.delays_ms
    }
