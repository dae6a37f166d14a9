"""The user classes of the target app: which there are, and that the real app answers what they ask, on both sides."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import URL

from bench.load.generator.shop import ENDPOINTS, SHOPPING, Endpoint, shop_size, stock_up
from bench.load.target.options import TargetOptions
from bench.load.target.process import running
from tests.load.stages import LIMIT_S, LOCUSTFILE

SIDES = ("sync", "async")
TRIES = 25


@pytest.fixture(scope="module")
def app(sqlite: URL) -> Iterator[str]:
    """Serve the target app on SQLite, its shelves filled as before a stage, and yield its address."""
    with running(sqlite, "sqlite", TargetOptions(scenarios=False)) as target:
        stock_up(target.base_url)
        yield target.base_url


def answer(host: str, endpoint: Endpoint, side: str) -> tuple[int, bytes]:
    """Ask once, as a user would; return the status and what came."""
    path, body = endpoint.draw(shop_size("small"))
    data = None if body is None else json.dumps(body).encode()
    url, headers = f"{host}/{side}{path}", {"Content-Type": "application/json"}
    try:
        with urlopen(Request(url, data, headers, method=endpoint.method), timeout=LIMIT_S) as said:  # noqa: S310 - ours
            return said.status, said.read()
    except HTTPError as error:
        return error.code, error.read()


@cache
def listed(**environment: str) -> frozenset[str]:
    """Return the user classes that Locust finds in our file; it takes a process, once for the same question."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ORMBENCH_LOAD")}
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--list"]
    done = subprocess.run(command, env=kept | environment, capture_output=True, text=True, check=False, timeout=LIMIT_S)
    return frozenset(line.strip() for line in done.stdout.splitlines()[1:])


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_the_app_answers_what_users_ask(endpoint: Endpoint, side: str, app: str) -> None:
    """Whatever is drawn: no stock that is empty, nobody who is not there, and no page without rows."""
    random.seed(f"{endpoint.name} {side}")
    for _ in range(TRIES):
        status, said = answer(app, endpoint, side)
        assert status in {200, 201}, said
        assert b"[]" not in said.replace(b'"refused":[]', b"")


def test_both_sides_draw_the_same(app: str) -> None:
    """From one seed: the answers to what is read are equal, byte for byte."""
    for endpoint in (each for each in ENDPOINTS if each.tag == "read"):
        answers = []
        for side in SIDES:
            random.seed(17)
            answers.append([answer(app, endpoint, side) for _ in range(3)])
        assert answers[0] == answers[1]


def test_shoppers_read_and_write() -> None:
    """In the shares that are documented: they come to a hundred, and a fifth of what is done writes."""
    assert sum(SHOPPING.values()) == 100
    assert sum(share for endpoint, share in SHOPPING.items() if endpoint.tag == "write") == 20


def test_pairs_sort_together() -> None:
    """Both shoppers, and a class for each side of each endpoint, side by side in the order of their names.

    No name has an underscore: the page of Locust's web UI would take it out, and could not pick the class.
    """
    names = listed()
    singles = sorted(name for name in names if not name.endswith("Shopper"))
    assert names - set(singles) == {"AsyncShopper", "SyncShopper"}
    assert not any("_" in name for name in names)
    assert singles == sorted(f"{endpoint.name}{side.title()}" for endpoint in ENDPOINTS for side in SIDES)
    assert all(
        one.removesuffix("Async") == other.removesuffix("Sync")
        for one, other in zip(singles[::2], singles[1::2], strict=True)
    )


def test_mounted_scenarios_have_classes_of_their_own(tmp_path: Path) -> None:
    """As the app describes itself. A stage has the endpoint that costs nothing too, an app of one's own none of all."""
    paths = ["/sync/scenarios/loading/select-in", "/async/scenarios/loading/select-in", "/sync/users", "/metrics"]
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps({"paths": {path: {"get": {}} for path in paths}}), encoding="utf-8")
    added = listed(ORMBENCH_LOAD_OPENAPI=str(document)) - listed()
    assert added == {"ScenarioLoadingSelectInSync", "ScenarioLoadingSelectInAsync"}
    assert listed(ORMBENCH_LOAD_STAGE=str(tmp_path)) - listed() == {"NullEndpoint", "ArrivalUser"}
    assert listed(ORMBENCH_LOAD_OWN="1") == frozenset()
