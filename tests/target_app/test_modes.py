"""Neither mode pays for the other: not for its routes, and not for a thread that it does not need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fastapi.routing
import httpx
import pytest
from fastapi.routing import APIRoute
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import Receive, Scope, Send

from target_app.main import create_app
from target_app.modes import ByMode
from target_app.problems import MEDIA_TYPE
from target_app.settings import Settings
from tests.target_app.serving import MODES, Called


def routes_of(app: ByMode, mode: str) -> list[APIRoute]:
    """Return the routes that a request of a mode is compared with, in this order; all of them are plain ones."""
    part = app.modes[mode]
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


@pytest.mark.parametrize(
    "path", ["/sync", "/sync/", "/sync/nothing", "/synchronous/users/1", "/", "/users/1", "//sync/users/1"]
)
def test_paths_beside_the_endpoints_are_told_apart(app: Called, path: str) -> None:
    """Only what is below the name of a mode is a matter of that mode; all others are answered by the application."""
    answer = app("GET", path)
    assert answer.status_code == (200 if path == "/" else 404)
    assert path == "/" or answer.headers["content-type"] == MEDIA_TYPE


def test_behind_a_proxy_with_a_path_the_modes_are_found(app: Called) -> None:
    """A server that is told of a root path puts it before every path (`uvicorn --root-path`); metrics leave it out."""
    transport = httpx.ASGITransport(app.app, root_path="/shop")
    client = httpx.AsyncClient(transport=transport, base_url="http://app")
    statuses = {app.portal.call(client.get, f"/shop/{mode}/users/1").status_code for mode in MODES}
    assert statuses == {200}
    metrics = app("GET", "/metrics").text
    assert all(f'mode="{mode}",route="/{mode}/users/{{user_id}}",status="200"' in metrics for mode in MODES)
    assert "/shop" not in metrics


@pytest.mark.parametrize("mode", MODES)
def test_a_request_passes_one_stack_of_middleware(app: Called, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    """It would pass two if the modes were mounted: that of the application in front and its own."""
    passed: list[object] = []
    original = ExceptionMiddleware.__call__

    async def counted(self: ExceptionMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(self)
        await original(self, scope, receive, send)

    monkeypatch.setattr(ExceptionMiddleware, "__call__", counted)
    assert app("GET", f"/{mode}/users/1").status_code == 200
    assert len(passed) == 1
