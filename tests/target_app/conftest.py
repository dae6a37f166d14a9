"""A shop on each backend that this machine has, and the target app over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
from sqlalchemy import URL

from bench.core.discovery import discover
from bench.servers.namespaces import namespace
from bench.servers.seeding import seed
from bench.servers.server import Origin, Server
from target_app.settings import Settings
from tests.target_app.conversation import Heard, converse
from tests.target_app.serving import Called, called
from tests.target_app.shops import APP, SEED, SIZE, Shop


@pytest.fixture(scope="session")
def server_on(tmp_path_factory: pytest.TempPathFactory, server_url: Callable[[str], URL]) -> Callable[[str], Server]:
    """Return the function that gives the server of a kind of backend; for SQLite it is a folder."""

    @cache
    def server_of(kind: str) -> Server:
        folder = str(tmp_path_factory.mktemp("shop"))
        url = URL.create("sqlite", database=folder) if kind == "sqlite" else server_url(kind)
        # As if given: what these tests make on it is dropped when it closes.
        return Server(label=kind, kind=kind, url=url, version="", origin=Origin.GIVEN)

    return server_of


@pytest.fixture(scope="session")
def shop_on(server_on: Callable[[str], Server]) -> Iterator[Callable[[str], Shop]]:
    """Return the function that gives the shop on a kind of backend, with whatever rows the tests have left in it."""
    shops: dict[str, Shop] = {}
    with ExitStack() as stack:

        def shop_of(kind: str) -> Shop:
            if kind not in shops:
                shops[kind] = Shop(stack.enter_context(namespace(server_on(kind), APP.name)))
            return shops[kind]

        yield shop_of


@pytest.fixture(scope="module")
def fresh(shop_on: Callable[[str], Shop]) -> Callable[[str], Shop]:
    """Return the function that gives the shop on a kind of backend, seeded anew for each module of tests."""
    seeded: dict[str, Shop] = {}

    def shop_of(kind: str) -> Shop:
        if kind not in seeded:
            seeded[kind] = shop_on(kind).reseed()
        return seeded[kind]

    return shop_of


@pytest.fixture(scope="module")
def app(fresh: Callable[[str], Shop]) -> Iterator[Called]:
    """Return the app over a fresh shop in a file of SQLite."""
    with called(fresh("sqlite").settings()) as started:
        yield started


@pytest.fixture(scope="session")
def hear(shop_on: Callable[[str], Shop]) -> Callable[[str, str], Heard]:
    """Return the function that gives what a conversation through a driver brings; each is held once."""
    held: dict[str, Heard] = {}

    def heard_through(kind: str, driver: str) -> Heard:
        if driver not in held:
            held[driver] = converse(shop_on(kind), driver)
        return held[driver]

    return heard_through


@pytest.fixture(scope="session")
def scenario_settings(server_on: Callable[[str], Server]) -> Iterator[Settings]:
    """Return the settings of an app over the datasets of all scenarios, each in a file of SQLite."""
    server = server_on("sqlite")
    datasets = {scenario.dataset.name: scenario.dataset for scenario in discover()}
    with ExitStack() as stack:
        for dataset in datasets.values():
            seed(stack.enter_context(namespace(server, dataset.name)), dataset, SIZE.name, SEED)
        url = server.url.render_as_string(hide_password=False)
        yield Settings(url=url, size=SIZE.name, pool_timeout_s=30)
