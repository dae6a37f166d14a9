"""Neither mode pays for the other: not for its routes, and not for a thread that it does not need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fastapi.routing
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.routing import Mount

from target_app.main import create_app
from target_app.settings import Settings
from tests.target_app.serving import Called


def routes_of(app: FastAPI, mode: str) -> list[APIRoute]:
    """Return the routes that a request of a mode is compared with, in this order; all of them are plain ones."""
    [part] = [route.app for route in app.routes if isinstance(route, Mount) and route.path == f"/{mode}"]
    assert isinstance(part, FastAPI)
    routes = [route for route in part.routes if isinstance(route, APIRoute)]
    assert len(routes) == len(part.routes)
    return routes


def test_a_request_is_compared_with_the_same_routes_in_both_modes() -> None:
    """In one list, async requests would be compared with every sync route first, and with those of all scenarios."""
    app = create_app(Settings(url="sqlite:////nowhere"))
    sync, awaited = ([(route.methods, route.path) for route in routes_of(app, mode)] for mode in ("sync", "async"))
    assert sync == [route for route in awaited if route[1] != "/blocking"]


@pytest.mark.parametrize(("mode", "visits"), [("sync", 1), ("async", 0)])
@pytest.mark.parametrize(("method", "path"), [("GET", "/users/1"), ("GET", "/users"), ("DELETE", "/users/999999")])
def test_a_request_visits_the_threads_once_at_most(  # noqa: PLR0913, PLR0917 - a request in a mode, and what it costs
    app: Called, monkeypatch: pytest.MonkeyPatch, mode: str, visits: int, method: str, path: str
) -> None:
    """FastAPI itself would visit them a second time, to validate what a `def` returned."""
    seen: list[object] = []
    original: Callable[..., Any] = fastapi.routing.run_in_threadpool

    async def counted(work: Callable[..., Any], /, *values: object, **named: object) -> object:
        seen.append(work)
        return await original(work, *values, **named)

    monkeypatch.setattr(fastapi.routing, "run_in_threadpool", counted)
    assert app(method, f"/{mode}{path}").status_code in {200, 404}
    assert len(seen) == visits
