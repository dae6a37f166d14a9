"""What a service puts around its handlers and pays for at every request, each in the fewest lines that cost the same.

They stand in for the target app's own (`pool_watch`, `timing` and `metrics`), which the harness does not import.
"""

from __future__ import annotations

from collections import deque
from contextvars import ContextVar
from time import perf_counter_ns
from typing import Any

from prometheus_client import CollectorRegistry, Histogram
from sqlalchemy import Engine, event
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Server-Timing"
_ASKED: ContextVar[object | None] = ContextVar("asked", default=None)


def watch(engine: Engine) -> None:
    """Watch the checkouts of an engine's pool, and listen to its statements as where no request asks for timings."""
    pool: Any = engine.pool
    pool.watch = _Watch()

    def look(*_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
        _ASKED.get()

    event.listen(engine, "do_execute", look)
    event.listen(engine.pool, "checkin", look)


class _Watch:
    """Counts who waits for a connection; calling it gives the context of one checkout."""

    def __init__(self) -> None:
        self._asking: deque[None] = deque()

    def __call__(self) -> _Checkout:
        return _Checkout(self._asking)


class _Checkout:
    __slots__ = ("_asking", "_start_ns")

    def __init__(self, asking: deque[None]) -> None:
        self._asking = asking

    def __enter__(self) -> None:
        self._asking.append(None)
        self._start_ns = perf_counter_ns()

    def __exit__(self, *_: object) -> None:
        _ASKED.get()
        self._asking.pop()


class Observing:
    """ASGI middleware that looks for a header, and puts the time of every request into a histogram."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        names = ("method", "route", "status")
        self._seconds = Histogram("request_seconds", "Time of requests.", names, registry=CollectorRegistry())
        self._children: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        start_ns = perf_counter_ns()
        _ = HEADER in Headers(scope=scope)
        status = 0

        async def send_seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_seen)
        finally:
            route = getattr(scope.get("route"), "path", "unmatched")
            self._child(scope["method"], route, status).observe((perf_counter_ns() - start_ns) / 1e9)

    def _child(self, method: str, route: str, status: int) -> Histogram:
        key = (method, route, status)
        if key not in self._children:
            self._children[key] = self._seconds.labels(*key)
        return self._children[key]
