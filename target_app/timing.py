"""`Server-Timing`: where the time of one request went, for clients that ask with `X-Server-Timing`.

The header is the W3C's (https://www.w3.org/TR/server-timing/), with durations in milliseconds:

- `pool`: waiting for a connection, or opening one;
- `sql`: executing statements, and how many there were;
- `operation`: where the endpoint is that of a scenario, the body of its variant alone;
- `serialisation`: from the moment the connection went back until the response began, which is building the response
  models, validating and encoding them;
- `total`: from the moment the application got the head of the request until the response began.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any

from sqlalchemy import Engine, event
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ASKED_BY = "X-Server-Timing"


@dataclass(slots=True)
class Spent:
    """The time that one request has spent so far, in ns."""

    start_ns: int = field(default_factory=perf_counter_ns)
    pool_ns: int = 0
    sql_ns: int = 0
    statements: int = 0
    operation_ns: int | None = None
    returned_ns: int | None = None
    """When a connection last went back to its pool."""

    def header(self) -> str:
        """Return the value of the header at this moment."""
        now_ns = perf_counter_ns()
        parts = [f"pool;dur={_ms(self.pool_ns)}", f'sql;dur={_ms(self.sql_ns)};desc="{self.statements} statements"']
        if self.operation_ns is not None:
            parts.append(f"operation;dur={_ms(self.operation_ns)}")
        if self.returned_ns is not None:
            parts.append(f"serialisation;dur={_ms(now_ns - self.returned_ns)}")
        return ", ".join([*parts, f"total;dur={_ms(now_ns - self.start_ns)}"])


_SPENT: ContextVar[Spent | None] = ContextVar("spent", default=None)
# A thread of the pool works in a copy of the request's context, and so on the same object.


def current() -> Spent | None:
    """Return what the request at hand has spent, or None where nobody asked."""
    return _SPENT.get()


@contextmanager
def timed_operation() -> Iterator[None]:
    """Count the block as the operation of the request at hand, if that asks; one that fails has cost its time too."""
    spent = current()
    if spent is None:
        yield
        return
    start_ns = perf_counter_ns()
    try:
        yield
    finally:
        spent.operation_ns = perf_counter_ns() - start_ns


def time_statements(engine: Engine) -> None:
    """Count the statements of an engine, and the returns of its connections, for requests that ask.

    With listeners to the execution of a cursor SQLAlchemy takes a longer way through every statement. Those of the
    dialect, which may execute the statement themselves, cost requests that do not ask next to nothing.
    """
    for name in ("do_execute", "do_executemany", "do_execute_no_params"):
        event.listen(engine, name, _timed(getattr(engine.dialect, name)))
    event.listen(engine.pool, "checkin", _returned)


def _timed(execute: Callable[..., None]) -> Callable[..., bool]:
    def execute_if_asked(*arguments: Any) -> bool:  # noqa: ANN401 - those of the dialect
        spent = current()
        if spent is None:
            # SQLAlchemy executes it.
            return False
        start_ns = perf_counter_ns()
        try:
            execute(*arguments)
        finally:
            # One that fails has cost its time as well: it may have waited for a lock.
            spent.sql_ns += perf_counter_ns() - start_ns
            spent.statements += 1
        return True

    return execute_if_asked


def _returned(*_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's event signature
    if (spent := current()) is not None:
        spent.returned_ns = perf_counter_ns()


class ServerTiming:
    """ASGI middleware that adds the header where it was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or ASKED_BY not in Headers(scope=scope):
            await self._app(scope, receive, send)
            return
        spent = Spent()

        async def send_timed(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Server-Timing", spent.header())
            await send(message)

        token = _SPENT.set(spent)
        try:
            await self._app(scope, receive, send_timed)
        finally:
            _SPENT.reset(token)


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:.3f}"
