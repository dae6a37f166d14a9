"""What Prometheus may read: how long requests took, and what the pools hold. Each process answers for itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from time import perf_counter_ns

from fastapi.routing import APIRoute
from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.datastructures import State
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from target_app.databases import Databases
from target_app.pool_watch import state_of

UNMATCHED = "unmatched"
"""The route of requests that fit none: clients choose their paths, and each would be a series of its own."""
OTHER = "other"
"""The method of requests with one that nobody serves, for the same reason."""
MODES = frozenset({"sync", "async"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
OF_THIS_PROCESS = "Of this process alone: with several workers, each answers for itself."

_POOL = {
    "size": "Connections that a pool keeps.",
    "checked_in": "Connections that lie in a pool, open and free.",
    "checked_out": "Connections in use.",
    "overflow": "Connections that are open beyond the size of their pool.",
    "waiting": "Requests that asked for a connection and have none yet.",
}
"""The gauges of a pool, as `state_of` names them."""


def pool_states(databases: Databases) -> dict[str, dict[str, int]]:
    """Return what the pool of each mode holds at this moment."""
    return {"sync": state_of(databases.sync.engine.pool), "async": state_of(databases.awaited.engine.pool)}


class PoolGauges(Collector):
    """Reads the pools when it is asked; to be registered with the registry of the application whose state it gets."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterator[Metric]:
        """Yield a gauge for each number; none before the databases are opened."""
        databases: Databases | None = getattr(self._state, "databases", None)
        if databases is None:
            return
        states = pool_states(databases)
        for name, meaning in _POOL.items():
            family = GaugeMetricFamily(f"database_pool_{name}", f"{meaning} {OF_THIS_PROCESS}", labels=("mode",))
            for mode, state in states.items():
                if name in state:
                    family.add_metric((mode,), state[name])
            yield family


def request_seconds(registry: CollectorRegistry) -> Histogram:
    """Return the histogram of all requests, registered."""
    return Histogram(
        "http_request_duration_seconds",
        f"Seconds from the head of a request to the end of its response. {OF_THIS_PROCESS}",
        ("mode", "method", "route", "status"),
        buckets=BUCKETS_S,
        registry=registry,
    )


class Metrics:
    """ASGI middleware that times every request by mode, method, route and status.

    A route is named by its template, such as `/sync/users/{user_id}`, so that the number of series has a bound.
    """

    def __init__(self, app: ASGIApp, seconds: Histogram) -> None:
        self._app = app
        self._seconds = seconds
        self._children: dict[tuple[str, str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # What an exception becomes that leaves us before a response has begun.
        status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        start_ns = perf_counter_ns()
        try:
            await self._app(scope, receive, send_seen)
        finally:
            self._child(scope, status).observe((perf_counter_ns() - start_ns) / 1e9)

    def _child(self, scope: Scope, status: int) -> Histogram:
        method = scope["method"] if scope["method"] in METHODS else OTHER
        mode, template = _place(scope)
        key = (mode, method, template, status)
        child = self._children.get(key)
        if child is None:
            child = self._children[key] = self._seconds.labels(*key)
        return child


def _place(scope: Scope) -> tuple[str, str]:
    """Return the mode and the route, both without the path that a proxy may have in front."""
    route: APIRoute | None = scope.get("route")
    if route is None:
        return "none", UNMATCHED
    # The root is the path of the proxy, if there is one, and then that of the mode.
    mode = scope.get("root_path", "").rpartition("/")[2]
    return (mode, f"/{mode}{route.path_format}") if mode in MODES else ("none", route.path_format)
