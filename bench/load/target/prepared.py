"""A server with the app's data in it: which one is meant, which drivers reach it, and its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NoReturn

from sqlalchemy import URL

from bench.core.dataset import Dataset
from bench.core.discovery import discover
from bench.core.drivers import Driver, Mode, driver_named, drivers_of, pair_of
from bench.core.errors import UsageError
from bench.servers import seeding
from bench.servers.fleet import availability, open_servers, refuse_absent
from bench.servers.given import parse
from bench.servers.namespaces import namespace
from bench.servers.server import Server

APP = "app"
"""The dataset of the service itself: the shop, in a namespace that nothing else reads or writes."""


def backend_of(backend: str | None, url: str | None) -> str:
    """Return the kind of the server that these words mean; PostgreSQL where nothing is said, else SQLite.

    Raises:
        UsageError: The backend is unknown or missing on this machine, the URL malformed, or both are given.
    """
    if backend is not None and url is not None:
        _reject("--backend and --url name a server each; give one of them")
    if url is not None:
        return parse(url)[0].get_backend_name()
    if backend is None:
        found = [each.kind for each in availability() if each.available]
        return "postgresql" if "postgresql" in found else "sqlite"
    refuse_absent([backend])
    return backend


def driver_pair(kind: str, names: Sequence[str]) -> tuple[str, str]:
    """Return the drivers of both modes: those named, the baseline driver, and its twin of the same library.

    Raises:
        UsageError: A driver is unknown, not installed or of another backend, or two are of one mode.
    """
    fitting, chosen = drivers_of(kind), dict[Mode, Driver]()
    for driver in map(driver_named, dict.fromkeys(names)):
        if driver not in fitting:
            _reject(f"driver {driver.name} is none for {kind}; there are {', '.join(each.name for each in fitting)}")
        if driver.mode in chosen:
            both = f"{chosen[driver.mode].name} and {driver.name}"
            _reject(f"{both} are both {driver.mode} drivers; the app has one for each mode")
        chosen[driver.mode] = driver
    sync, awaited = pair_of(kind, chosen.values())
    return sync.name, awaited.name


@contextmanager
def prepared_server(backend: str | None, url: str | None, size: str, seed: int, *, scenarios: bool) -> Iterator[URL]:
    """Yield the URL of a seeded server, without a driver; it may hold a password.

    Raises:
        UsageError: The server is unknown, missing or somebody else's, or a dataset has no such size.
        OrmbenchError: A server did not start, or did not take the rows.
    """
    with seeded_server(backend, url, size, seed, scenarios=scenarios) as server:
        yield server.url


@contextmanager
def seeded_server(backend: str | None, url: str | None, size: str, seed: int, *, scenarios: bool) -> Iterator[Server]:
    """Yield a server with the app's data in it.

    The rows of the service are written afresh, for it changes them. What was started is ended, and on a server of the
    user's own nothing stays.

    Raises:
        UsageError: The server is unknown, missing or somebody else's, or a dataset has no such size.
        OrmbenchError: A server did not start, or did not take the rows.
    """
    kind, datasets = backend_of(backend, url), _datasets(scenarios=scenarios)
    for dataset in datasets:
        dataset.size(size)
    with ExitStack() as stack:
        fleet = stack.enter_context(open_servers([kind], []) if url is None else open_servers([], [url]))
        [server] = fleet.servers
        for dataset in datasets:
            place = stack.enter_context(namespace(server, dataset.name))
            if dataset.name == APP:
                place.write_fingerprint("")
            seeding.seed(place, dataset, size, seed)
        yield server


def _datasets(*, scenarios: bool) -> list[Dataset]:
    """Return the shop under the app's own name, and the datasets of all scenarios that will be mounted."""
    [owner] = discover(names=["loading"])
    every = {scenario.dataset.name: scenario.dataset for scenario in discover()} if scenarios else {}
    return [replace(owner.dataset, name=APP), *every.values()]


def _reject(message: str) -> NoReturn:
    raise UsageError(message)
