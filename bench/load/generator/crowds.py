"""The user classes of the target app: shoppers, and one class for each side of each endpoint and mounted scenario."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from locust import tag, task

from bench.core.discovery import discover
from bench.core.load_pairs import capitalised, scenario_pair
from bench.load.generator.shop import ENDPOINTS, SHOPPING, Endpoint
from bench.load.generator.target_user import TargetUser, ThinUser

SIDES = ("sync", "async")
_SCENARIOS = re.compile(r"/sync(?P<path>/scenarios/(?P<scenario>[^/]+)/(?P<variant>[^/]+))")
_RARE = 1e-6
"""Weight of a class for a single endpoint: among shoppers none of its users is started, among their like all are.

Locust's class picker begins with all classes ticked; so these are there, and do nothing until they are picked alone.
"""
_SEEDS = 2**31
"""A scenario draws what it asks for from a seed; this is one more than the largest one."""


class NullEndpoint(ThinUser):
    """Asks for what costs the app least, and no database: what is left is the ceiling of the generator."""

    @task
    def live(self) -> None:
        """Ask whether the app lives."""
        self.client.get("/health/live")


def shop_classes(size: Any) -> dict[str, type[TargetUser]]:  # noqa: ANN401 - see shop_size
    """Return the shoppers, and a class for each side of each endpoint, by their names."""
    classes = {}
    for side in SIDES:
        name = f"{side.title()}Shopper"
        classes[name] = _user_class(name, side, {_task(endpoint, size): share for endpoint, share in SHOPPING.items()})
    for endpoint in ENDPOINTS:
        classes |= _pair(endpoint, size)
    return classes


def scenario_classes(document: Path) -> dict[str, type[TargetUser]]:
    """Return a class for each side of each scenario's variant that the OpenAPI document of the app names.

    A scenario is asked with its first parameters, and another seed each time.
    """
    classes: dict[str, type[TargetUser]] = {}
    for endpoint in _scenarios(json.loads(document.read_text(encoding="utf-8"))):
        classes |= _pair(endpoint, None)
    return classes


def _scenarios(document: Mapping[str, Any]) -> Iterator[Endpoint]:
    # What writes is told how its rows are made ready.
    writing = {scenario.name for scenario in discover() if scenario.arrange is not None}
    for path, operations in document["paths"].items():
        if found := _SCENARIOS.fullmatch(path):
            name = scenario_pair(found["scenario"], found["variant"]).name
            [method] = operations
            yield Endpoint(name, method.upper(), found["path"], _seeded(found["path"]), found["scenario"] in writing)


def _seeded(path: str) -> Callable[[Any], tuple[str, object]]:
    return lambda _: (f"{path}?seed={random.randrange(_SEEDS)}", None)


def _pair(endpoint: Endpoint, size: Any) -> dict[str, type[TargetUser]]:  # noqa: ANN401 - see shop_size
    names = {f"{endpoint.name}{capitalised(side)}": side for side in SIDES}
    return {name: _user_class(name, side, {_task(endpoint, size): 1}, _RARE) for name, side in names.items()}


def _task(endpoint: Endpoint, size: Any) -> Callable[[TargetUser], None]:  # noqa: ANN401 - see shop_size
    def ask(user: TargetUser) -> None:
        path, body = endpoint.draw(size)
        user.ask(endpoint.method, endpoint.path, path, body)

    ask.__name__ = endpoint.name
    tagged: Callable[[TargetUser], None] = tag(endpoint.tag)(ask)
    return tagged


def _user_class(
    name: str, side: str, tasks: Mapping[Callable[[TargetUser], None], int], weight: float = 1.0
) -> type[TargetUser]:
    members = {"__module__": __name__, "abstract": False, "side": side, "tasks": dict(tasks), "weight": weight}
    return type(name, (TargetUser,), members)
